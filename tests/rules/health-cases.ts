import fc from 'fast-check';
import type { HealthInput, Quantiles } from '../../src/health/score';
import type { Profile } from '../../src/prometheus/profile';
import { RUNLANE_STORE } from '../../src/prometheus/profiles/runlane-store';
import { SECONDS_BOUNDS } from '../../store/src/archive/task-series';

/** The store's metrics, but with the single workers and the tasks that they run in place of how many there are. */
export const NAMES_WORKERS: Profile = {
  ...RUNLANE_STORE,
  alerting: { ...RUNLANE_STORE.alerting, taskWorkers: undefined, silentTaskWorkers: undefined },
  counters: {
    ...RUNLANE_STORE.counters,
    // It cannot say what share retries are: its starts are counted by worker.
    retried: undefined,
    started: [{ metric: 'test_started_total', labels: { source: 'source', task: 'task', worker: 'worker' } }],
  },
  workers: { metric: 'test_worker_up', labels: { source: 'source', worker: 'worker' } },
};

/** What happened to one task; `undefined` where nothing tells. */
export interface TaskStory {
  completed: number;
  lost: number;
  abnormal: number;
  ordinary: number;
  /** Durations of the window, of the day before it, and waits: how many per bucket, the last above all bounds. */
  durations: readonly number[];
  baseline: readonly number[];
  waits: readonly number[];
  pendingSeconds: number | undefined;
  workers: readonly boolean[];
  memory: number | undefined;
  cpu: number | undefined;
  expected: { judged: number; missed: number } | undefined;
  /** Attempts that started, and those of them that were not the first of their run. */
  tries: { started: number; retries: number };
  /** The counters are there from before the day, or since the window began. */
  born: 'before' | 'within';
}

const BUCKETS = SECONDS_BOUNDS.length + 1;

/** Few values in few buckets near each other, as durations are. */
const histogram = (most: number) =>
  fc
    .tuple(fc.nat(BUCKETS - 3), fc.array(fc.nat(most), { minLength: 3, maxLength: 3 }))
    .map(([from, counts]) => Array.from({ length: BUCKETS }, (_, i) => counts[i - from] ?? 0));

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

export const TASK_STORY: fc.Arbitrary<TaskStory> = fc.record({
  completed: fc.oneof(fc.nat(4), fc.nat(60)),
  lost: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(5)),
  abnormal: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(20)),
  ordinary: fc.oneof(fc.nat(2), fc.nat(40)),
  durations: histogram(8),
  baseline: fc.oneof(histogram(4), histogram(40)),
  waits: histogram(6),
  pendingSeconds: maybe(fc.nat(900)),
  workers: fc.array(fc.boolean(), { maxLength: 4 }),
  memory: maybe(fc.double({ min: 0, max: 1.1, noNaN: true })),
  cpu: maybe(fc.double({ min: 0, max: 1.1, noNaN: true })),
  expected: maybe(fc.nat(6).chain((judged) => fc.record({ judged: fc.constant(judged), missed: fc.nat(judged) }))),
  born: fc.constantFrom('before', 'before', 'within'),
  tries: fc.nat(40).chain((started) => fc.record({ started: fc.constant(started), retries: fc.nat(started) })),
});

/** Prometheus' `histogram_quantile` over counts per bucket, in ms. */
function quantilesOf(counts: readonly number[]): Quantiles {
  const count = counts.reduce((sum, n) => sum + n, 0);
  return {
    count,
    quantile(q) {
      if (count === 0) {
        return undefined;
      }
      const rank = q * count;
      let below = 0;
      for (let i = 0; i < SECONDS_BOUNDS.length; i++) {
        const n = counts[i] ?? 0;
        if (below + n >= rank && n > 0) {
          const low = SECONDS_BOUNDS[i - 1] ?? 0;
          return 1000 * (low + ((SECONDS_BOUNDS[i] ?? 0) - low) * ((rank - below) / n));
        }
        below += n;
      }
      return 1000 * (SECONDS_BOUNDS.at(-1) ?? 0);
    },
  };
}

/** What `scoreHealth` is given of a story. */
export function inputOf(group: string, story: TaskStory, at: number): HealthInput {
  const { lost, abnormal, ordinary, pendingSeconds, memory, cpu, expected, born } = story;
  const before = born === 'before' ? quantilesOf(story.baseline) : undefined;
  return {
    group,
    at,
    completed: story.completed,
    failed: lost + abnormal + ordinary,
    lost,
    abnormal,
    ...story.tries,
    durations: quantilesOf(story.durations),
    ...(before === undefined ? {} : { baseline: before }),
    waits: quantilesOf(story.waits),
    pending: pendingSeconds === undefined ? 0 : 1,
    ...(pendingSeconds === undefined ? {} : { oldestPendingAt: at - 1000 * pendingSeconds }),
    workers: story.workers.map((alive, i) => ({ name: `${group} w${i}`, alive })),
    pressure: {
      of: 1,
      ...(memory === undefined ? {} : { memory }),
      ...(cpu === undefined ? {} : { cpu }),
    },
    ...(expected === undefined
      ? {}
      : {
          expected: {
            judged: Array.from({ length: expected.judged }, (_, i) => i),
            missed: Array.from({ length: expected.missed }, (_, i) => i),
          },
        }),
  };
}

