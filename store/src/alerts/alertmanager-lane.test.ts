import { AlertMetrics } from './alert-metrics';
import { alertUnderTest } from './alert.kit';
import { AlertmanagerLane } from './alertmanager-lane';
import { DEFAULT_ALERTS, DEFAULT_GROUPING } from './alerts-config';
import { ReceiverUnderTest } from './receiver.kit';

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

test('what it refuses is left out and counted once; everything else gets there', async () => {
  open({ resendMs: 20 });
  manager.answer = ({ body }) => ({ status: JSON.stringify(body).includes('bad') ? 400 : 200 });
  ['a', 'b', 'bad', 'c', 'd'].forEach((id) => lane.offer(firing(id)));
  const taken = (id: string) =>
    manager.received.filter(({ body }) => {
      const text = JSON.stringify(body);
      return text.includes(`"task":"${id}"`) && !text.includes('bad');
    }).length;
  // Long enough for the refused one to be told again, by itself.
  await manager.until(() => ['a', 'b', 'c', 'd'].every((id) => taken(id) > 12));
  expect(await droppedWhy()).toEqual([['refused', 1]]);
  expect(warnings).toEqual([expect.stringContaining('An alert of mail is left out')]);
});

test('every alert that fires is told again in time, however many there are', async () => {
  open({ resendMs: 300, maxQueued: 100 });
  const ids = Array.from({ length: 1_700 }, (_, i) => `t${i}`);
  ids.forEach((id) => lane.offer(firing(id)));
  const told = new Map<string, number>();
  await manager.until((received) => {
    told.clear();
    for (const task of received.flatMap(({ body }) => body as Array<{ labels: { task: string } }>)) {
      told.set(task.labels.task, (told.get(task.labels.task) ?? 0) + 1);
    }
    return ids.every((id) => (told.get(id) ?? 0) >= 3);
  });
  // Rounds go on where they stopped: none is ahead of the others by more than the round that is under way.
  expect(Math.max(...told.values()) - Math.min(...told.values())).toBeLessThanOrEqual(1);
  expect(await droppedWhy()).toEqual([]);
});

test('a request is no larger than a proxy on the way may take', async () => {
  open();
  const long = 'x'.repeat(100_000);
  for (let i = 0; i < 12; i++) {
    lane.offer({ ...firing(`t${i}`), annotations: { error: long } });
  }
  await manager.until(() => posted().flat().length === 12);
  expect(posted().map(({ length }) => length)).toEqual([5, 5, 2]);
});

test('ends that do not fit are counted once: Alertmanager ends those by itself, later', async () => {
  open({ maxQueued: 1 });
  manager.answer = () => ({ status: 500 });
  for (const id of ['a', 'b']) {
    lane.offer(firing(id));
    lane.offer({ ...firing(id, 2), state: 'resolved', endsAt: Date.now() });
  }
  await manager.until((received) => received.length === 2);
  expect(lane.queued).toBe(1);
  expect(await droppedWhy()).toEqual([['queue full', 1]]);
});
