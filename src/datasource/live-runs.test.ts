import fc from 'fast-check';
import { answerFromRuns } from '../analysis/answer-from-runs';
import { isAliveIn } from '../model/lifetime';
import { NO_FILTER } from '../model/task-query';
import { runKey } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { LiveAnswer } from './live-runs';
import { canFollow, LiveRuns } from './live-runs';

const RANGE = { from: 1000, to: 10_000 };
const FAILED = { matches: [{ field: 'state' as const, operator: '=' as const, values: ['failed'] }] };

function run(runId: string, part: Partial<TaskRun> = {}): TaskRun {
  return {
    source: 'shop',
    runId,
    attempt: 1,
    task: 'email.send',
    state: 'running',
    startedAt: 2000,
    observedAt: 2000,
    ...part,
  };
}

function timelineOf(runs: TaskRun[]): LiveAnswer {
  const request = {
    query: { view: 'timeline' as const, filter: NO_FILTER, groupBy: 'task' as const },
    range: RANGE,
    step: 100,
  };
  const answer = answerFromRuns(request, runs, { now: RANGE.to });
  if (!('page' in answer) || !canFollow(answer)) {
    throw new Error('The fixture has too many runs.');
  }
  return answer;
}

function idsOf(live: LiveRuns): string[] {
  const answer = live.answer();
  return (answer.view === 'timeline' ? answer.page.runs : answer.runs).map((one) => one.runId).sort();
}

test('a changed run replaces what it was, and its lane counts it once', () => {
  const live = new LiveRuns(timelineOf([run('1'), run('2')]), NO_FILTER, RANGE, 100);
  expect(live.apply([run('1', { state: 'failed', substate: 'lost', finishedAt: 3000, observedAt: 3000 })])).toBe(true);
  const answer = live.answer();
  expect(answer).toMatchObject({
    total: 2,
    lanes: [{ name: 'email.send', lost: 1, counts: { running: 1, failed: 1 } }],
  });
});

test('a new run comes in, with a lane of its own where there is none', () => {
  const live = new LiveRuns(timelineOf([run('1')]), NO_FILTER, RANGE, 100);
  live.apply([run('2', { task: 'db.backup' })]);
  const answer = live.answer();
  expect(answer.view === 'timeline' && answer.lanes.map((lane) => lane.name)).toEqual(['email.send', 'db.backup']);
  expect(answer).toMatchObject({ total: 2 });
});

test('an older observation changes nothing', () => {
  const done = run('1', { state: 'completed', finishedAt: 3000, observedAt: 3000 });
  const live = new LiveRuns(timelineOf([done]), NO_FILTER, RANGE, 100);
  expect(live.apply([run('1', { observedAt: 2500 })])).toBe(false);
  expect(live.answer()).toMatchObject({ page: { runs: [done] } });
});

test('a run that no longer passes the filter goes; one that never did does not come', () => {
  const live = new LiveRuns(timelineOf([run('1', { state: 'failed', finishedAt: 2500 })]), FAILED, RANGE, 100);
  expect(live.apply([run('1', { attempt: 2 }), run('2')])).toBe(false);
  expect(live.apply([run('1', { state: 'completed', finishedAt: 2500, observedAt: 4000 })])).toBe(true);
  expect(idsOf(live)).toEqual([]);
});

test('what ended before a range that moved on goes', () => {
  const live = new LiveRuns(
    timelineOf([run('1', { state: 'completed', finishedAt: 2500 }), run('2')]),
    NO_FILTER,
    RANGE,
    100
  );
  expect(live.slide({ from: 2000, to: 11_000 })).toBe(false);
  expect(live.slide({ from: 2600, to: 11_600 })).toBe(true);
  expect(idsOf(live)).toEqual(['2']);
});

test('never more than the limit: those that ended first go, and the answer says that it is cut', () => {
  const live = new LiveRuns(
    timelineOf([run('1', { state: 'completed', finishedAt: 2500 }), run('2')]),
    NO_FILTER,
    RANGE,
    2
  );
  live.apply([run('3', { state: 'completed', finishedAt: 2600 })]);
  expect(idsOf(live)).toEqual(['2', '3']);
  expect(live.answer()).toMatchObject({ page: { truncated: true, total: 3 } });
});

test('a table of runs stays newest first', () => {
  const live = new LiveRuns({ view: 'runs', runs: [run('1')], truncated: false, skipped: 0 }, NO_FILTER, RANGE, 100);
  live.apply([run('2', { startedAt: 5000 }), run('3', { startedAt: 3000 })]);
  const answer = live.answer();
  expect(answer.view === 'runs' && answer.runs.map((one) => one.runId)).toEqual(['2', '3', '1']);
});

test('strips stay with their runs', () => {
  const base = { ...timelineOf([run('1', { state: 'completed', finishedAt: 2500 }), run('2')]) };
  const strip = (at: number) => ({ at: [at], cpuCores: [1], rssBytes: [1] });
  const withStrips = {
    ...base,
    view: 'timeline',
    strips: [
      { run: 0, ...strip(1) },
      { run: 1, ...strip(2) },
    ],
  } as LiveAnswer;
  const first = withStrips.view === 'timeline' ? withStrips.page.runs.map((one) => one.runId) : [];
  const live = new LiveRuns(withStrips, NO_FILTER, RANGE, 100);
  live.slide({ from: 2600, to: 11_600 });
  expect(live.answer()).toMatchObject({ strips: [{ run: 0, at: [first.indexOf('2') + 1] }] });
});

test('after any changes it holds what a new ask would give', () => {
  const change = fc.record({
    runId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    task: fc.constantFrom('x', 'y'),
    state: fc.constantFrom('pending' as const, 'running' as const, 'completed' as const, 'failed' as const),
    startedAt: fc.integer({ min: 0, max: 12_000 }),
    length: fc.integer({ min: 0, max: 3000 }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.array(change, { maxLength: 20 }), (before, after) => {
      const world = new Map<string, TaskRun>();
      let clock = 20_000;
      const make = ({
        runId,
        task,
        state,
        startedAt,
        length,
      }: typeof change extends fc.Arbitrary<infer T> ? T : never): TaskRun => {
        const ended = state === 'completed' || state === 'failed';
        const known = world.get(`shop\n${runId}\n1`);
        const made = run(runId, {
          task: known?.task ?? task,
          state,
          startedAt,
          observedAt: ++clock,
          // Ends lie before the end of the range, as they do while it ends now.
          ...(ended ? { finishedAt: Math.min(startedAt + length, RANGE.to - 1) } : {}),
        });
        world.set(runKey(made), made);
        return made;
      };
      const start = before.map(make);
      const live = new LiveRuns(
        timelineOf([...new Map(start.map((one) => [runKey(one), one])).values()]),
        NO_FILTER,
        RANGE,
        1000
      );
      live.apply(after.map(make));
      const expected = [...world.values()].filter((one) => isAliveIn(one, RANGE));
      expect(idsOf(live)).toEqual(expected.map((one) => one.runId).sort());
      const answer = live.answer();
      const counted = answer.view === 'timeline' ? answer.lanes.flatMap((lane) => Object.values(lane.counts)) : [];
      expect(counted.reduce((sum, count) => sum + count, 0)).toBe(expected.length);
      const all = answer.view === 'timeline' ? Object.values(answer.counts) : [];
      expect(all.reduce((sum, count) => sum + count, 0)).toBe(expected.length);
      expect(answer.view === 'timeline' && answer.total).toBe(expected.length);
    })
  );
});
