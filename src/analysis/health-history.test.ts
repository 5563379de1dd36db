import fc from 'fast-check';
import { scoreHealth } from '../health/score';
import { DEFAULT_HEALTH_SPEC } from '../health/spec';
import type { HealthSpec } from '../health/spec';
import { endedAt, waitsSince } from '../model/lifetime';
import { beganAt, durationMs, isAbnormalExit, waitMs } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import { answerFromRuns } from './answer-from-runs';
import type { AnswerOptions } from './answer-from-runs';
import { Buckets } from './buckets';
import { inTroubleSince } from './health';
import { LogHistogram } from './log-histogram';

const T0 = 1_700_000_000_000;
const RANGE = { from: T0, to: T0 + 1000 };
const NOW = T0 + 930;

const SPEC: HealthSpec = {
  ...DEFAULT_HEALTH_SPEC,
  minimums: { endedRuns: 2, durations: 2, baseline: 1, waits: 1 },
  checks: {
    ...DEFAULT_HEALTH_SPEC.checks,
    tooSlow: { ...DEFAULT_HEALTH_SPEC.checks.tooSlow, slackMs: 1 },
    wait: { ...DEFAULT_HEALTH_SPEC.checks.wait, allowedMs: 20, fullMs: 200 },
    oldestPending: { ...DEFAULT_HEALTH_SPEC.checks.oldestPending, allowedMs: 20, fullMs: 200 },
  },
};

const run: fc.Arbitrary<TaskRun> = fc
  .record({
    runId: fc.uuid(),
    queued: fc.option(fc.integer({ min: -200, max: 950 }), { nil: undefined }),
    wait: fc.integer({ min: 0, max: 300 }),
    length: fc.integer({ min: 0, max: 300 }),
    how: fc.constantFrom('completed', 'failed', 'lost', 'exit', 'pending', 'scheduled', 'running', 'cancelled'),
  })
  .map(({ runId, queued, wait, length, how }): TaskRun => {
    const from = T0 + (queued ?? 100);
    const isOpen = how === 'pending' || how === 'scheduled';
    const started = isOpen ? undefined : from + wait;
    const finished = isOpen || how === 'running' ? undefined : from + wait + length;
    return {
      source: 's',
      runId,
      attempt: 1,
      task: 't',
      state: how === 'lost' || how === 'exit' ? 'failed' : how === 'scheduled' ? 'pending' : how,
      ...(how === 'lost' || how === 'scheduled' ? { substate: how } : {}),
      ...(how === 'exit' ? { exitCode: 3 } : {}),
      ...(queued === undefined ? {} : { queuedAt: from }),
      ...(started === undefined ? {} : { startedAt: started }),
      ...(finished === undefined ? {} : { finishedAt: finished }),
      observedAt: finished ?? started ?? from,
    };
  });

/** The history of the one task of some runs; nothing is known where nothing ran. */
function historyOf(runs: readonly TaskRun[], step: number, healthSpec: HealthSpec, more: Partial<AnswerOptions>) {
  const query = { view: 'health' as const, filter: { matches: [] } };
  const answer = answerFromRuns({ query, range: RANGE, step }, runs, { now: NOW, healthSpec, ...more });
  return answer.view === 'health' ? (answer.history[0]?.values ?? answer.buckets.map(() => null)) : [];
}

/** When a run of these left the queue, Infinity while it waits. */
function leftAt({ state, startedAt }: TaskRun): number {
  return state === 'pending' ? Infinity : (startedAt ?? NaN);
}

function histogramOf(values: ReadonlyArray<number | undefined>): LogHistogram {
  const histogram = new LogHistogram();
  values.forEach((value) => histogram.add(value ?? NaN));
  return histogram;
}

function baseline(): LogHistogram {
  const histogram = new LogHistogram();
  histogram.add(50);
  return histogram;
}

