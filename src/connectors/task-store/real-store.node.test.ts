/** @jest-environment node */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertMetrics } from '../../../store/src/alerts/alert-metrics';
import { DEFAULT_ALERTS, DEFAULT_RULE } from '../../../store/src/alerts/alerts-config';
import { AlertsFile } from '../../../store/src/alerts/alerts-file';
import { EventAlerts } from '../../../store/src/alerts/event-alerts';
import { createApp } from '../../../store/src/api/create-app';
import { ARCHIVE_VIEWS } from '../../../store/src/archive/archive';
import { InProcessArchive } from '../../../store/src/threads/in-process';
import { openSqlite } from '../../../store/src/archive/sqlite/open';
import { DEFAULT_CONFIG } from '../../../store/src/config/config';
import type { StoreConfig } from '../../../store/src/config/config';
import type { ConnectorError } from '../../model/connector-error';
import type { TaskEvent } from '../../model/task-event';
import { NO_FILTER } from '../../model/task-query';
import type { TaskFilter, View, ViewRequest } from '../../model/task-query';
import type { Http } from '../connector';
import { createTaskStore } from './connector';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;
const RANGE = { from: NOW - 60 * MINUTE, to: NOW };

let folder: string;
let archive: InProcessArchive;
let alerts: EventAlerts;
let app: Awaited<ReturnType<typeof createApp>>;
let config: StoreConfig = DEFAULT_CONFIG;

/** The store's API without a socket, with the header that the data source's route adds. */
function inject(token?: string): Http {
  return async (path) => {
    const answer = await app.inject({
      method: 'GET',
      url: path,
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    });
    return { status: answer.statusCode, body: answer.body };
  };
}

