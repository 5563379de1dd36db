import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { Connector } from '../../src/connectors/connector';
import type { RunPage } from '../../src/model/answer';
import { NO_FILTER } from '../../src/model/task-query';
import type { SourceSettings } from '../../src/connectors/system';
import { runKey } from '../../src/model/task-run';
import type { TaskRun } from '../../src/model/task-run';
import { findCollected } from '../../store/src/sources/index';
import { createQueueConnector } from '../../store/src/sources/postgres-queue/connector';
import { openSession } from '../../store/src/sources/postgres-queue/session';
import { readSettings } from '../../store/src/sources/postgres-queue/settings';
import { eventually } from '../systems/eventually';
import { startPostgres } from '../systems/postgres';
import { freePort } from '../systems/free-ports';
import { temporaryFolder } from '../systems/system';
import type { Launched } from '../systems/system';

/** A table of one's own in a PostgreSQL that wants passwords and speaks TLS, read by a role that may only SELECT. */
const run = promisify(execFile);
const PASSWORD = 'hunter22';
const ROWS = 100_000;
const signal = new AbortController().signal;
const certificates = temporaryFolder('certificates');
let postgres: Launched;
let port: string;
let owner: Client;
/** When the tables of `DOCUMENTED` were filled. */
let began: number;
const opened: Array<() => Promise<void>> = [];

const MAPPING = {
  name: 'orders',
  table: 'app.jobs',
  columns: {
    runId: 'id',
    task: 'kind',
    state: 'status',
    queue: 'lane',
    worker: 'taken_by',
    attempt: 'tries',
    createdAt: 'created_at',
    startedAt: 'started_at',
    finishedAt: 'done_at',
    errorMessage: 'problem',
    args: 'payload',
  },
  labels: { customer: `payload ->> 'customer'` },
  states: { new: 'pending/queued', busy: 'running', ok: 'completed', broken: 'failed/error', off: 'cancelled' },
  reads: [{ since: 'updated_at', key: ['id'] }],
  timeZone: 'Europe/Berlin',
};

interface Access {
  user?: string;
  password?: string;
  url?: string;
  timeoutMs?: number;
}

function open(settings: SourceSettings, access: Access = {}): Connector {
  const {
    user = 'reader',
    password = PASSWORD,
    url = `postgres://127.0.0.1:${port}/postgres`,
    timeoutMs = 20_000,
  } = access;
  const source = findCollected('postgres-queue')?.open(
    { endpoint: { url, basic: { user, password } }, headers: {}, timeoutMs, settings },
    { onPatience: () => undefined }
  );
  if (source === undefined || !('connector' in source)) {
    throw new Error('It is no source that is asked.');
  }
  opened.push(async () => source.close?.());
  return source.connector;
}

async function readAll(connector: Connector, from: number): Promise<RunPage & { pages: number }> {
  const range = { from, to: Date.now() + 1 };
  const runs: TaskRun[] = [];
  let page: RunPage | undefined;
  let [skipped, pages] = [0, 0];
  const notices = new Set<string>();
  do {
    const cursor = page?.next;
    page = await connector.runs(
      { filter: NO_FILTER, range, limit: 1_000, ...(cursor !== undefined && { cursor }) },
      signal
    );
    runs.push(...page.runs);
    skipped += page.skipped;
    page.notices?.forEach((notice) => notices.add(notice));
    pages++;
  } while (page.next !== undefined);
  // What is open and new comes by two ways.
  const once = [...new Map(runs.map((one) => [runKey(one), one])).values()];
  return { ...page, runs: once, skipped, notices: [...notices], pages };
}

const mapped = (change: object = {}) => ({ mapping: { ...MAPPING, ...change } });
const withColumn = (columns: object) => mapped({ columns: { ...MAPPING.columns, ...columns } });

