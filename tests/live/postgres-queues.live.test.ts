import { rmSync } from 'node:fs';
import type { TaskRun } from '../../src/model/task-run';
import { findCollected } from '../../store/src/sources/index';
import { keptRuns, sourceStatus } from '../systems/ask-store';
import { eventually } from '../systems/eventually';
import { databaseOf, QUEUE_ENGINES, startPostgresQueues } from '../systems/postgres-queues';
import type { PostgresQueues, QueueEngine, SeenRun, Situation } from '../systems/postgres-queues';
import { startStore } from '../systems/store';
import { stopAll, temporaryFolder } from '../systems/system';
import type { Launched } from '../systems/system';

/** pg-boss, Graphile Worker, Procrastinate and River on one PostgreSQL, read by a real store with a role that may only SELECT. */
let queues: PostgresQueues;
let store: Launched;
const data = temporaryFolder('queues');
const signal = new AbortController().signal;
const killed = {} as Record<QueueEngine, SeenRun>;
/** Procrastinate's worker takes 60 of them a second. */
const BURST: Record<QueueEngine, number> = {
  'pg-boss': 5_000,
  'graphile-worker': 5_000,
  procrastinate: 1_000,
  river: 5_000,
};

const each = <T>(work: (engine: QueueEngine) => Promise<T>): Promise<T[]> => Promise.all(QUEUE_ENGINES.map(work));

const startCollecting = () =>
  startStore({
    data,
    config: {
      sources: Object.fromEntries(
        QUEUE_ENGINES.map((engine) => [
          engine,
          {
            system: 'postgres-queue',
            url: `${queues.url}/${databaseOf(engine)}`,
            user: 'runlane',
            every: '1s',
            settings: { engine },
          },
        ])
      ),
    },
  });

/** All attempts of a task of a source. */
const kept = (engine: QueueEngine, task: string) =>
  keptRuns(store, {
    matches: [
      { field: 'source', operator: '=', values: [engine] },
      { field: 'task', operator: '=', values: [task] },
    ],
  });

/** The attempts of one run, once its last one is as wanted. */
function attempts(engine: QueueEngine, id: string, last: Partial<TaskRun>, task = 'mail'): Promise<TaskRun[]> {
  let found: TaskRun[] = [];
  return eventually(
    `${engine} ${id} to be ${JSON.stringify(last)}`,
    async () => {
      found = (await kept(engine, task)).filter(({ runId }) => runId === id).sort((a, b) => a.attempt - b.attempt);
      const end = found[found.length - 1];
      return end !== undefined && Object.entries(last).every(([fact, value]) => end[fact as keyof TaskRun] === value)
        ? found
        : undefined;
    },
    { seconds: 60, everyMs: 500, lastSeen: () => JSON.stringify(found) }
  );
}

/** Within a second: clocks of programs and of PostgreSQL are one machine's, engines write shortly before or after. */
function expectTimes(run: TaskRun | undefined, { startedAt = NaN, finishedAt }: SeenRun): void {
  expect(Math.abs((run?.startedAt ?? NaN) - startedAt)).toBeLessThan(1_000);
  if (finishedAt !== undefined) {
    expect(Math.abs((run?.finishedAt ?? NaN) - finishedAt)).toBeLessThan(1_000);
  }
}

beforeAll(async () => {
  queues = await startPostgresQueues();
  await queues.sql('postgres', 'create role runlane login');
  store = await startCollecting();
}, 900_000);

afterAll(async () => {
  await stopAll([store, queues]);
  rmSync(data, { recursive: true });
}, 60_000);

test('a role that may not read is told what to grant, and with that it reads', async () => {
  await each(async (engine) => {
    const message = await eventually('the source to be refused', async () => {
      const { lastError } = await sourceStatus(store, engine);
      return lastError?.kind === 'unauthorised' ? lastError.message : undefined;
    });
    const grant = /As the owner: (.*)$/.exec(message)?.[1] ?? '';
    expect(grant).toMatch(/^GRANT USAGE ON SCHEMA \w+ TO runlane; GRANT SELECT ON [\w., ]+ TO runlane;$/);
    await queues.sql(databaseOf(engine), grant);
    await eventually('the source to be read', async () =>
      (await sourceStatus(store, engine)).up === true ? true : undefined
    );
  });
}, 120_000);

