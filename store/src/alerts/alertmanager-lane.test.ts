import { alertUnderTest } from './alert-under-test';
import { AlertMetrics } from './alert-metrics';
import { AlertmanagerLane } from './alertmanager-lane';
import { DEFAULT_ALERTS, DEFAULT_GROUPING } from './alerts-config';
import { ReceiverUnderTest } from './receiver-under-test';

let manager: ReceiverUnderTest;
let lane: AlertmanagerLane;
let metrics: AlertMetrics;
let warnings: string[];

beforeEach(async () => {
  manager = await ReceiverUnderTest.listen();
  metrics = new AlertMetrics();
  warnings = [];
});

afterEach(async () => {
  await lane.stop(0);
  await manager.close();
});

function open(more: { resendMs?: number; maxQueued?: number; giveUpAfterMs?: number } = {}): void {
  const endpoint = { url: manager.url };
  lane = new AlertmanagerLane(
    {
      name: 'am',
      target: { type: 'alertmanager', endpoint },
      sendResolved: true,
      timeoutMs: 5_000,
      ...DEFAULT_GROUPING,
    },
    endpoint,
    { ...DEFAULT_ALERTS, ...more },
    { now: Date.now, random: () => 0, metrics, log: { warn: (text) => warnings.push(text) } }
  );
}

const posted = () =>
  manager.received.map(({ body }) => (body as Array<{ labels: { task: string } }>).map(({ labels }) => labels.task));
const droppedWhy = async () => (await metrics.dropped.get()).values.map(({ value, labels }) => [labels.reason, value]);
const firing = (id: string, version = 1) =>
  alertUnderTest({ id, version, labels: { ...alertUnderTest().labels, task: id } });

test('what comes together goes together, at once', async () => {
  open();
  lane.offer(firing('a'));
  lane.offer(firing('b'));
  lane.offer(alertUnderTest({ id: 'c', state: 'gathering' }));
  await manager.until((received) => received.length === 1);
  expect(posted()).toEqual([['a', 'b']]);
});

test('it is told again while it fires, and not after its end', async () => {
  open({ resendMs: 50 });
  lane.offer(firing('a'));
  await manager.until((received) => received.length >= 3);
  lane.offer({ ...firing('a', 2), state: 'resolved', endsAt: Date.now() });
  await manager.until((received) =>
    (received.at(-1)?.body as Array<{ endsAt: string }>).some(({ endsAt }) => Date.parse(endsAt) <= Date.now())
  );
  while (lane.queued > 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { length } = manager.received;
  lane.offer(firing('b'));
  await manager.until((received) => received.length >= length + 3);
  expect(posted().slice(length).flat()).not.toContain('a');
});

test('one that is down gets it when it is back; the failure is told once', async () => {
  open();
  manager.answer = () => ({ status: 500 });
  lane.offer(firing('a'));
  await manager.until((received) => received.length === 2);
  expect([lane.queued, lane.holds('a')]).toEqual([1, true]);
  manager.answer = () => ({});
  await manager.until((received) => received.length === 3);
  expect(posted()).toEqual([['a'], ['a'], ['a']]);
  expect(warnings).toEqual([expect.stringMatching(/^\[alerts\] am: 127\.0\.0\.1:\d+ answered 500/)]);
  expect((await metrics.failed.get()).values).toMatchObject([{ value: 2 }]);
});

test('what it refuses is dropped and counted, and so is what does not fit', async () => {
  open({ maxQueued: 1 });
  manager.answer = () => ({ status: 400 });
  lane.offer(firing('a'));
  lane.offer(firing('b'));
  await manager.until((received) => received.length === 1);
  while (lane.queued > 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await droppedWhy()).toEqual([
    ['queue full', 1],
    ['refused', 1],
  ]);
});