/**
 * A sample every five minutes: the day before the window, and the window. It is judged a minute after the last one, for a
 * sample on the bound of a window is in it before Prometheus 3, and not since.
 */
export const STEP_MINUTES = 5;
export const JUDGED_AT_MINUTES = 24 * 60 + 31;
const SAMPLES = Math.floor(JUDGED_AT_MINUTES / STEP_MINUTES) + 1;
const WINDOW_FROM = SAMPLES - 1 - 15 / STEP_MINUTES;

/** Series of a story in promtool's notation. Growth of the day falls into its middle, that of the window near its end. */
export function seriesOf(task: string, story: TaskStory): Record<string, string> {
  const series: Record<string, string> = {};
  const labels = (more = '') => `{job="store",instance="a",source="shop",task="${task}"${more}}`;
  const counter = (name: string, inWindow: number, inDay = 0) => {
    // What was there before the day must not count.
    const start = 7;
    const middle = start + inDay;
    series[name] =
      story.born === 'within'
        ? `_x${WINDOW_FROM + 2} ${inWindow}x4`
        : `${start}x${Math.floor(SAMPLES / 2)} ${middle}x${WINDOW_FROM - Math.floor(SAMPLES / 2)} ${middle + inWindow}x4`;
  };
  const histogramOf = (metric: string, inWindow: readonly number[], inDay: readonly number[]) => {
    let [window, day] = [0, 0];
    for (let i = 0; i < BUCKETS; i++) {
      window += inWindow[i] ?? 0;
      day += inDay[i] ?? 0;
      counter(`${metric}_bucket${labels(`,queue="q",le="${SECONDS_BOUNDS[i] ?? '+Inf'}"`)}`, window, day);
    }
    counter(`${metric}_count${labels(',queue="q"')}`, window, day);
  };
  const gauge = (name: string, value: number) => {
    series[name] = `${value}x${SAMPLES}`;
  };
  counter(`runlane_task_runs_finished_total${labels(',queue="q",outcome="completed"')}`, story.completed);
  const failed = story.lost + story.abnormal + story.ordinary;
  counter(`runlane_task_runs_finished_total${labels(',queue="q",outcome="failed"')}`, failed);
  counter(`runlane_task_abnormal_exits_total${labels(',queue="q",reason="lost"')}`, story.lost);
  counter(`runlane_task_abnormal_exits_total${labels(',queue="q",reason="exit 1"')}`, story.abnormal);
  counter(`runlane_task_runs_started_total${labels(',queue="q"')}`, story.tries.started);
  counter(`runlane_task_retries_total${labels(',queue="q"')}`, story.tries.retries);
  histogramOf('runlane_task_run_duration_seconds', story.durations, story.baseline);
  histogramOf('runlane_task_run_wait_seconds', story.waits, []);
  if (story.pendingSeconds !== undefined) {
    const since = JUDGED_AT_MINUTES * 60 - story.pendingSeconds;
    gauge(`runlane_task_oldest_pending_timestamp_seconds${labels(',queue="q"')}`, since);
  }
  if (story.memory !== undefined) {
    gauge(`runlane_task_memory_limit_used_ratio${labels(',queue="q"')}`, story.memory);
  }
  if (story.cpu !== undefined) {
    gauge(`runlane_task_cpu_limit_used_ratio${labels(',queue="q"')}`, story.cpu);
  }
  if (story.expected !== undefined) {
    counter(`runlane_task_expected_runs_total${labels()}`, story.expected.judged);
    counter(`runlane_task_missed_runs_total${labels()}`, story.expected.missed);
  }
  if (story.workers.length > 0) {
    const silent = story.workers.filter((alive) => !alive).length;
    gauge(`runlane_task_workers${labels(',state="heard"')}`, story.workers.length - silent);
    gauge(`runlane_task_workers${labels(',state="silent"')}`, silent);
  }
  story.workers.forEach((alive, i) => {
    counter(`test_started_total${labels(`,worker="${task} w${i}"`)}`, 1);
    series[`test_worker_up{job="store",instance="a",source="shop",worker="${task} w${i}"}`] =
      `1x${WINDOW_FROM} ${alive ? 1 : 0}x5`;
  });
  return series;
}