/** The columns that their migrations make and the mappings name; no such engine ran. */
const DOCUMENTED = {
  oban: `
    create schema oban;
    create type oban.oban_job_state as enum
      ('available', 'suspended', 'scheduled', 'executing', 'retryable', 'completed', 'discarded', 'cancelled');
    create table oban.oban_jobs (
      id bigserial primary key, state oban.oban_job_state not null default 'available', queue text not null default 'default',
      worker text not null, args jsonb not null default '{}', errors jsonb[] not null default array[]::jsonb[],
      attempt int not null default 0, max_attempts int not null default 20, inserted_at timestamp not null default timezone('UTC', now()),
      scheduled_at timestamp not null default timezone('UTC', now()), attempted_at timestamp, completed_at timestamp,
      discarded_at timestamp, cancelled_at timestamp, attempted_by text[], priority int not null default 0, tags text[], meta jsonb
    );
    create index on oban.oban_jobs (state, queue, priority, scheduled_at, id);
    create index on oban.oban_jobs (state, cancelled_at);
    create index on oban.oban_jobs (state, discarded_at);
    comment on table oban.oban_jobs is '14';
    insert into oban.oban_jobs (worker, state, attempt, attempted_at, attempted_by, completed_at)
      select 'Mail', 'completed', 1, timezone('UTC', now()), array['node-a'], timezone('UTC', now()) from generate_series(1, 12000);
    insert into oban.oban_jobs (worker, state, attempt, max_attempts, attempted_at, attempted_by, scheduled_at, errors) values ('Retry', 'retryable', 1, 3,
      timezone('UTC', now()), array['node-a'], timezone('UTC', now() + interval '1 min'), array[jsonb_build_object('at', timezone('UTC', now())::text, 'attempt', 1, 'error', '** (RuntimeError) no')]);`,
  'good-job': `
    create schema rails;
    create table rails.good_jobs (
      id uuid primary key default gen_random_uuid(), active_job_id uuid, queue_name text, priority int, serialized_params jsonb,
      scheduled_at timestamp, performed_at timestamp, finished_at timestamp, error text, created_at timestamp not null default timezone('UTC', now()),
      concurrency_key text, cron_key text, retried_good_job_id uuid, executions_count int, job_class text, labels text[], locked_by_id uuid
    );
    create table rails.good_job_executions (
      id uuid primary key default gen_random_uuid(), active_job_id uuid not null, created_at timestamp not null, finished_at timestamp,
      error text, process_id uuid
    );
    create index on rails.good_jobs (scheduled_at) where finished_at is null;
    create index on rails.good_jobs (finished_at) where retried_good_job_id is null and finished_at is not null;
    create index on rails.good_job_executions (active_job_id, created_at);
    insert into rails.good_jobs (job_class, queue_name, scheduled_at, performed_at, finished_at, executions_count)
      select 'MailJob', 'default', at, at, at, 1 from (select timezone('UTC', now()) as at from generate_series(1, 12000)) rows;
    insert into rails.good_jobs (active_job_id, job_class, queue_name, scheduled_at, executions_count, error)
      values ('00000000-0000-0000-0000-000000000001', 'RetryJob', 'default', timezone('UTC', now() + interval '1 min'), 1, 'KeyError: no');
    insert into rails.good_job_executions (active_job_id, created_at, finished_at, error)
      values ('00000000-0000-0000-0000-000000000001', timezone('UTC', now()), timezone('UTC', now()), 'KeyError: no');`,
} as const;

async function switchTls(state: 'on' | 'off'): Promise<void> {
  await owner.query(`alter system set ssl = ${state}`);
  await owner.query('select pg_reload_conf()');
  await eventually(`TLS to be ${state}`, async () =>
    (await owner.query('show ssl')).rows[0].ssl === state ? true : undefined
  );
}