/** One life of each kind: completed, failing by code, out of memory, lost, retried, cancelled, running, waiting. */
function lives(): TaskEvent[] {
  const events: TaskEvent[] = [];
  const add = (
    runId: string,
    task: string,
    begin: number,
    end: Partial<TaskEvent> | undefined,
    more: Partial<TaskEvent> = {}
  ) => {
    const base = { source: 'shop', runId, attempt: 1, task, worker: 'mail-1', host: 'host-a', queue: 'fast', ...more };
    const queuedAt = NOW - begin * MINUTE;
    events.push({ ...base, at: queuedAt, state: 'pending', substate: 'queued', queuedAt });
    if (end?.at === undefined) {
      return;
    }
    const startedAt = queuedAt + 2000;
    events.push({ ...base, at: startedAt, state: 'running', startedAt });
    events.push({ ...base, at: startedAt + 5000, cpuSeconds: 1.5, rssBytes: 50 * 2 ** 20 });
    events.push({ ...base, at: startedAt + 10_000, cpuSeconds: 4, rssBytes: 80 * 2 ** 20 });
    if (end.state !== undefined) {
      events.push({ ...base, ...end, at: end.at });
    }
  };
  for (let i = 0; i < 24; i++) {
    add(`ok-${i}`, 'email.send', 55 - 2 * i, { at: NOW - (55 - 2 * i) * MINUTE + 14_000, state: 'completed' });
  }
  add('code', 'report.nightly', 30, {
    at: NOW - 29 * MINUTE,
    state: 'failed',
    exitCode: 3,
    error: { type: 'SMTPServerDisconnected', message: 'Connection <b>"closed"</b>\nsecond line', stack: 'at send()' },
  });
  add('oom', 'report.nightly', 25, { at: NOW - 20 * MINUTE, state: 'failed', substate: 'oom', signal: 'SIGKILL' });
  add('lost', 'db.backup', 40, {
    at: NOW - 35 * MINUTE,
    state: 'failed',
    substate: 'lost',
    derived: true,
    evidence: 'no heartbeat',
  });
  add('again', 'orders.charge', 15, { at: NOW - 14 * MINUTE, state: 'failed', exitCode: 1 }, { maxAttempts: 3 });
  add('again', 'orders.charge', 13, { at: NOW - 12 * MINUTE, state: 'completed' }, { attempt: 2, maxAttempts: 3 });
  add(
    'stopped',
    'import "x", y|z',
    10,
    { at: NOW - 9 * MINUTE, state: 'cancelled', substate: 'revoked' },
    { labels: { team: 'a,b' } }
  );
  add('child', '邮件', 5, { at: NOW - 4 * MINUTE }, { parentId: 'ok-1', rootId: 'ok-1', traceId: 'f'.repeat(32) });
  add('waits', 'thumbnail.make', 3, undefined);
  return events;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-connector-'));
  archive = new InProcessArchive(openSqlite(join(folder, 'runs.db')), DEFAULT_CONFIG, {
    now: () => NOW,
    steady: () => 0,
  });
  alerts = new EventAlerts(
    archive,
    new AlertsFile(join(folder, 'alerts.db')),
    { ...DEFAULT_ALERTS, keepFiringMs: 0, rules: [{ ...DEFAULT_RULE, name: 'abnormal-exit', receivers: [] }] },
    { now: () => NOW, random: Math.random, metrics: new AlertMetrics(), log: { warn: () => undefined } }
  );
  await alerts.start();
  app = await createApp({ archive, alerts, config: () => config, now: () => NOW, version: '0.1.0' });
  // The second attempt comes later: until then the first one's failure stands, and has an alert.
  const isSecond = ({ attempt }: TaskEvent) => attempt === 2;
  await archive.append(lives().filter((event) => !isSecond(event)));
  await archive.append(lives().filter(isSecond));
  // One of four is over: the run was tried again, and completed.
  const states = () => alerts.during(RANGE).map(({ state }) => state);
  while (states().length < 4 || !states().includes('resolved')) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

afterEach(() => {
  config = DEFAULT_CONFIG;
});

afterAll(async () => {
  await alerts.stop();
  await app.close();
  await archive.close();
  rmSync(folder, { recursive: true, force: true });
});

function request(view: View, filter: TaskFilter = NO_FILTER): ViewRequest & { query: { limit: number } } {
  return { query: { view, filter, groupBy: 'task', limit: 100 }, range: RANGE, step: MINUTE };
}

const signal = new AbortController().signal;

test.each(ARCHIVE_VIEWS)('what the real store says about %s arrives whole', async (view) => {
  const bodies: string[] = [];
  const http: Http = async (path, init) => {
    const answer = await inject()(path, init);
    bodies.push(answer.body);
    return answer;
  };
  const answer = await createTaskStore({ http }).aggregate?.(request(view), signal);
  const { v, ...sent } = JSON.parse(bodies[0] ?? '{}') as Record<string, unknown>;
  expect(v).toBe(1);
  // Through JSON, because the answer says its view and the store need not.
  expect({ view, ...sent }).toEqual(JSON.parse(JSON.stringify(answer)));
});

test('the store has something to say in every view', async () => {
  const store = createTaskStore({ http: inject() });
  const sizes = await Promise.all(
    ARCHIVE_VIEWS.map(async (view) => {
      const answer = await store.aggregate?.(request(view), signal);
      return [view, JSON.stringify(answer).length > 100] as const;
    })
  );
  expect(Object.fromEntries(sizes)).toEqual(Object.fromEntries(ARCHIVE_VIEWS.map((view) => [view, true])));
});

test('check says product, version and what is there', async () => {
  const version = await createTaskStore({ http: inject() }).check(signal);
  expect(version).toMatchObject({ product: 'Runlane task store', version: '0.1.0' });
  expect(version.summary).toMatch(/attempts of \d+ tasks from 1 source/);
});

test('filters hold for names with quotes, commas, bars and other scripts', async () => {
  const store = createTaskStore({ http: inject() });
  for (const task of ['import "x", y|z', '邮件']) {
    const page = await store.runs(
      { filter: { matches: [{ field: 'task', operator: '=', values: [task] }] }, range: RANGE, limit: 10 },
      signal
    );
    expect(page.runs.map((run) => run.task)).toEqual([task]);
  }
  const labelled = await store.runs(
    { filter: { matches: [{ field: 'label:team', operator: '=', values: ['a,b'] }] }, range: RANGE, limit: 10 },
    signal
  );
  expect(labelled.runs).toHaveLength(1);
});

test('pages join without a gap or a repetition', async () => {
  const store = createTaskStore({ http: inject() });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.runs(
      { filter: NO_FILTER, range: RANGE, limit: 7, ...(cursor === undefined ? {} : { cursor }) },
      signal
    );
    seen.push(...page.runs.map((run) => `${run.runId} ${run.attempt}`));
    cursor = page.next;
  } while (cursor !== undefined);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toHaveLength(32);
});

test('known values come most frequent first', async () => {
  const values = await createTaskStore({ http: inject() }).values?.('task', NO_FILTER, RANGE, signal);
  expect(values?.[0]).toBe('email.send');
  expect(values).toContain('import "x", y|z');
});

