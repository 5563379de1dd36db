import { rmSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { TaskRun } from '../../src/model/task-run';
import { runsOfSource, sourceStatus } from '../systems/ask-store';
import { startBullMqEnds } from '../systems/bullmq-ends';
import type { BullMqEnds } from '../systems/bullmq-ends';
import { eventually } from '../systems/eventually';
import { startRq } from '../systems/rq';
import type { Rq } from '../systems/rq';
import { startStore } from '../systems/store';
import { stopAll, temporaryFolder } from '../systems/system';
import type { Launched } from '../systems/system';

/** RQ 3 and BullMQ 6, each on a Redis of its own, read by a real store every second. */
let rq: Rq;
let bull: BullMqEnds;
let workers: Launched[];
let store: Launched;
const data = temporaryFolder('redis-queues');
/** As in a cluster, where a queue's keys are to lie together. */
const PREFIX = '{bull}';

const startReading = () =>
  startStore({
    data,
    config: {
      sources: {
        rq: { system: 'rq', url: rq.url, every: '1s' },
        bull: { system: 'bullmq', url: bull.url, every: '1s', settings: { prefix: PREFIX } },
      },
    },
  });

const say = ({ attempt, state, substate }: TaskRun) => `${attempt} ${state}/${substate}`;

function attempts(source: string, id: string, wanted: string, seconds = 60): Promise<TaskRun[]> {
  let seen = '';
  return eventually(
    `${id} of ${source} to be ${wanted}`,
    async () => {
      const found = (await runsOfSource(store, source)).filter(({ runId }) => runId === id);
      seen = found.map(say).join();
      return seen === wanted ? found : undefined;
    },
    { seconds, everyMs: 500, lastSeen: () => seen }
  );
}

beforeAll(async () => {
  [rq, bull] = await Promise.all([startRq(), startBullMqEnds(PREFIX)]);
  store = await startReading();
  workers = await Promise.all([rq.startWorker('worker-1'), bull.startWorker('worker-1')]);
}, 900_000);

afterAll(async () => {
  await stopAll([store, rq, bull]);
  rmSync(data, { recursive: true, force: true });
}, 60_000);

test('every job of RQ is kept as RQ has it, and when', async () => {
  const ids = await rq.sendOneOfEach();
  for (const [situation, wanted] of [
    ['succeeded', '1 completed/success'],
    ['failed', '1 failed/error'],
    ['retried', '1 completed/success'],
    ['polled', '1 failed/error,2 failed/error,3 completed/success'],
    ['limited', '1 failed/timed_out'],
    ['killed', '1 failed/killed'],
    ['scheduled', '1 pending/scheduled'],
    ['upstream', '1 pending/deferred'],
    ['dependent', '1 completed/success'],
    ['cancelled', '1 cancelled/revoked'],
    ['unconsumed', '1 pending/queued'],
    ['stopped', '1 cancelled/stopped'],
  ] as const) {
    await attempts('rq', ids[situation] as string, wanted);
  }
  const redis = new Redis(rq.url);
  try {
    for (const run of await runsOfSource(store, 'rq')) {
      const [endedAt, origin] = await redis.hmget(`rq:job:${run.runId}`, 'ended_at', 'origin');
      expect(run.queue).toBe(origin);
      if (run.state === 'completed' && endedAt) {
        expect(Math.abs((run.finishedAt ?? 0) - Date.parse(endedAt))).toBeLessThan(1_000);
      }
    }
  } finally {
    redis.disconnect();
  }
  const [upstream] = await attempts('rq', ids['upstream'] as string, '1 pending/deferred');
  expect(upstream?.evidence).toMatch(/which failed/);
}, 200_000);

test('every job of BullMQ is kept as BullMQ has it; what it removes is said', async () => {
  const ids = await bull.sendOneOfEach();
  for (const [situation, queue, wanted] of [
    ['succeeded', 'orders', '1 completed/success'],
    ['failed', 'orders', '1 failed/error'],
    ['unrecoverable', 'orders', '1 failed/error'],
    ['delayed', 'orders', '1 pending/scheduled'],
    ['child', 'orders', '1 completed/success'],
    ['parent', 'orders', '1 completed/success'],
    ['waits_for_child', 'orders', '1 pending/deferred'],
    ['unconsumed', 'nobody', '1 pending/queued'],
    ['prioritized', 'nobody', '1 pending/queued'],
    ['running', 'orders', '1 running/executing'],
  ] as const) {
    await attempts('bull', `${queue}:${ids[situation]}`, wanted);
  }
  const retried = (await runsOfSource(store, 'bull'))
    .filter(({ runId }) => runId === `orders:${ids['retried']}`)
    .at(-1);
  expect(retried).toMatchObject({ attempt: 2, state: 'completed' });
}, 200_000);

test('nothing is lost or doubled when the store is killed', async () => {
  const before = [...(await runsOfSource(store, 'rq')), ...(await runsOfSource(store, 'bull'))]
    .map((run) => `${run.runId} ${say(run)}`)
    .sort();
  process.kill(store.pid, 'SIGKILL');
  await store.stop();
  const id = await rq.python('print(orders.enqueue(charge).id)');
  store = await startReading();
  await attempts('rq', id, '1 completed/success');
  await eventually('BullMQ to be read', async () =>
    (await sourceStatus(store, 'bull'))?.up === true ? true : undefined
  );
  const after = [...(await runsOfSource(store, 'rq')), ...(await runsOfSource(store, 'bull'))].map(
    (run) => `${run.runId} ${say(run)}`
  );
  expect(after.filter((one) => !one.startsWith(id)).sort()).toEqual(before);
}, 120_000);

test('what killed workers ran is lost, with what tells it', async () => {
  const id = await rq.python('print(orders.enqueue(build, 600).id)');
  await attempts('rq', id, '1 running/executing');
  await Promise.all(workers.map((worker) => worker.stop()));
  const running = (await runsOfSource(store, 'bull')).find(({ state }) => state === 'running');
  const [stalled] = await attempts('bull', running?.runId ?? '', '1 failed/lost');
  expect(stalled?.evidence).toMatch(/Nobody holds its lock/);
  const [lost] = await attempts('rq', id, '1 failed/lost', 120);
  expect(lost?.evidence).toMatch(/^worker-1 vouched for it until/);
}, 240_000);