beforeAll(async () => {
  const [key, certificate] = [join(certificates, 'key.pem'), join(certificates, 'certificate.pem')];
  const subject = ['-subj', '/CN=elsewhere', '-addext', 'subjectAltName=DNS:elsewhere'];
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    ...subject,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  await run('chmod', ['755', certificates]);
  if (process.getuid?.() === 0) {
    await run('chown', ['postgres', key]);
  }
  postgres = await startPostgres({ password: PASSWORD });
  port = new URL(postgres.url).port;
  owner = new Client({
    host: '127.0.0.1',
    port: Number(port),
    user: 'postgres',
    password: PASSWORD,
    database: 'postgres',
  });
  await owner.connect();
  await owner.query(`alter system set ssl_cert_file = '${certificate}'`);
  await owner.query(`alter system set ssl_key_file = '${key}'`);
  await switchTls('on');
  await owner.query(`
    create role reader login password '${PASSWORD}';
    create role stranger login password '${PASSWORD}';
    create schema app;
    create table app.jobs (
      id bigserial primary key, kind text, status text, lane text not null default 'default', taken_by text, tries int not null default 0,
      created_at timestamptz not null default now(), started_at timestamp, done_at timestamp, updated_at timestamptz not null default now(),
      problem text, payload jsonb, began_ms bigint
    );
    insert into app.jobs (kind, status, created_at, started_at, done_at, updated_at, payload)
      select 'mail', 'ok', at, (at + interval '1 s') at time zone 'Europe/Berlin', (at + interval '2 s') at time zone 'Europe/Berlin',
        at + interval '2 s', jsonb_build_object('customer', n % 7)
      from (select n, now() - interval '6 days' + n * interval '5 s' as at from generate_series(1, ${ROWS}) n) as rows;
    create index jobs_changed on app.jobs (updated_at, id);
    create table app.unindexed as select * from app.jobs;
    grant usage on schema app to reader;
    grant select on all tables in schema app to reader;
    analyze;`);
  began = Date.now();
  for (const [schema, tables] of [
    ['oban', DOCUMENTED.oban],
    ['rails', DOCUMENTED['good-job']],
  ]) {
    await owner.query(
      `${tables} grant usage on schema ${schema} to reader; grant select on all tables in schema ${schema} to reader;`
    );
  }
  await owner.query('analyze');
}, 300_000);

afterAll(async () => {
  await Promise.all(opened.map((close) => close()));
  await owner.end();
  await postgres.stop();
  await run('rm', ['-r', certificates]);
}, 60_000);

test('a table of one’s own is read whole once, then what changed; times without a zone are of the one that is named', async () => {
  const connector = open(mapped());
  const all = await readAll(connector, 0);
  expect(new Set(all.runs.map(({ runId }) => runId)).size).toBe(ROWS);
  expect(all.runs).toHaveLength(ROWS);
  const first = all.runs.find(({ runId }) => runId === '1');
  expect(first).toMatchObject({ task: 'mail', state: 'completed', queue: 'default', labels: { customer: '1' } });
  expect((first?.startedAt ?? 0) - (first?.createdAt ?? 0)).toBe(1_000);
  expect((first?.finishedAt ?? 0) - (first?.createdAt ?? 0)).toBe(2_000);

  const before = Date.now();
  await owner.query(`
    insert into app.jobs (kind, status) values ('mail', 'new'), ('mail', 'odd'), (null, 'new'), ('mail', null);
    update app.jobs set status = 'broken', problem = 'password=${PASSWORD} refused', taken_by = 'w-1', updated_at = now() where id = 7;`);
  const { runs, skipped, notices } = await readAll(connector, before - 60_000);
  expect(runs.map(({ runId, state }) => [runId, state])).toEqual(
    expect.arrayContaining([
      ['7', 'failed'],
      [String(ROWS + 1), 'pending'],
      [String(ROWS + 2), 'unknown'],
    ])
  );
  expect(runs).toHaveLength(3);
  expect(skipped).toBe(2);
  expect(notices).toEqual([
    '2 rows of orders have no id, task or state, or hold what cannot be read: they are left out.',
    'The mapping of orders has no word for the states odd: runs in them are shown as unknown.',
  ]);
  expect(runs.find(({ runId }) => runId === '7')).toMatchObject({
    worker: 'w-1',
    error: { message: 'password=*** refused' },
  });
  await owner.query('delete from app.jobs where id > $1', [ROWS]);
}, 300_000);

