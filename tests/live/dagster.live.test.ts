import { createDagster } from '../../src/connectors/dagster/connector';
import { createTaskStore } from '../../src/connectors/task-store/connector';
import type { RunPage, Worker } from '../../src/model/answer';
import { NO_FILTER } from '../../src/model/task-query';
import type { TaskRun } from '../../src/model/task-run';
import { startDagster } from '../systems/dagster';
import type { Dagster } from '../systems/dagster';
import { eventually } from '../systems/eventually';
import { prometheusHttp } from '../systems/prometheus-http';
import { startStore } from '../systems/store';

/** Dagster 1.13 with two code locations, its daemon and a webserver that takes queries only: read as the data source reads it. */
let dagster: Dagster;
let launched: Record<string, string>;
const signal = new AbortController().signal;
/** Each look is some work for Dagster, which has enough to do. */
const POLL = { seconds: 200, everyMs: 2000 };
// Runs wait for each other, and each is a process that loads Dagster first.
jest.setTimeout(240_000);
/** An event is written a moment after what it tells of. */
const WITHIN_MS = 1000;

const connector = (now?: () => number) => createDagster({ http: prometheusHttp(dagster.readOnlyUrl) }, now);

function read(limit = 100, cursor?: string): Promise<RunPage> {
  const range = { from: Date.now() - 3_600_000, to: Date.now() };
  return connector().runs({ filter: NO_FILTER, range, limit, ...(cursor !== undefined && { cursor }) }, signal);
}

/** The rows of a run and of what is below it, once the run is as `isThere` wants it. */
function family(job: string, isThere: (run: TaskRun) => boolean): Promise<{ run: TaskRun; below: TaskRun[] }> {
  const runId = launched[job] ?? '';
  return eventually(
    `the run of ${job}`,
    async () => {
      const { runs } = await read();
      const run = runs.find((one) => one.runId === runId);
      const below = runs.filter((one) => one.runId.startsWith(`${runId}/`));
      return run !== undefined && isThere(run) ? { run, below } : undefined;
    },
    POLL
  );
}

const hasEnded = ({ finishedAt }: TaskRun) => finishedAt !== undefined;

/** What ops wrote down themselves of their tries, and what is shown of them. */
function expectTimes(below: readonly TaskRun[]): void {
  for (const { runId, step, attempt, what, at } of dagster.journal()) {
    const row = below.find((one) => one.runId === `${runId}/${step}` && one.attempt === attempt);
    if (row !== undefined) {
      const shown = what === 'started' ? row.startedAt : row.finishedAt;
      expect({ step, what, off: Math.abs((shown ?? 0) - at) > WITHIN_MS }).toEqual({ step, what, off: false });
    }
  }
}

beforeAll(async () => {
  dagster = await startDagster();
  launched = { held: await dagster.launch('order', { tags: { held: 'yes' } }) };
  // What hangs comes last: it takes a place.
  for (const job of [
    'killed_run',
    'refund_order',
    'mail',
    'killed_step',
    'thumbnails',
    'nothing_to_do',
    'sales',
    'order',
    'report',
  ]) {
    launched[job] = await dagster.launch(job);
  }
  launched['billing'] = await dagster.launch('order', { location: 'billing' });
}, 900_000);

afterAll(() => dagster?.stop(), 60_000);

