import type { Alert } from './alert';
import { AlertMetrics } from './alert-metrics';
import { alertUnderTest } from './alert.kit';
import { DEFAULT_ALERTS, DEFAULT_GROUPING } from './alerts-config';
import type { ReceiverConfig } from './alerts-config';
import { DeliveryError } from './delivery-error';
import { GroupLane } from './group-lane';
import type { GroupState } from './group-lane';
import type { Deliver, Notification } from './notification';

const T0 = 1_750_000_000_000;
const MINUTE = 60_000;

function alert(id: string, more: Partial<Alert> = {}): Alert {
  const labels = { alertname: 'abnormal-exit', source: 'shop', task: 'mail', cause: id };
  return alertUnderTest({ id, labels, startsAt: T0, lastAt: T0, heardAt: T0, count: 1, ...more });
}

function ended(one: Alert): Alert {
  return { ...one, state: 'resolved', version: one.version + 1, endsAt: T0 + 1 };
}

let told: Array<[status: string, ids: string[]]>;
let notifications: Notification[];
let answer: Deliver;
let metrics: AlertMetrics;
let warnings: string[];
let states: Map<string, GroupState>;

beforeEach(() => {
  jest.useFakeTimers({ now: T0, doNotFake: ['performance'] });
  told = [];
  notifications = [];
  warnings = [];
  states = new Map();
  answer = async () => undefined;
  metrics = new AlertMetrics();
});

afterEach(() => jest.useRealTimers());