test('no whole table is read at a poll; where no index fits it is said, with the one that would', async () => {
  expect(await open(mapped()).lacks?.(signal)).toEqual([]);
  expect(await open(mapped({ table: 'app.unindexed' })).lacks?.(signal)).toEqual([
    {
      what: 'what changed in app.unindexed, without reading all of it',
      setting: 'create index concurrently on app.unindexed (updated_at, id)',
      message: expect.stringMatching(
        /^Each poll reads all 100,000 rows of app.unindexed: no index fits reads.0/
      ) as string,
    },
  ]);
  // A number that grows with time will do for what is new.
  const bound = { key: ['id'], bound: { table: 'app.jobs', at: 'created_at' } };
  const connector = open(mapped({ reads: [bound] }));
  expect(await connector.lacks?.(signal)).toEqual([]);
  const { runs } = await readAll(connector, Date.now() - 6 * 86_400_000 + 99_990 * 5_000);
  expect(runs.length).toBeGreaterThan(0);
  expect(runs.length).toBeLessThan(40);
}, 60_000);

test('reading costs little and reads little, beside a loop that selects all', async () => {
  const [polls, changes] = [3, 100];
  const ours = { ms: 0, rows: 0, firstMs: 0 };
  const plain = { ms: 0, rows: 0 };
  const connector = open(mapped());
  const begun = performance.now();
  ours.rows += (await readAll(connector, 0)).runs.length;
  ours.firstMs = performance.now() - begun;
  const once = performance.now();
  plain.rows += (await owner.query('select * from app.jobs')).rows.length;
  const plainFirstMs = performance.now() - once;
  for (let poll = 0; poll < polls; poll++) {
    const from = Date.now() - 1;
    await owner.query(
      `update app.jobs set status = 'broken', updated_at = clock_timestamp() where id in (select id from app.jobs where status = 'ok' limit ${changes})`
    );
    const a = performance.now();
    const { runs } = await readAll(connector, from);
    const b = performance.now();
    const { rows } = await owner.query('select * from app.jobs');
    ours.ms += b - a;
    ours.rows += runs.length;
    plain.ms += performance.now() - b;
    plain.rows += rows.length;
    expect(runs.filter(({ state }) => state === 'failed')).toHaveLength(changes);
  }
  expect(ours.rows).toBe(ROWS + polls * changes);
  process.stderr.write(
    `[postgres-queue] ${ROWS} rows, then ${polls} polls with ${changes} changes each: ours ${ours.rows} rows, first ${Math.round(ours.firstMs)} ms, ` +
      `a poll ${(ours.ms / polls).toFixed(1)} ms; select * ${plain.rows} rows, first ${Math.round(plainFirstMs)} ms, a poll ${(plain.ms / polls).toFixed(1)} ms\n`
  );
}, 300_000);

test('a database whose clock is two hours ahead is read, and its times are corrected', async () => {
  const now = () => Date.now() - 7_200_000;
  const session = openSession(
    { host: '127.0.0.1', port: Number(port), user: 'reader', password: PASSWORD, database: 'postgres' },
    5_000
  );
  opened.push(session.close);
  const server = { host: 'db', database: 'postgres', timeoutMs: 5_000 };
  const connector = createQueueConnector(readSettings(mapped()), { ask: session.ask, server, now });
  await owner.query(`insert into app.jobs (kind, status) values ('late', 'new')`);
  const { runs, notices } = await connector.runs(
    { filter: NO_FILTER, range: { from: now() - 300_000, to: now() + 1 }, limit: 1_000 },
    signal
  );
  const late = runs.find(({ task }) => task === 'late');
  expect(Math.abs((late?.createdAt ?? 0) - now())).toBeLessThan(5_000);
  expect(late?.clockAheadMs).toBe(7_200_000);
  expect(notices).toContain(
    "The clock of PostgreSQL is 7200 s ahead of this machine's. Times are corrected by that; set one of the clocks."
  );
}, 60_000);

test('times of a zone that the mapping does not name lie in the future, and that is said', async () => {
  await owner.query(
    `insert into app.jobs (kind, status, started_at) values ('early', 'busy', now() at time zone 'Asia/Tokyo')`
  );
  const { notices } = await readAll(open(mapped({ timeZone: 'UTC' })), Date.now() - 60_000);
  expect(notices).toContain(
    '1 runs of orders started or ended in the future. If its times have no zone, they were read as UTC: set timeZone to the one they are written in.'
  );
}, 60_000);