test('polled changes go on from a cursor and bring what happened since', async () => {
  const store = createTaskStore({ http: inject() });
  const poll = async (cursor: string | undefined) => {
    const all = [];
    for await (const change of store.changes?.(cursor, signal) ?? []) {
      all.push(change);
    }
    return all;
  };
  const [hello] = await poll(undefined);
  expect(hello?.runs).toEqual([]);
  await archive.append([{ source: 'shop', runId: 'new', attempt: 1, at: NOW, state: 'pending', task: 'fresh' }]);
  const news = await poll(hello?.cursor);
  expect(news.flatMap((change) => change.runs.map((run) => run.task))).toEqual(['fresh']);
  expect((await poll(news.at(-1)?.cursor)).flatMap((change) => change.runs)).toEqual([]);
});

test('a wrong token is refused as such, a right one is taken', async () => {
  config = { ...DEFAULT_CONFIG, tokens: { read: ['r-secret'], write: ['w-secret'] } };
  for (const token of [undefined, 'wrong', 'w-secret']) {
    const refused = createTaskStore({ http: inject(token) }).check(signal);
    await expect(refused).rejects.toMatchObject({
      name: 'ConnectorError',
      kind: 'unauthorised',
    } satisfies Partial<ConnectorError>);
  }
  await expect(createTaskStore({ http: inject('r-secret') }).check(signal)).resolves.toMatchObject({
    version: '0.1.0',
  });
});

test('alerts that the store made of events come in the words of the model, and are filtered by it', async () => {
  const ask = async (filter: TaskFilter) => {
    const answer = await createTaskStore({ http: inject() }).aggregate?.(request('alerts', filter), signal);
    return answer?.view === 'alerts' ? answer.alerts : [];
  };
  const all = await ask(NO_FILTER);
  expect(all).toContainEqual(
    expect.objectContaining({
      name: 'abnormal-exit',
      state: 'firing',
      source: 'shop',
      task: 'report.nightly',
      severity: 'warning',
      tier: 'notify',
      count: 1,
      since: NOW - 20 * MINUTE,
    })
  );
  expect(all.filter(({ state }) => state !== 'firing')).toEqual([
    expect.objectContaining({
      state: 'resolved',
      task: 'orders.charge',
      since: NOW - 14 * MINUTE,
      endedAt: NOW - 12 * MINUTE,
    }),
  ]);
  const ofOne = await ask({ matches: [{ field: 'task', operator: '=~', values: ['db\\..*'] }] });
  expect(ofOne.map(({ task }) => task)).toEqual(['db.backup']);
});

test.each([
  ['a pattern that cannot be read', { matches: [{ field: 'task' as const, operator: '=~' as const, values: ['('] }] }],
  ['look-ahead', { matches: [{ field: 'task' as const, operator: '=~' as const, values: ['(?=x)'] }] }],
])('%s is refused with the reason of the store', async (_, filter) => {
  const refused = createTaskStore({ http: inject() }).aggregate?.(request('runs', filter), signal);
  await expect(refused).rejects.toMatchObject({ kind: 'bad-request' });
  await expect(refused).rejects.toThrow(/pattern/i);
});

test('the recorded fixture is what the store says today', async () => {
  const answers: Array<{ path: string; status: number; body: string }> = [];
  const http: Http = async (path, init) => {
    const answer = await inject()(path, init);
    answers.push({ path, ...answer });
    return answer;
  };
  const store = createTaskStore({ http });
  await store.check(signal);
  await store.runs({ filter: NO_FILTER, range: RANGE, limit: 50 }, signal);
  await store.values?.('task', NO_FILTER, RANGE, signal);
  for (const view of [...ARCHIVE_VIEWS.filter((one) => one !== 'runs'), 'alerts' as const]) {
    await store.aggregate?.(request(view), signal);
  }
  // Sizes of files differ between machines; nothing reads them.
  const recorded = answers.map((one) => ({ ...one, body: one.body.replace(/"bytes":\d+/, '"bytes":0') }));
  if (process.env['RUNLANE_RECORD'] === '1') {
    writeFileSync(
      join(__dirname, 'fixtures', 'every-kind-of-life.json'),
      `${JSON.stringify({ answers: recorded }, null, 1)}\n`
    );
  }
  const fixture = jest.requireActual<{ answers: Array<{ path: string }> }>('./fixtures/every-kind-of-life.json');
  expect(fixture.answers.map(({ path }) => path)).toEqual(recorded.map(({ path }) => path));
});
