import fc from 'fast-check';
import { applyEvent } from './apply-event';
import { decodeEventLine } from './decode-event';
import { eventsOf, goneAs, supersededBy } from './events-of-run';
import { isTerminal, LIFECYCLE_STATES, SUBSTATES } from './lifecycle';
import { UNNAMED_TASK } from './run-record';
import type { RunRecord } from './run-record';
import type { TaskEvent } from './task-event';
import type { TaskRun } from './task-run';

const BEGIN = 1_750_000_000_000;
const KEY = { source: 's', runId: '1', attempt: 1 };

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** Few of them, so that beginnings, ends and looks often fall together. */
const instants = fc
  .array(fc.integer({ min: 0, max: 6 }), { minLength: 4, maxLength: 4 })
  .map((steps) => steps.sort((a, b) => a - b).map((step) => BEGIN + step * 7_000));
const facts = fc.record({
  task: fc.constantFrom(UNNAMED_TASK, 'mail', 'report'),
  kind: fc.constantFrom(undefined, 'task' as const, 'job' as const),
  worker: fc.constantFrom(undefined, 'w1', 'w2'),
  queue: fc.constantFrom(undefined, 'q'),
  maxAttempts: maybe(fc.integer({ min: 1, max: 3 })),
  error: fc.constantFrom(undefined, { type: 'T', message: 'a' }),
  exitCode: maybe(fc.constantFrom(0, 137)),
  signal: fc.constantFrom(undefined, 'SIGKILL'),
  parentId: fc.constantFrom(undefined, '0'),
  rootId: fc.constantFrom(undefined, '1'),
  cpuSeconds: maybe(fc.integer({ min: 0, max: 3 })),
  maxRssBytes: maybe(fc.integer({ min: 0, max: 3 })),
  labels: fc.constantFrom(undefined, { team: 'a' }),
  args: fc.constantFrom(undefined, "('x',)"),
  result: fc.constantFrom(undefined, '7'),
  nativeState: fc.constantFrom(undefined, 'STARTED', 'odd'),
  evidence: fc.constantFrom(undefined, 'silence'),
});
const states = fc
  .constantFrom(...LIFECYCLE_STATES)
  .chain((state) =>
    fc.record({ state: fc.constant(state), substate: fc.constantFrom(undefined, ...SUBSTATES[state]) })
  );
const run: fc.Arbitrary<TaskRun> = fc
  .tuple(
    instants,
    fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    states,
    facts,
    fc.integer({ min: 0, max: 7 })
  )
  .map(([[createdAt, queuedAt, startedAt, finishedAt], told, stated, known, look]) =>
    compact({
      ...KEY,
      ...known,
      ...stated,
      createdAt: told[0] ? createdAt : undefined,
      queuedAt: told[1] ? queuedAt : undefined,
      startedAt: told[2] ? startedAt : undefined,
      finishedAt: isTerminal(stated.state) ? finishedAt : undefined,
      observedAt: BEGIN + look * 7_000,
    })
  );

function compact(value: Record<string, unknown>): TaskRun {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as unknown as TaskRun;
}

function fold(events: readonly TaskEvent[], record?: RunRecord): RunRecord {
  return events.reduce<RunRecord | undefined>(applyEvent, record)!;
}

test('events of a run, in any order and over the wire, give the run back', () => {
  fc.assert(
    fc.property(run, fc.boolean(), (seen, backwards) => {
      const wired = eventsOf(seen).map((event) => {
        const decoded = decodeEventLine(JSON.stringify(event), seen.observedAt);
        return 'event' in decoded ? decoded.event : expect(decoded.problem).toBe('none');
      }) as TaskEvent[];
      const record = fold(backwards ? wired.reverse() : wired);
      expect(compact({ ...record.run })).toEqual(seen);
      expect(record.conflicts).toBe(0);
    }),
    { numRuns: 2_000 }
  );
});

test('a run that is seen again as it was tells nothing new', () => {
  fc.assert(
    fc.property(run, (seen) => {
      const record = fold(eventsOf(seen));
      expect(fold(eventsOf({ ...seen }), record)).toBe(record);
    }),
    { numRuns: 1_000 }
  );
});

test('of two looks the later one counts, whichever is heard first, but an end gives way to ends alone', () => {
  fc.assert(
    fc.property(run, run, fc.integer({ min: 1, max: 9 }), (first, again, later) => {
      const second = { ...again, observedAt: Math.max(first.observedAt, again.observedAt) + later * 1_000 };
      const { run: settled } = fold([...eventsOf(first), ...eventsOf(second)]);
      expect(fold([...eventsOf(second), ...eventsOf(first)]).run).toEqual(settled);
      const isReported = ({ state, substate }: TaskRun) => isTerminal(state) && substate !== 'lost';
      const stands =
        isReported(first) && !isReported(second)
          ? first
          : isTerminal(first.state) && !isTerminal(second.state)
            ? first
            : second;
      const { state, substate, nativeState } = stands;
      expect([settled.state, settled.substate, settled.nativeState]).toEqual([state, substate, nativeState]);
      expect(settled.observedAt).toBe(second.observedAt);
    }),
    { numRuns: 1_000 }
  );
});