test.each([
  ['oban', 'oban', 'Retry', '** (RuntimeError) no'],
  ['good-job', 'rails', 'RetryJob', 'KeyError: no'],
] as const)(
  '%s is read by the schema that its migrations document, along its indexes',
  async (engine, schema, task, message) => {
    const connector = open({ engine, schema });
    const { runs, skipped } = await readAll(connector, began - 60_000);
    expect(skipped).toBe(0);
    const ended = runs.filter(({ state }) => state === 'completed');
    expect(ended).toHaveLength(12_000);
    expect(Math.abs((ended[0]?.startedAt ?? NaN) - began)).toBeLessThan(20_000);
    expect(runs.filter((one) => one.task === task)).toMatchObject([
      { attempt: 1, state: 'failed', error: { message } },
      { attempt: 2, state: 'pending', substate: 'retrying' },
    ]);
    expect(await connector.lacks?.(signal)).toEqual([]);
  },
  60_000
);

test('several schemas are told apart by the source of their runs, and found by id in each', async () => {
  await owner.query(
    'create schema other; create table other.jobs (like app.jobs including all); grant usage on schema other to reader; grant select on other.jobs to reader'
  );
  for (const schema of ['app', 'other']) {
    await owner.query(`insert into ${schema}.jobs (id, kind, status) values (500000, 'twin', 'new')`);
  }
  const connector = open({ ...mapped({ table: '{schema}.jobs' }), schema: ['app', 'other'] });
  const twins = (await readAll(connector, Date.now() - 60_000)).runs.filter(({ runId }) => runId === '500000');
  expect(twins.map(({ source }) => source)).toEqual(['app', 'other']);
  const filter = { matches: [{ field: 'runId' as const, operator: '=' as const, values: ['500000', '7'] }] };
  const found = await connector.runs({ filter, range: { from: 0, to: Date.now() }, limit: 10 }, signal);
  expect(found.runs.map(({ source, runId }) => `${source} ${runId}`).sort()).toEqual([
    'app 500000',
    'app 7',
    'other 500000',
  ]);
}, 60_000);

test('a schema of an unknown version is one error, and read all the same when that is asked for', async () => {
  await owner.query(`comment on table oban.oban_jobs is '99'`);
  const settings = { engine: 'oban', schema: 'oban' };
  await expect(open(settings).check(signal)).rejects.toThrow(
    '[postgres-queue] The schema of Oban in oban has version 99; known is 14 to 15. Update Runlane, or set settings.anyVersion: true to read it all the same.'
  );
  await owner.query(`comment on table oban.oban_jobs is '9'`);
  await expect(open(settings).check(signal)).rejects.toThrow('has version 9; known is 14 to 15. Update Oban, or set');
  expect(await open({ ...settings, anyVersion: true }).check(signal)).toMatchObject({ product: 'Oban' });
}, 60_000);

test('its session can only read, whatever the role may do', async () => {
  const session = openSession(
    { host: '127.0.0.1', port: Number(port), user: 'postgres', password: PASSWORD, database: 'postgres' },
    5_000
  );
  opened.push(session.close);
  const ask = (text: string) => session.ask({ text, values: [] }, signal);
  await expect(ask('create table app.mine ()')).rejects.toThrow(
    'cannot execute CREATE TABLE in a read-only transaction'
  );
  await expect(ask(`select nextval('app.jobs_id_seq')`)).rejects.toThrow('read-only transaction');
  expect(
    (
      await ask(
        "select name, setting from pg_settings where name in ('statement_timeout', 'application_name') order by 1"
      )
    ).rows
  ).toEqual([
    { name: 'application_name', setting: 'runlane' },
    { name: 'statement_timeout', setting: '5000' },
  ]);
}, 60_000);

