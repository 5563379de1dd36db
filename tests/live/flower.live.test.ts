import { createFlower } from '../../src/connectors/flower/connector';
import { NO_FILTER } from '../../src/model/task-query';
import type { TaskRun } from '../../src/model/task-run';
import { eventually } from '../systems/eventually';
import { startFlower } from '../systems/flower';
import type { Flower } from '../systems/flower';
import { prometheusHttp } from '../systems/prometheus-http';

/** Celery 5.7 and Flower 2.2 on Redis: each kind of end, read as the data source reads it. */
let flower: Flower;
let sent: Record<string, string | string[]>;
const signal = new AbortController().signal;

async function read(): Promise<{ runs: Map<string, TaskRun>; notices: readonly string[] }> {
  const now = Date.now();
  const connector = createFlower({ http: prometheusHttp(flower.url) });
  const page = await connector.runs(
    { filter: NO_FILTER, range: { from: now - 3_600_000, to: now }, limit: 1000 },
    signal
  );
  return { runs: new Map(page.runs.map((run) => [run.runId, run])), notices: page.notices ?? [] };
}

const idOf = (situation: string) => sent[situation] as string;

/** The run of a situation, once it is as `isThere` wants it. */
function found(situation: string, isThere: (run: TaskRun) => boolean): Promise<TaskRun> {
  return eventually(`the task that ${situation}`, async () => {
    const run = (await read()).runs.get(idOf(situation));
    return run !== undefined && isThere(run) ? run : undefined;
  });
}

beforeAll(async () => {
  flower = await startFlower();
  sent = await flower.sendOneOfEach();
}, 900_000);

afterAll(() => flower?.stop(), 60_000);

test.each([
  ['succeeded', 'completed', 'success', undefined],
  ['failed', 'failed', 'error', 'LookupError'],
  ['retried', 'completed', 'success', undefined],
  ['limited', 'failed', 'timed_out', 'TimeLimitExceeded'],
  ['killed', 'failed', 'killed', 'WorkerLostError'],
  ['rejected', 'failed', 'rejected', undefined],
  ['expired', 'cancelled', 'revoked', undefined],
  ['running', 'running', 'executing', undefined],
  ['unconsumed', 'pending', 'queued', undefined],
  // Celery tells no end of it.
  ['ignored', 'running', 'executing', undefined],
])('the task that is %s is %s, %s', async (situation, state, substate, error) => {
  const run = await found(situation, (one) => one.state === state && one.substate === substate);
  expect(run.error?.type).toBe(error);
  expect(run.attempt).toBe(situation === 'retried' ? 2 : 1);
  expect(run.signal).toBe(situation === 'killed' ? 'SIGKILL' : undefined);
  expect(run.queue).toBe(situation === 'unconsumed' ? 'nobody' : 'orders');
  expect(run.finishedAt === undefined).toBe(state === 'running' || state === 'pending');
});

test('a chain is a family', async () => {
  const run = await found('chained', ({ state }) => state === 'completed');
  const { runs } = await read();
  expect(runs.get(run.parentId ?? '')?.task).toBe('orders.charge');
  expect(run.rootId).toBe(run.parentId);
});

test('a worker in another time zone does not work in the future', async () => {
  const id = await flower.python('print(charge.apply_async(queue="far").id)');
  const { run, notices } = await eventually('the far run', async () => {
    const { runs, notices } = await read();
    const run = runs.get(id);
    return run?.state === 'completed' ? { run, notices } : undefined;
  });
  expect(Math.abs((run.finishedAt ?? 0) - Date.now())).toBeLessThan(120_000);
  expect(notices.join()).toMatch(/worker-2@far were 8 h ahead/);
});

test('workers are alive by their heartbeats; a killed one is not, and what it ran is lost', async () => {
  const connector = createFlower({ http: prometheusHttp(flower.url) });
  const range = { from: 0, to: Date.now() };
  const alive = async () =>
    new Map((await connector.workers?.(NO_FILTER, range, signal))?.map((worker) => [worker.name, worker.alive]));
  expect(await alive()).toEqual(
    new Map([
      ['worker-1@test', true],
      ['worker-2@far', true],
    ])
  );
  await found('running', ({ state }) => state === 'running');
  await flower.worker.stop();
  const lost = await found('running', ({ substate }) => substate === 'lost');
  expect(lost).toMatchObject({ state: 'failed', worker: 'worker-1@test' });
  expect(lost.evidence).toMatch(/does not hear of worker-1@test/);
  expect((await alive()).get('worker-1@test')).toBe(false);
});
