import type { DurationsAnswer } from '../model/answer';
import { endedAt } from '../model/lifetime';
import type { GroupBy } from '../model/task-query';
import { durationMs, waitMs } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { DurationMs, EpochMs } from '../model/units';
import type { Buckets } from './buckets';
import type { Grouped } from './grouping';
import { LogHistogram } from './log-histogram';

/** One measured length of time and when it became known. */
export interface Measured {
  at: EpochMs;
  ms: DurationMs;
}

/** The duration of a completed run, known at its end. A failure's duration says how long it took to fail: another thing. */
export function measuredDuration(run: TaskRun): Measured | undefined {
  const ms = durationMs(run);
  const at = endedAt(run);
  return run.state !== 'completed' || ms === undefined || at === undefined ? undefined : { at, ms };
}

/** The wait of a run that started, whatever became of it, known at its start. */
export function measuredWait(run: TaskRun): Measured | undefined {
  const ms = waitMs(run);
  return ms === undefined || run.startedAt === undefined ? undefined : { at: run.startedAt, ms };
}

/** Percentiles of durations and waits per bucket, within 1 % (`LogHistogram`). A series without any value is left out. */
export function durationsOf(grouped: Grouped, groupBy: GroupBy, buckets: Buckets): DurationsAnswer {
  const series: DurationsAnswer['series'] = [];
  for (const [group, runs] of grouped.groups) {
    for (const what of ['duration', 'wait'] as const) {
      const histograms = histogramsOf(runs, what === 'duration' ? measuredDuration : measuredWait, buckets);
      if (histograms.some((histogram) => histogram !== undefined)) {
        series.push({
          group,
          what,
          count: histograms.map((histogram) => histogram?.count ?? 0),
          p50: histograms.map((histogram) => histogram?.quantile(0.5) ?? null),
          p95: histograms.map((histogram) => histogram?.quantile(0.95) ?? null),
          p99: histograms.map((histogram) => histogram?.quantile(0.99) ?? null),
          max: histograms.map((histogram) => histogram?.max ?? null),
        });
      }
    }
  }
  return {
    view: 'durations',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series,
    ...(grouped.omitted === undefined ? {} : { groupsOmitted: grouped.omitted }),
  };
}

function histogramsOf(
  runs: readonly TaskRun[],
  measure: (run: TaskRun) => Measured | undefined,
  buckets: Buckets
): Array<LogHistogram | undefined> {
  const histograms: Array<LogHistogram | undefined> = buckets.starts.map(() => undefined);
  for (const run of runs) {
    const measured = measure(run);
    const bucket = measured === undefined ? -1 : buckets.of(measured.at);
    if (measured !== undefined && bucket >= 0) {
      (histograms[bucket] ??= new LogHistogram()).add(measured.ms);
    }
  }
  return histograms;
}

/** All measurements that fall into the range, as one histogram. */
export function histogramOf(
  runs: Iterable<TaskRun>,
  measure: (run: TaskRun) => Measured | undefined,
  isWanted: (at: EpochMs) => boolean
): LogHistogram {
  const histogram = new LogHistogram();
  for (const run of runs) {
    const measured = measure(run);
    if (measured !== undefined && isWanted(measured.at)) {
      histogram.add(measured.ms);
    }
  }
  return histogram;
}