describe('one clear error', () => {
  const check = (settings: SourceSettings, access?: Access) => open(settings, access).check(signal);

  test.each<[string, () => Promise<unknown>, string]>([
    [
      'for a wrong address',
      async () => check(mapped(), { url: `postgres://127.0.0.1:${await freePort()}/postgres` }),
      'refused: nothing listens there. Check that PostgreSQL runs there, and url.',
    ],
    [
      'for a name that nobody knows',
      () => check(mapped(), { url: 'postgres://no-such-host.invalid/postgres' }),
      '[postgres-queue] No address is known for no-such-host.invalid:5432 (',
    ],
    [
      'for a wrong password',
      () => check(mapped(), { password: 'swordfish' }),
      'refused user reader: password authentication failed for user "reader". Set user and passwordEnv.',
    ],
    ['for no password', () => check(mapped(), { password: '' }), 'Set user and passwordEnv.'],
    [
      'for a database that is not there',
      () => check(mapped(), { url: `postgres://127.0.0.1:${port}/nowhere` }),
      'has no database nowhere. Set it as the path of url',
    ],
    [
      'for a certificate of an unknown authority',
      () => check(mapped(), { url: `postgres://127.0.0.1:${port}/postgres?sslmode=verify-full` }),
      'is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT). Name the file of its authority in NODE_EXTRA_CA_CERTS',
    ],
    [
      'for a certificate of another name',
      () =>
        check(mapped(), {
          url: `postgres://127.0.0.1:${port}/postgres?sslmode=verify-full&sslrootcert=${join(certificates, 'certificate.pem')}`,
        }),
      'is for another name. Use its name in url, or set sslmode=verify-ca.',
    ],
    [
      'for a role that may not select',
      () => check(mapped(), { user: 'stranger' }),
      '[postgres-queue] orders: permission denied for schema app. As the owner: GRANT USAGE ON SCHEMA app TO stranger; GRANT SELECT ON app.jobs TO stranger;',
    ],
    [
      'for a table that is not there',
      () => check(mapped({ table: 'app.works' })),
      '[postgres-queue] orders in schema public: relation "app.works" does not exist. Set settings.schema to where its tables are',
    ],
    [
      'for an engine that is not there',
      () => check({ engine: 'river' }),
      '[postgres-queue] River in schema public: relation "public.river_migration" does not exist. Set settings.schema',
    ],
    [
      'for an engine without a version that is not there',
      () => check({ engine: 'procrastinate' }),
      '[postgres-queue] Procrastinate in schema public: relation "public.procrastinate_jobs" does not exist. Set settings.schema',
    ],
    [
      'for a column that is not there',
      () => check(withColumn({ startedAt: 'begun_at' })),
      '[postgres-queue] orders in schema public: columns.startedAt (begun_at) cannot be read: column "begun_at" does not exist.',
    ],
    [
      'for a column of another type',
      () => check(withColumn({ startedAt: 'began_ms' })),
      'columns.startedAt is began_ms, of type bigint. Want a time: to_timestamp(began_ms / 1000.0), if it has milliseconds.',
    ],
    [
      'for a number that is none',
      () => check(withColumn({ attempt: 'lane' })),
      'columns.attempt is lane, of type text. Want a number.',
    ],
    [
      'for what cannot be compared with a time',
      () => check(mapped({ reads: [{ since: 'id', key: ['id'] }] })),
      'reads.0.since is id, of type bigint. Want a time',
    ],
    [
      'for a mapping that writes',
      () => readAll(open(withColumn({ args: `nextval('app.jobs_id_seq')` }), { user: 'postgres' }), 0),
      'cannot execute nextval() in a read-only transaction',
    ],
    [
      'for an answer that takes too long',
      () => readAll(open(withColumn({ args: 'pg_sleep(2)' }), { timeoutMs: 1_000 }), 0),
      'orders in schema public did not answer within 1 s. Raise timeout',
    ],
  ])(
    '%s',
    async (_, ask, message) => {
      const error = await ask().then(
        () => undefined,
        (one: Error) => one
      );
      expect(error?.name).toBe('ConnectorError');
      expect(error?.message).toContain(message);
      expect(error?.message).not.toMatch(/hunter22|swordfish/);
    },
    60_000
  );

  test('for a server that speaks no TLS', async () => {
    await switchTls('off');
    await expect(check(mapped(), { url: `postgres://127.0.0.1:${port}/postgres?sslmode=require` })).rejects.toThrow(
      'does not speak TLS. Leave sslmode out of url, or switch TLS on there.'
    );
  }, 60_000);
});