function lane(
  more: Partial<ReceiverConfig> = {},
  restored?: Iterable<[string, GroupState]>,
  alerts: Alert[] = []
): GroupLane {
  const receiver: ReceiverConfig = {
    name: 'hook',
    target: { type: 'webhook', endpoint: { url: 'http://127.0.0.1:1' } },
    sendResolved: true,
    timeoutMs: 10_000,
    ...DEFAULT_GROUPING,
    ...more,
  };
  const made: GroupLane = new GroupLane(
    receiver,
    async (notification, signal) => {
      const memo = await answer(notification, signal);
      notifications.push(notification);
      told.push([notification.status, notification.alerts.map(({ id }) => id)]);
      return memo;
    },
    { ...DEFAULT_ALERTS, maxQueued: 3 },
    {
      now: Date.now,
      random: () => 0.5,
      metrics,
      log: { warn: (text) => warnings.push(text) },
      changed: (_, key) =>
        setImmediate(() => {
          const state = made.state(key);
          if (state === undefined) {
            states.delete(key);
          } else {
            states.set(key, state);
          }
        }),
    },
    restored,
    (id) => alerts.find((one) => one.id === id)
  );
  return made;
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const valueOf = async (metric: { get(): Promise<{ values: Array<{ value: number; labels: object }> }> }) =>
  (await metric.get()).values.map(({ value, labels }) => [value, labels]);

test('the first waits groupWait, further news groupInterval, and what goes on is repeated', async () => {
  const hook = lane();
  hook.offer(alert('a'));
  await pass(900);
  hook.offer(alert('b'));
  expect(told).toEqual([]);
  await pass(100);
  expect(told).toEqual([['firing', ['a', 'b']]]);
  hook.offer(alert('a', { count: 7, version: 2 }));
  await pass(MINUTE);
  expect(told).toHaveLength(1);
  hook.offer(alert('c'));
  await pass(1_000);
  expect(told[1]?.[1].sort()).toEqual(['a', 'b', 'c']);
  hook.offer(alert('d'));
  await pass(MINUTE - 1_000);
  expect(told).toHaveLength(2);
  await pass(1_000);
  expect(told).toHaveLength(3);
  await pass(4 * 60 * MINUTE);
  expect(told).toHaveLength(4);
  expect(notifications[3]?.alerts.find(({ id }) => id === 'a')?.count).toBe(7);
  await hook.stop(0);
});

test('an end is told once, and the group is forgotten', async () => {
  const hook = lane();
  hook.offer(alert('a'));
  await pass(1_000);
  hook.offer(ended(alert('a')));
  await pass(MINUTE);
  expect(told).toEqual([
    ['firing', ['a']],
    ['resolved', ['a']],
  ]);
  expect(hook.holds('a')).toBe(false);
  await pass(MINUTE + 10);
  expect(states.size).toBe(0);
  await pass(10 * 60 * MINUTE);
  expect(told).toHaveLength(2);
});

test('an end is not told where it is not wanted, unless the beginning was not told either', async () => {
  const hook = lane({ sendResolved: false });
  hook.offer(alert('a'));
  await pass(1_000);
  hook.offer(ended(alert('a')));
  await pass(5 * MINUTE);
  expect(told).toHaveLength(1);
  hook.offer(ended(alert('b')));
  await pass(5 * MINUTE);
  expect(told[1]).toEqual(['resolved', ['b']]);
});

test('groups by the labels asked for, and ... by all', async () => {
  const hook = lane({ groupBy: ['...'] });
  hook.offer(alert('a'));
  hook.offer(alert('b'));
  await pass(1_000);
  expect(told.map(([, ids]) => ids)).toEqual([['a'], ['b']]);
  expect(notifications[0]?.groupKey).toBe('{}:{alertname="abnormal-exit", cause="a", source="shop", task="mail"}');
  await hook.stop(0);
});

test('failures are tried again after ever longer pauses, and the newest state is told', async () => {
  const hook = lane();
  const tries: number[] = [];
  answer = async () => {
    tries.push(Date.now() - T0);
    if (tries.length < 4) {
      throw new DeliveryError('receiver:80 answered 500', true);
    }
    return undefined;
  };
  hook.offer(alert('a'));
  await pass(1_100);
  hook.offer(alert('b'));
  await pass(10_000);
  // Three quarters of 0.5, 1 and 2 s: half of it is random.
  expect(tries).toEqual([1_000, 1_375, 2_125, 3_625]);
  expect(told).toEqual([['firing', ['a', 'b']]]);
  expect(warnings).toHaveLength(1);
  expect(await valueOf(metrics.failed)).toEqual([[3, { receiver: 'hook' }]]);
  await hook.stop(0);
});

test('Retry-After is kept to; a refusal is final, counted and told', async () => {
  const hook = lane();
  let first = true;
  answer = async () => {
    if (first) {
      first = false;
      throw new DeliveryError('receiver:80 answered 429', true, 30_000);
    }
    throw new DeliveryError('receiver:80 answered 400', false);
  };
  hook.offer(alert('a'));
  await pass(30_000);
  expect(hook.queued).toBe(1);
  await pass(2_000);
  expect([hook.queued, hook.holds('a')]).toEqual([0, true]);
  expect(await valueOf(metrics.dropped)).toEqual([[1, { receiver: 'hook', reason: 'refused' }]]);
  expect(warnings[1]).toContain('answered 400. This notification is dropped');
  await hook.stop(0);
});

test('a queue that is full drops and counts; after a day what waits is given up', async () => {
  const hook = lane({ groupBy: ['cause'] });
  answer = async () => {
    throw new DeliveryError('receiver:80 does not answer (ECONNREFUSED)', true);
  };
  for (let i = 0; i < 10; i++) {
    hook.offer(alert(`a${i}`));
  }
  await pass(5_000);
  expect(hook.queued).toBe(3);
  expect(await valueOf(metrics.dropped)).toEqual([[expect.any(Number), { receiver: 'hook', reason: 'queue full' }]]);
  await pass(25 * 60 * MINUTE);
  expect(await valueOf(metrics.dropped)).toContainEqual([expect.any(Number), { receiver: 'hook', reason: 'too old' }]);
  await hook.stop(0);
});

test('a notification that always fails does not hold up the others', async () => {
  const hook = lane({ groupBy: ['cause'] });
  answer = async ({ alerts }) => {
    if (alerts[0]?.id === 'poison') {
      throw new DeliveryError('receiver:80 answered 500', true);
    }
    return undefined;
  };
  hook.offer(alert('poison'));
  hook.offer(alert('a'));
  hook.offer(alert('b'));
  await pass(5_000);
  expect(told.map(([, [id]]) => id).sort()).toEqual(['a', 'b']);
  await hook.stop(0);
});

test('a restart goes on where it was: what was told is not told again, what waited is', async () => {
  const hook = lane({ groupBy: ['cause'] });
  answer = async ({ alerts }) => `ticket of ${alerts[0]?.id}`;
  hook.offer(alert('a'));
  await pass(1_000);
  hook.offer(alert('b'));
  await pass(500);
  await hook.stop(0);
  expect(told).toHaveLength(1);
  const kept = JSON.parse(JSON.stringify([...states])) as Array<[string, GroupState]>;
  const again = lane({ groupBy: ['cause'] }, kept, [ended(alert('a')), alert('b')]);
  await pass(500);
  expect(told.slice(1)).toEqual([['firing', ['b']]]);
  await pass(MINUTE);
  expect(told.slice(2)).toEqual([['resolved', ['a']]]);
  expect(notifications[2]?.memo).toBe('ticket of a');
  await again.stop(0);
});

test('stopping waits for what is under way, and cuts off what hangs', async () => {
  const hook = lane();
  answer = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('cut off'))));
  hook.offer(alert('a'));
  await pass(1_000);
  const stopped = hook.stop(2_000);
  await pass(2_000);
  await stopped;
  expect(states.size).toBe(1);
  expect([...states.values()][0]?.told).toEqual([]);
});