const failed: TaskRun = {
  ...KEY,
  task: 'load',
  state: 'failed',
  substate: 'error',
  startedAt: BEGIN,
  finishedAt: BEGIN + 9_000,
  observedAt: BEGIN + 10_000,
};

test('an end that its source has rewritten is the new one, and both are kept', () => {
  const record = fold([
    ...eventsOf(failed),
    ...eventsOf({ ...failed, state: 'completed', substate: 'success', observedAt: BEGIN + 60_000 }),
  ]);
  expect(record.run).toMatchObject({ state: 'completed', substate: 'success', finishedAt: BEGIN + 9_000 });
  expect(record.transitions.map(({ state }) => state)).toEqual(['running', 'completed', 'failed']);
  expect(record.conflicts).toBe(1);
});

test('a try that was cleared and runs again keeps its end until there is another', () => {
  const again: TaskRun = {
    ...failed,
    state: 'running',
    substate: 'executing',
    startedAt: BEGIN + 60_000,
    observedAt: BEGIN + 61_000,
  };
  delete again.finishedAt;
  const cleared = fold([...eventsOf(failed), ...eventsOf(again)]);
  expect(cleared.run).toMatchObject({ state: 'failed', startedAt: BEGIN });
  const ended = fold(
    eventsOf({
      ...again,
      state: 'completed',
      substate: 'success',
      finishedAt: BEGIN + 70_000,
      observedAt: BEGIN + 71_000,
    }),
    cleared
  );
  expect(ended.run).toMatchObject({ state: 'completed', finishedAt: BEGIN + 70_000 });
});

test('looking again and again at what runs leaves one trace of its start', () => {
  const looks = [1, 2, 3].map((n): TaskRun => ({
    ...KEY,
    task: 'load',
    state: 'running',
    startedAt: BEGIN,
    observedAt: BEGIN + n * 15_000,
  }));
  const { transitions, run: settled } = fold(looks.flatMap(eventsOf));
  expect(transitions).toEqual([{ at: BEGIN, state: 'running' }]);
  expect(settled.observedAt).toBe(BEGIN + 45_000);
});

test('a look says nothing about a beginning that was not told', () => {
  for (const state of ['pending', 'running'] as const) {
    const { run: settled } = fold(eventsOf({ ...KEY, task: 'load', state, observedAt: BEGIN }));
    expect([settled.createdAt, settled.queuedAt, settled.startedAt]).toEqual([undefined, undefined, undefined]);
  }
});

test('an attempt without an end has failed when the next one is seen; what is reported of its end outranks that', () => {
  const open: TaskRun = {
    ...KEY,
    task: 'mail',
    state: 'pending',
    substate: 'retrying',
    startedAt: BEGIN,
    observedAt: BEGIN + 5_000,
  };
  const followed = fold([...eventsOf(open), supersededBy(open, 2)]);
  expect(followed.run).toMatchObject({
    state: 'failed',
    substate: 'error',
    finishedAt: BEGIN + 5_000,
    evidence: expect.stringContaining('Attempt 2'),
  });
  const told = fold(
    eventsOf({ ...open, state: 'completed', substate: 'success', finishedAt: BEGIN + 4_000 }),
    followed
  );
  expect(told.run).toMatchObject({ state: 'completed', finishedAt: BEGIN + 4_000 });
  expect(told.run.evidence).toBeUndefined();
});

test('a run that its source deleted has ended as such a source deletes; what is reported of its end outranks that', () => {
  const open: TaskRun = { ...KEY, task: 'mail', state: 'running', startedAt: BEGIN, observedAt: BEGIN + 5_000 };
  const end = { state: 'completed', substate: 'success', evidence: 'Its row is gone.' } as const;
  const gone = fold([...eventsOf(open), goneAs(open, end, BEGIN + 6_000)]);
  expect(gone.run).toMatchObject({ ...end, task: 'mail', startedAt: BEGIN, finishedAt: BEGIN + 6_000 });
  const told = fold(eventsOf({ ...open, state: 'failed', finishedAt: BEGIN + 4_000 }), gone);
  expect(told.run).toMatchObject({ state: 'failed', finishedAt: BEGIN + 4_000 });
});
