import fc from 'fast-check';
import { applyEvent, withdrawConclusion } from './apply-event';
import { isTerminal, LIFECYCLE_STATES, SUBSTATES } from './lifecycle';
import type { RunRecord } from './run-record';
import { MAX_TRANSITIONS, UNNAMED_TASK } from './run-record';
import type { TaskEvent } from './task-event';

const KEY = { source: 's', runId: '1', attempt: 1 };

/** Few instants and few values, so that ties and contradictions are common. */
const at = fc.integer({ min: 1, max: 6 });
/** Instants far enough apart for clocks to be told wrong by their order. */
const farApart = (event: TaskEvent): TaskEvent => {
  const far: TaskEvent = { ...event, at: event.at * 7_000 };
  for (const field of ['queuedAt', 'startedAt', 'finishedAt'] as const) {
    if (event[field] !== undefined) {
      far[field] = event[field] * 7_000;
    }
  }
  return far;
};
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const stated = fc.constantFrom(...LIFECYCLE_STATES).chain((state) =>
  fc.record({
    state: fc.constant(state),
    substate: fc.constantFrom(undefined, ...SUBSTATES[state]),
    nativeState: fc.constantFrom(undefined, 'A', 'B'),
    derived: fc.constantFrom(undefined, ...(isTerminal(state) ? [true] : [])),
    evidence: fc.constantFrom(undefined, 'silence'),
    finishedAt: maybe(at),
  })
);
const facts = fc.record({
  task: fc.constantFrom(undefined, 'mail', 'report'),
  worker: fc.constantFrom(undefined, 'w1', 'w2'),
  exitCode: fc.constantFrom(undefined, 0, 1),
  error: fc.constantFrom(undefined, { message: 'a' }, { type: 'T', message: 'a' }),
  labels: fc.constantFrom(undefined, { a: '1', b: '2' }, { b: '2', a: '1' }, { a: '2' }),
  parentId: fc.constantFrom(undefined, '1', '0'),
  cpuSeconds: maybe(fc.integer({ min: 0, max: 3 })),
  rssBytes: maybe(fc.integer({ min: 0, max: 3 })),
  memoryLimitBytes: maybe(fc.integer({ min: 1, max: 3 })),
  cpuLimitCores: maybe(fc.constantFrom(0.5, 2)),
  heartbeatMs: maybe(fc.constantFrom(5_000, 10_000)),
  clockAheadMs: fc.constantFrom(undefined, undefined, undefined, 3_600_000, -3_600_000),
  snapshot: fc.constantFrom(undefined, undefined, true),
  startedAt: maybe(at),
  queuedAt: maybe(at),
});
const event: fc.Arbitrary<TaskEvent> = fc
  .tuple(at, fc.option(stated, { nil: {} }), facts)
  .map(([when, state, known]) => defined({ ...KEY, at: when, ...state, ...known }));

function defined(value: Record<string, unknown>): TaskEvent {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as unknown as TaskEvent;
}

function fold(events: readonly TaskEvent[]): RunRecord | undefined {
  return events.reduce<RunRecord | undefined>(applyEvent, undefined);
}

function shuffled<T>(items: readonly T[], order: readonly number[]): T[] {
  return items
    .map((item, i) => ({ item, rank: order[i % Math.max(1, order.length)] ?? 0 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** Equal labels written in another order are the same fact. */
function settled(record: RunRecord | undefined): unknown {
  return JSON.parse(JSON.stringify(record ?? null, (_key, value: unknown) => value)) as unknown;
}

test('the order in which events come does not matter', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 12 }),
      fc.array(fc.double({ noNaN: true }), { minLength: 12, maxLength: 12 }),
      (events, order) => {
        expect(settled(fold(shuffled(events, order)))).toEqual(settled(fold(events)));
        const far = events.map(farApart);
        expect(settled(fold(shuffled(far, order)))).toEqual(settled(fold(far)));
      }
    ),
    { numRuns: 1_000 }
  );
});

test('events that come again change nothing, and the record says so by staying itself', () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 10 }), fc.nat(), (events, pick) => {
      for (const told of [events, events.map(farApart)]) {
        const record = fold(told)!;
        expect(applyEvent(record, told[pick % told.length]!)).toBe(record);
      }
    }),
    { numRuns: 1_000 }
  );
});

test('losing events that are no ends does not change how a run ended', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 12 }),
      fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      (events, kept) => {
        const isEnd = (one: TaskEvent) => one.state !== undefined && isTerminal(one.state);
        const whole = fold(events)?.run;
        const rest = fold(events.filter((one, i) => isEnd(one) || kept[i]))?.run;
        if (events.some(isEnd)) {
          expect([rest?.state, rest?.substate, rest?.nativeState, rest?.finishedAt]).toEqual([
            whole?.state,
            whole?.substate,
            whole?.nativeState,
            whole?.finishedAt,
          ]);
        }
      }
    ),
    { numRuns: 1_000 }
  );
});

test('a reported end is never overwritten by what is no end, older, or only concluded', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 12 }), (events) => {
      const reported = events.filter((one) => one.state !== undefined && isTerminal(one.state) && one.derived !== true);
      const newest = Math.max(...reported.map((one) => one.at));
      if (reported.length > 0) {
        expect(reported.filter((one) => one.at === newest).map((one) => one.state)).toContain(fold(events)?.run.state);
      }
    }),
    { numRuns: 1_000 }
  );
});