test('every situation of every engine is kept: attempts, states, times, errors, queues, workers', async () => {
  await each(async (engine) => (killed[engine] = await queues.programs[engine].crash()));
  const told = Object.fromEntries(
    await each(async (engine) => [engine, await queues.programs[engine].demo()] as const)
  ) as Record<QueueEngine, Record<Situation, SeenRun>>;
  await queues.programs['pg-boss'].follow();

  // What ended well.
  for (const [engine, facts] of [
    [
      'pg-boss',
      {
        queue: 'mail',
        args: '{"how": "succeeded", "password": ***}',
        labels: { priority: '5', singleton_key: 'one', dead_letter: 'dead' },
      },
    ],
    [
      'procrastinate',
      { queue: 'letters', args: '{"how": "succeeded", "password": ***}', labels: { priority: '5', lock: 'one' } },
    ],
    [
      'river',
      {
        queue: 'letters',
        worker: 'letter-box',
        args: '{"how": "succeeded", "password": ***}',
        labels: { priority: '2', tags: 'one,two' },
      },
    ],
  ] as const) {
    const runs = await attempts(engine, told[engine].succeeded.id, { state: 'completed' });
    expect(runs).toMatchObject([{ attempt: 1, substate: 'success', ...facts }]);
    expectTimes(runs[0], told[engine].succeeded);
  }
  // Graphile Worker deletes it: seen while it ran, and concluded from its being gone.
  const done = await attempts('graphile-worker', told['graphile-worker'].succeeded.id, { state: 'completed' });
  expect(done).toMatchObject([
    {
      attempt: 1,
      labels: { priority: '5', key: 'one' },
      evidence: 'Its row is gone: Graphile Worker deletes what has ended.',
    },
  ]);
  expect(Math.abs((done[0]?.startedAt ?? NaN) - (told['graphile-worker'].succeeded.startedAt ?? NaN))).toBeLessThan(
    1_000
  );

  // What failed, with its error where the engine keeps one.
  for (const [engine, facts] of [
    [
      'pg-boss',
      {
        error: {
          type: 'TypeError',
          message: 'no failed: token=***',
          stack: expect.stringContaining('pg-boss.cjs') as string,
        },
      },
    ],
    ['graphile-worker', { queue: 'letters', error: { message: 'no failed: token=***' } }],
    ['procrastinate', { task: 'fragile' }],
    ['river', { error: { message: 'no failed: token=***' } }],
  ] as const) {
    const task = engine === 'procrastinate' ? 'fragile' : 'mail';
    const runs = await attempts(engine, told[engine].failed.id, { state: 'failed' }, task);
    expect(runs).toMatchObject([{ attempt: 1, substate: 'error', ...facts }]);
    // Once it has failed, Graphile Worker forgets when it began.
    const { finishedAt = NaN } = told[engine].failed;
    expect(Math.abs((runs[0]?.finishedAt ?? NaN) - finishedAt)).toBeLessThan(1_000);
  }
  expect(await attempts('river', told.river.panicked.id, { state: 'failed' })).toMatchObject([
    { error: { message: 'no panicked', stack: expect.stringContaining('main.go') as string } },
  ]);

  // What failed first and was tried again.
  for (const engine of ['pg-boss', 'procrastinate', 'river'] as const) {
    const runs = await attempts(engine, told[engine].retried.id, { state: 'completed', attempt: 2 });
    expect(runs).toMatchObject([
      { attempt: 1, state: 'failed', retried: true },
      { attempt: 2, state: 'completed' },
    ]);
    expectTimes(runs[1], told[engine].retried);
    if (engine !== 'procrastinate') {
      expect(runs[0]?.error?.message).toBe('no retried: token=***');
    }
    // Due a second later.
    const waited = (runs[1]?.queuedAt ?? NaN) - (runs[0]?.finishedAt ?? NaN);
    expect(Math.abs(waited - 1_000)).toBeLessThan(1_000);
  }
  const tried = await attempts('graphile-worker', told['graphile-worker'].retried.id, {
    state: 'completed',
    attempt: 2,
  });
  expect(tried[0]).toMatchObject({
    attempt: 1,
    state: 'failed',
    retried: true,
    error: { message: 'no retried: token=***' },
  });

  // What was cancelled before it ran, and what waits for its time.
  await each(async (engine) => {
    const cancelled = await attempts(engine, told[engine].cancelled.id, {
      state: engine === 'graphile-worker' ? 'failed' : 'cancelled',
    });
    expect(cancelled).toHaveLength(1);
    expect(cancelled[0]).not.toHaveProperty('startedAt');
    const later = await attempts(engine, told[engine].later.id, { state: 'pending' });
    expect(later).toMatchObject([
      { attempt: 1, substate: 'scheduled', evidence: expect.stringMatching(/^Due at /) as string },
    ]);
  });

  // Whose worker was killed: pg-boss ends it when its time is over, the others leave it running for an hour or more.
  const expired = await attempts('pg-boss', killed['pg-boss'].id, { state: 'failed' });
  expect(expired).toMatchObject([{ attempt: 1, substate: 'timed_out', error: { message: 'job timed out' } }]);
  expectTimes(expired[0], { id: '', startedAt: killed['pg-boss'].startedAt ?? NaN });
  for (const engine of ['graphile-worker', 'river'] as const) {
    const runs = await attempts(engine, killed[engine].id, { state: 'running' });
    expect(runs).toHaveLength(1);
    expectTimes(runs[0], killed[engine]);
  }
  // Its dead letter is another run, of which it is the parent.
  await eventually(
    'the dead letter',
    async () =>
      (await kept('pg-boss', 'dead')).some(({ parentId }) => parentId === told['pg-boss'].failed.id) || undefined
  );
}, 180_000);