test.each<[string, string, string, string | undefined, string[]]>([
  ['order', 'completed', 'success', undefined, ['charge #1 completed/success', 'receipt #1 completed/success']],
  ['refund_order', 'failed', 'error', 'KeyError', ['charge #1 completed/success', 'refund #1 failed/error KeyError']],
  [
    'mail',
    'completed',
    'success',
    undefined,
    ['send_mail #1 failed/error ConnectionError', 'send_mail #2 completed/success'],
  ],
  [
    'nothing_to_do',
    'completed',
    'success',
    undefined,
    ['find_orders #1 completed/success', 'receipt #1 completed/skipped'],
  ],
  ['killed_run', 'failed', 'lost', undefined, ['die #1 failed/lost']],
  [
    'killed_step',
    'failed',
    'error',
    'DagsterSubprocessError',
    ['die #1 failed/killed ChildProcessCrashException SIGKILL'],
  ],
  [
    'thumbnails',
    'completed',
    'success',
    undefined,
    [
      'resize[p0] #1 completed/success',
      'resize[p1] #1 completed/success',
      'resize[p2] #1 completed/success',
      'split #1 completed/success',
    ],
  ],
  [
    'sales',
    'completed',
    'success',
    undefined,
    [
      'orders #1 completed/success',
      'orders:not_empty #1 completed/success',
      'orders:recent #1 failed/error AssetCheckFailed',
      'orders:sums_up #1 failed/error AssetCheckFailed',
      'orders_not_empty #1 completed/success',
      'orders_recent #1 completed/success',
      'orders_sums_up #1 completed/success',
      'revenue #1 completed/success',
      'stock #1 completed/success',
    ],
  ],
])('the run of %s is %s/%s, with every try of every step', async (job, state, substate, error, steps) => {
  const { run, below } = await family(job, hasEnded);
  expect([run.state, run.substate, run.error?.type, run.task]).toEqual([state, substate, error, `shop/${job}`]);
  const lines = below.map((row) =>
    [
      row.runId.slice(run.runId.length + 1),
      `#${row.attempt}`,
      `${row.state}/${row.substate}`,
      row.error?.type,
      row.signal,
    ]
      .filter(Boolean)
      .join(' ')
  );
  expect(lines.sort()).toEqual(steps);
  expect(below.every(({ rootId }) => rootId === run.runId)).toBe(true);
  const parents = new Set([run.runId, ...below.map(({ runId }) => runId)]);
  expect(below.every(({ parentId }) => parents.has(parentId ?? ''))).toBe(true);
  expectTimes(below);
});