test('transitions are bounded, and the ends stay, whatever the order', () => {
  const many = Array.from({ length: 200 }, (_, i): TaskEvent => ({
    ...KEY,
    at: i,
    state: i % 2 === 0 ? 'running' : 'pending',
  }));
  const end: TaskEvent = { ...KEY, at: 3, state: 'failed' };
  const forwards = fold([...many, end])!;
  const backwards = fold([end, ...many].reverse())!;
  expect(forwards.transitions).toHaveLength(MAX_TRANSITIONS);
  expect(forwards.transitionsCut).toBe(true);
  expect(forwards.transitions.some(({ state }) => state === 'failed')).toBe(true);
  expect(backwards).toEqual(forwards);
});

test('what cannot have happened is kept and counted', () => {
  const record = fold([
    { ...KEY, at: 1, state: 'completed' },
    { ...KEY, at: 2, state: 'failed', exitCode: 1 },
    { ...KEY, at: 5, state: 'running' },
  ])!;
  expect(record.run.state).toBe('failed');
  expect(record.transitions.map(({ state }) => state)).toEqual(['completed', 'failed', 'running']);
  // Two ends, one state after the end, and a start after the finish.
  expect(record.conflicts).toBe(3);
});

test('lost is a conclusion: any reported end beats it, and a sign of life lets it be withdrawn', () => {
  const running = fold([{ ...KEY, at: 1, state: 'running', task: 'mail' }])!;
  const lost = applyEvent(running, {
    ...KEY,
    at: 60,
    state: 'failed',
    substate: 'lost',
    derived: true,
    finishedAt: 5,
    evidence: 'silence',
  });
  expect(lost.run).toMatchObject({ state: 'failed', substate: 'lost', finishedAt: 5, evidence: 'silence' });
  const ended = applyEvent(lost, { ...KEY, at: 50, state: 'completed' });
  expect(ended.run).toMatchObject({ state: 'completed', finishedAt: 50 });
  expect(ended.run.evidence).toBeUndefined();
  const alive = withdrawConclusion(lost);
  expect(alive.run.state).toBe('running');
  expect(alive.run.finishedAt).toBeUndefined();
  expect(alive.transitions).toHaveLength(2);
});

test('a run known by signs of life alone is running if it uses something, and has no name yet', () => {
  expect(fold([{ ...KEY, at: 1, rssBytes: 5 }])!.run).toMatchObject({
    state: 'running',
    task: UNNAMED_TASK,
    maxRssBytes: 5,
  });
  expect(fold([{ ...KEY, at: 1, worker: 'w' }])!.run.state).toBe('unknown');
});

test('a worker whose clock is behind cannot have ended before it was asked: its times are moved, and that is said', () => {
  const hour = 3_600_000;
  const asked: TaskEvent = { ...KEY, at: 2 * hour, state: 'pending', task: 'mail' };
  const record = fold([
    { ...KEY, at: hour + 1_000, state: 'running', worker: 'w' },
    asked,
    { ...KEY, at: hour + 5_000, state: 'completed' },
  ])!;
  expect(record.run).toMatchObject({
    state: 'completed',
    queuedAt: 2 * hour,
    startedAt: 2 * hour,
    finishedAt: 2 * hour + 4_000,
    clockAheadMs: -(hour - 1_000),
  });
  expect(record.conflicts).toBe(0);
  expect(applyEvent(record, asked)).toBe(record);
  // What shows that the order is possible after all takes the correction back.
  const again = applyEvent(record, { ...KEY, at: 30 * 60_000, state: 'pending' });
  expect(again.run).toMatchObject({ queuedAt: 30 * 60_000, startedAt: hour + 1_000, finishedAt: hour + 5_000 });
  expect(again.run.clockAheadMs).toBeUndefined();
});

test('a run that is queued again after its end is no matter of clocks', () => {
  const minute = 60_000;
  const ended: TaskEvent[] = [
    { ...KEY, at: minute, state: 'running' },
    { ...KEY, at: minute + 5_000, state: 'failed' },
  ];
  const retried = fold([...ended, { ...KEY, at: 5 * minute, state: 'pending', substate: 'retrying' }])!;
  const runsAgain = fold([
    ...ended,
    { ...KEY, at: 5 * minute, state: 'pending' },
    { ...KEY, at: 6 * minute, state: 'running' },
  ])!;
  for (const { run } of [retried, runsAgain]) {
    expect(run).toMatchObject({ startedAt: minute, finishedAt: minute + 5_000 });
    expect(run.clockAheadMs).toBeUndefined();
  }
});

test('beginnings are the earliest evidence, resources the largest, facts the newest', () => {
  const record = fold([
    { ...KEY, at: 10, state: 'running', startedAt: 9, worker: 'new', cpuSeconds: 2 },
    { ...KEY, at: 4, state: 'pending', worker: 'old', cpuSeconds: 3, parentId: '1' },
  ])!;
  expect(record.run).toMatchObject({ queuedAt: 4, startedAt: 9, worker: 'new', cpuSeconds: 3, observedAt: 10 });
  expect(record.run.parentId).toBeUndefined();
});