test('5,000 runs of each are kept once, over a crash of PostgreSQL and of the store', async () => {
  await each((engine) => queues.programs[engine].fill(BURST[engine]));
  const count = async (engine: QueueEngine, state: string) =>
    (await kept(engine, 'burst')).filter((run) => run.state === state).length;
  await each((engine) =>
    eventually(
      `${engine} to be seen waiting`,
      async () => ((await count(engine, 'pending')) === BURST[engine] ? true : undefined),
      { seconds: 90, everyMs: 1_000 }
    )
  );

  // The kernel kills one of its processes: PostgreSQL ends all sessions and recovers.
  const [victim] = await queues.sql('postgres', `select pid from pg_stat_activity where usename = 'runlane' limit 1`);
  process.kill(Number(victim?.['pid']), 'SIGKILL');
  await eventually('PostgreSQL to be back', async () => {
    const left = await queues.sql('postgres', 'select from pg_stat_activity where pid = $1', [victim?.['pid']]);
    return left.length === 0 ? true : undefined;
  });

  // And the store dies while the jobs are worked on.
  const draining = each((engine) => queues.programs[engine].drain());
  await new Promise((wait) => setTimeout(wait, 1_000));
  process.kill(store.pid, 'SIGKILL');
  await store.stop();
  await draining;
  store = await startCollecting();
  await each(async (engine) => {
    await eventually(
      `${engine} to be seen done`,
      async () => ((await count(engine, 'completed')) === BURST[engine] ? true : undefined),
      { seconds: 120, everyMs: 1_000, lastSeen: () => engine }
    );
    const runs = await kept(engine, 'burst');
    expect(runs).toHaveLength(BURST[engine]);
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(BURST[engine]);
    expect(await sourceStatus(store, engine)).toMatchObject({ up: true, skipped: 0, notices: [] });
  });
}, 300_000);

test('a worker of Procrastinate that sends no heartbeat has lost its run', async () => {
  expect(await attempts('procrastinate', killed.procrastinate.id, { state: 'failed' })).toMatchObject([
    { substate: 'lost', evidence: 'Its worker has sent no heartbeat for 30 s.' },
  ]);
}, 90_000);

test('nothing was written and nothing is held', async () => {
  const rows = await queues.sql(
    'postgres',
    `select application_name, state, backend_xid, (select count(*)::int from pg_locks where pg_locks.pid = activity.pid) as locks
     from pg_stat_activity activity where usename = 'runlane' and state = 'idle'`
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) {
    expect(row).toEqual({ application_name: 'runlane', state: 'idle', backend_xid: null, locks: 0 });
  }
}, 60_000);

test('with 100,000 runs in each engine, a poll reads none of its tables from beginning to end', async () => {
  await stopAll([store]);
  const at = `now() - n * interval '5 s'`;
  const ended: Record<QueueEngine, string> = {
    'pg-boss': `insert into pgboss.job (name, state, created_on, started_on, completed_on)
      select 'mail', 'completed', ${at}, ${at}, ${at} from generate_series(1, 100000) n`,
    'graphile-worker': `insert into graphile_worker._private_jobs (task_id, run_at) select task_id, now() + n * interval '1 h'
      from graphile_worker._private_jobs, generate_series(1, 100000) n where id = ${killed['graphile-worker'].id}`,
    procrastinate: `with job as (insert into procrastinate_jobs (queue_name, task_name, status)
      select 'letters', 'mail', 'todo' from generate_series(1, 100000) returning id)
      update procrastinate_jobs set status = 'succeeded' from job where procrastinate_jobs.id = job.id;
      update procrastinate_jobs set status = 'cancelled' where task_name = 'mail' and status = 'todo'`,
    river: `insert into river_job (state, kind, args, max_attempts, created_at, attempted_at, finalized_at)
      select 'completed', 'mail', '{}', 25, ${at}, ${at}, ${at} from generate_series(1, 100000) n`,
  };
  await each(async (engine) => {
    await queues.sql(databaseOf(engine), ended[engine]);
    await queues.sql(databaseOf(engine), 'analyze');
    const endpoint = { url: `${queues.url}/${databaseOf(engine)}`, basic: { user: 'runlane', password: '' } };
    const source = findCollected('postgres-queue')?.open(
      { endpoint, headers: {}, timeoutMs: 30_000, settings: { engine } },
      { onPatience: () => undefined }
    );
    if (source === undefined || !('connector' in source)) {
      throw new Error('It is no source that is asked.');
    }
    expect(await source.connector.lacks?.(signal)).toEqual([]);
    await source.close?.();
  });
}, 120_000);