test('an error has the message and the stack of the user’s code', async () => {
  const { below } = await family('refund_order', hasEnded);
  const { error } = below.find(({ task }) => task === 'shop/refund_order.refund') ?? {};
  expect(error).toMatchObject({ type: 'KeyError', message: "'A-17'" });
  expect(error?.stack).toMatch(/dagster_shop\.py", line \d+, in refund/);
});

test('a run that is executed again is below the one that failed', async () => {
  const { run: first } = await family('refund_order', hasEnded);
  launched['again'] = await dagster.retry(first.runId);
  const { run, below } = await family('again', hasEnded);
  expect([run.parentId, run.rootId, run.state]).toEqual([first.runId, first.runId, 'failed']);
  expect(below.every(({ rootId }) => rootId === first.runId)).toBe(true);
});

test('a job of the same name in another code location is another task', async () => {
  const { run } = await family('billing', hasEnded);
  expect(run).toMatchObject({ task: 'billing/order', state: 'completed', labels: { location: 'billing' } });
});

test('a run is running, then cancelled, and its step with it', async () => {
  const { below } = await eventually(
    'the report to be made',
    async () => {
      const found = await family('report', ({ substate }) => substate === 'executing');
      return found.below.length > 0 ? found : undefined;
    },
    POLL
  );
  expect(below).toMatchObject([{ task: 'shop/report.hang', state: 'running', substate: 'executing' }]);
  expectTimes(below);
  await dagster.terminate(launched['report'] ?? '');
  const cancelled = await family('report', hasEnded);
  expect(cancelled.run).toMatchObject({ state: 'cancelled', substate: 'terminated' });
  expect(cancelled.below.map(({ finishedAt }) => finishedAt !== undefined)).toEqual([true]);
});

test('a run waits in the queue; cancelled there it has no start', async () => {
  const { run } = await family('held', () => true);
  expect(run).toMatchObject({ state: 'pending', substate: 'queued' });
  await dagster.terminate(run.runId);
  const cancelled = await family('held', hasEnded);
  expect(cancelled.run).toMatchObject({ state: 'cancelled', substate: 'revoked' });
  expect(cancelled.run.startedAt).toBeUndefined();
});

test('a sensor’s tick asks for a run, the next ones raise', async () => {
  const ticks = await eventually('the ticks of the sensor', async () => {
    const { runs } = await read();
    const found = runs.filter(({ task }) => task === 'shop/new_files');
    return found.some(({ state }) => state === 'failed') ? { runs, found } : undefined;
  });
  const asked = ticks.found.find(({ state }) => state === 'completed');
  expect(ticks.runs.find(({ parentId }) => parentId === asked?.runId)?.labels?.['dagster/sensor_name']).toBe(
    'new_files'
  );
  expect(ticks.found.find(({ state }) => state === 'failed')?.error).toMatchObject({
    type: 'LookupError',
    message: 'no such bucket',
  });
});

test('assets say when a run made them, whether they are fresh, and what their checks found', async () => {
  const { run } = await family('sales', hasEnded);
  const orders = await eventually(
    'the orders to be judged',
    async () => {
      const found = (await connector().assets?.(signal))?.assets.find(({ name }) => name === 'orders');
      return found?.freshness === 'fresh' ? found : undefined;
    },
    POLL
  );
  expect(orders).toMatchObject({ runId: run.runId, group: 'sales', checksPassed: 1, checksFailed: 2, upstream: [] });
  expect(orders.madeAt).toBeGreaterThan(run.startedAt ?? Infinity);
  expect(orders.madeAt).toBeLessThan(run.finishedAt ?? 0);
});

test('assets, daemons and what is missing are told through the store as they are told directly', async () => {
  const store = await startStore({
    config: { sources: { etl: { system: 'dagster', url: dagster.readOnlyUrl, every: '5s' } } },
  });
  try {
    const through = createTaskStore({ http: prometheusHttp(store.url) });
    // What the store has asked holds for ten seconds, and runs go on meanwhile.
    const assets = await eventually(
      'the store to tell the assets that Dagster tells',
      async () => {
        const direct = (await connector().assets?.(signal))?.assets.map((asset) => ({ ...asset, source: 'etl' }));
        const passedOn = (await through.assets?.(signal))?.assets;
        return JSON.stringify(passedOn) === JSON.stringify(direct) ? passedOn : undefined;
      },
      POLL
    );
    expect(assets.map(({ name }) => name)).toContain('orders');
    const alive = ({ name, alive: is }: Worker) => [name, is];
    const daemons = await connector().parts?.(signal);
    expect((await through.parts?.(signal))?.workers.map(alive)).toEqual(daemons?.workers.map(alive));
    const status = await eventually('the source to be looked at', async () => {
      const source = (await through.sources?.(signal))?.sources[0];
      return (source?.lacks.length ?? 0) > 0 ? source : undefined;
    });
    expect(status.lacks.map(({ setting }) => setting)).toEqual(['run_monitoring: { enabled: true }']);
  } finally {
    await store.stop();
  }
});

test('behind a run that is deleted the older ones still come', async () => {
  const { runs: all } = await read();
  const first = await read(2);
  const last = first.runs
    .filter(({ kind }) => kind === 'job')
    .sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0))[0];
  await dagster.remove(last?.runId ?? '');
  const older = all.filter(({ kind, createdAt }) => kind === 'job' && (createdAt ?? 0) < (last?.createdAt ?? 0));
  const next = await read(100, first.next);
  const shown = new Set(next.runs.map(({ runId }) => runId));
  expect(older.length).toBeGreaterThan(5);
  expect(older.filter(({ runId }) => !shown.has(runId))).toEqual([]);
});

test('a webserver that takes queries only is enough, and "Save & test" has nothing to warn of', async () => {
  const { version, summary } = await connector().check(signal);
  expect(version).toBe('1.13.28');
  expect(summary).toBe('2 of 2 code locations are loaded.');
});

test('the address of a page that is none of GraphQL’s is one clear error', async () => {
  const wrong = createDagster({ http: prometheusHttp(`${dagster.readOnlyUrl}/prefix`) });
  await expect(wrong.check(signal)).rejects.toThrow(/answered a web page, not data\. Check that the address/);
});

test('daemons are alive; once killed they are dead after two minutes without a heartbeat', async () => {
  const alive = async (now?: () => number) => {
    const workers = (await connector(now).workers?.(NO_FILTER, { from: 0, to: Date.now() }, signal)) ?? [];
    return new Set(workers.map((worker) => worker.alive));
  };
  expect(await alive()).toEqual(new Set([true]));
  await dagster.daemon.stop();
  expect(await alive(() => Date.now() + 130_000)).toEqual(new Set([false]));
});