describe('healthHistory', () => {
  it('is, at the end of each bucket, the score of the window before it', () => {
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 25 }),
        fc.integer({ min: 40, max: 300 }),
        fc.integer({ min: 1, max: 700 }),
        (runs, step, windowMs) => {
          const spec = { ...SPEC, historyWindowMs: windowMs };
          const buckets = new Buckets(RANGE, step, NOW);
          const usual = baseline();
          const values = historyOf(runs, step, spec, { baseline: () => usual });
          const size = Math.max(1, Math.round(windowMs / step));
          buckets.starts.forEach((start, i) => {
            if (start >= NOW) {
              expect(values[i]).toBeNull();
              return;
            }
            const first = buckets.starts[Math.max(0, i - size + 1)] ?? 0;
            const at = Math.min(start + step, NOW);
            const inside = (t: number | undefined): boolean =>
              t !== undefined && t >= Math.max(first, RANGE.from) && t < at;
            const ended = runs.filter((entry) => inside(endedAt(entry)));
            const failed = ended.filter((entry) => entry.state === 'failed');
            const lost = failed.filter((entry) => entry.substate === 'lost').length;
            const waiting = runs
              .filter((entry) => beganAt(entry) < at && leftAt(entry) >= at)
              .flatMap((entry) => waitsSince(entry) ?? []);
            const expected = scoreHealth(
              {
                group: 't',
                at,
                completed: ended.filter((entry) => entry.state === 'completed').length,
                failed: failed.length,
                lost,
                abnormal: failed.filter(isAbnormalExit).length - lost,
                durations: histogramOf(ended.filter(({ state }) => state === 'completed').map(durationMs)),
                baseline: usual,
                waits: histogramOf(runs.filter(({ startedAt }) => inside(startedAt)).map(waitMs)),
                pending: waiting.length,
                ...(waiting.length === 0 ? {} : { oldestPendingAt: Math.min(...waiting) }),
              },
              spec
            ).score;
            expect({ i, score: values[i] }).toEqual({ i, score: expected ?? null });
          });
        }
      ),
      { numRuns: 200 }
    );
  });

  it('knows a worker that went silent from the time it did', () => {
    const range = { from: T0, to: T0 + 600_000 };
    const worker = { source: 's', name: 'w', lastSeenAt: T0 + 200_000 };
    const runs = Array.from({ length: 60 }, (_, i): TaskRun => {
      const at = T0 + i * 10_000;
      return {
        source: 's',
        runId: `r${i}`,
        attempt: 1,
        task: 't',
        state: 'completed',
        worker: 'w',
        startedAt: at,
        finishedAt: at + 10,
        observedAt: at + 10,
      };
    });
    const query = { view: 'health' as const, filter: { matches: [] } };
    const answer = answerFromRuns({ query, range, step: 60_000 }, runs, { now: range.to, workers: [worker] });
    const values = answer.view === 'health' ? (answer.history[0]?.values ?? []) : [];
    expect(values.slice(1, 4)).toEqual([100, 100, 100]);
    expect(values.slice(5, 10)).toEqual([70, 70, 70, 70, 70]);
  });
});

describe('the health view', () => {
  it('says since when the score has been low, looking over gaps', () => {
    expect(inTroubleSince([1, 2, 3, 4, 5], [100, 80, null, 70, null])).toBe(2);
    expect(inTroubleSince([1, 2, 3], [80, 95, 92])).toBeUndefined();
    expect(inTroubleSince([], [])).toBeUndefined();
  });

  it('puts the worst first, with the runs behind each deduction and its cause', () => {
    const runs = ['good', 'bad'].flatMap((task) =>
      Array.from({ length: 10 }, (_, i): TaskRun => ({
        source: 's',
        runId: `${task}${i}`,
        attempt: 1,
        task,
        state: task === 'bad' && i < 4 ? 'failed' : 'completed',
        startedAt: T0 + i * 10,
        finishedAt: T0 + i * 10 + 5,
        observedAt: T0 + i * 10 + 5,
        ...(task === 'bad' && i < 4 ? { error: { message: `order ${i} not found` } } : {}),
      }))
    );
    const answer = answerFromRuns(
      { query: { view: 'health', filter: { matches: [] } }, range: RANGE, step: 100 },
      runs,
      { now: NOW }
    );
    expect(answer.view === 'health' && answer.groups).toMatchObject([
      {
        group: 'bad',
        failed: 4,
        runs: 10,
        mostly: 'order <n> not found',
        deductions: [
          { reason: 'failures', found: 0.4, runKeys: ['s\nbad3\n1', 's\nbad2\n1', 's\nbad1\n1', 's\nbad0\n1'] },
        ],
      },
      { group: 'good', score: 100 },
    ]);
  });

  it('takes runs that ended before the range as what is usual', () => {
    const at = (i: number, ms: number, begin: number): TaskRun => ({
      source: 's',
      runId: `r${i}`,
      attempt: 1,
      task: 't',
      state: 'completed',
      startedAt: begin,
      finishedAt: begin + ms,
      observedAt: begin + ms,
    });
    const before = Array.from({ length: 30 }, (_, i) => at(i, 1000, T0 - 100_000 + i));
    const slow = Array.from({ length: 5 }, (_, i) => at(100 + i, 10_000, T0 + i));
    const range = { from: T0, to: T0 + 60_000 };
    const answer = answerFromRuns(
      { query: { view: 'health', filter: { matches: [] } }, range, step: 10_000 },
      [...before, ...slow],
      { now: range.to }
    );
    const [group] = answer.view === 'health' ? answer.groups : [];
    expect(group?.deductions.map((deduction) => deduction.reason)).toEqual(['too_slow']);
    expect(group?.deductions[0]?.found).toBeCloseTo(10_000, -3);
  });
});
