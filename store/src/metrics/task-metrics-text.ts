import { familyText, labelledLine, labelsText, sampleLine } from './prometheus-text';
import type { LiveRuns, RunningSums, SecondsHistogram, TaskSeries } from './task-series';
import { SECONDS_BOUNDS } from './task-series';

interface Told {
  series: readonly TaskSeries[];
  /** What is going on in each. */
  live: ReadonlyMap<TaskSeries, LiveRuns>;
  running: ReadonlyMap<TaskSeries, RunningSums>;
  workers: Iterable<{ source: string; worker: string; at: number }>;
  sources: ReadonlyMap<string, { at: number }>;
  /** Combinations that share one series. */
  folded: number;
  droppedRuns: number;
}

/** The task metrics in Prometheus' text format. */
export function taskMetricsText(told: Told): string {
  const { series: all, running } = told;
  let out = '';
  const family = (type: 'counter' | 'gauge' | 'histogram', name: string, help: string, lines: string): void => {
    out += familyText(name, type, help, lines);
  };
  const each = (
    type: 'counter' | 'gauge',
    name: string,
    help: string,
    of: (series: TaskSeries) => number | undefined
  ): void =>
    family(
      type,
      name,
      help,
      joined(all, (series) => optionalLine(name, series.labels, of(series)))
    );
  const now = (name: string, help: string, of: (sums: RunningSums) => number | undefined): void =>
    each('gauge', name, help, (series) => {
      const sums = running.get(series);
      return sums === undefined ? undefined : of(sums);
    });
  const words = (
    name: string,
    help: string,
    label: string,
    of: (series: TaskSeries) => ReadonlyMap<string, number>
  ): void =>
    family(
      'counter',
      name,
      help,
      joined(all, (series) =>
        joined(of(series), ([word, count]) =>
          labelledLine(name, `${series.labels},${labelsText({ [label]: word })}`, count)
        )
      )
    );
  const histogram = (name: string, help: string, of: (series: TaskSeries) => SecondsHistogram): void =>
    family(
      'histogram',
      name,
      help,
      joined(all, (series) => histogramLines(name, series.labels, of(series)))
    );

  family(
    'gauge',
    'runlane_task_runs',
    'Runs that have not ended, by state.',
    joined(all, (series) => {
      const { labels } = series;
      const { pending = 0, running: live = 0, unknown = 0 } = told.live.get(series) ?? {};
      return [
        labelledLine('runlane_task_runs', `${labels},state="pending"`, pending),
        labelledLine('runlane_task_runs', `${labels},state="running"`, live),
        unknown === 0 ? '' : labelledLine('runlane_task_runs', `${labels},state="unknown"`, unknown),
      ].join('');
    })
  );
  each('counter', 'runlane_task_runs_created_total', 'Attempts that were created or queued.', (s) => s.created);
  each('counter', 'runlane_task_runs_started_total', 'Attempts that started.', (s) => s.started);
  each('counter', 'runlane_task_retries_total', 'Attempts after the first that started.', (s) => s.retries);
  words(
    'runlane_task_runs_finished_total',
    'Runs that ended, by the outcome of their last attempt as far as it was known.',
    'outcome',
    (s) => s.finished
  );
  words(
    'runlane_task_runs_finished_corrections_total',
    'Ends in runlane_task_runs_finished_total that were not the last of their run: another attempt followed, or evidence came late. Subtract them.',
    'outcome',
    (s) => s.takenBack
  );
  histogram('runlane_task_run_duration_seconds', 'Time from start to end of completed attempts.', (s) => s.duration);
  histogram('runlane_task_run_wait_seconds', 'Time from being queued to the start.', (s) => s.wait);
  words(
    'runlane_task_abnormal_exits_total',
    'Runs that ended by a signal, out of memory, a non-zero exit code, or were lost.',
    'reason',
    (s) => s.abnormal
  );
  words(
    'runlane_task_abnormal_exits_corrections_total',
    'Ends in runlane_task_abnormal_exits_total that were not the last of their run. Subtract them.',
    'reason',
    (s) => s.abnormalTakenBack
  );
  words(
    'runlane_task_failures_total',
    'Failed attempts by the category of their cause.',
    'category',
    (s) => s.failures
  );
  each('counter', 'runlane_task_cpu_seconds_total', 'CPU time used by runs.', (s) => s.cpuSeconds);
  now('runlane_task_cpu_cores', 'Cores in use by running runs that are sampled.', (s) => s.cpuCores);
  now('runlane_task_resident_memory_bytes', 'Memory of running runs that are sampled.', (s) => s.rssBytes);
  now('runlane_task_memory_limit_bytes', 'Smallest memory limit of a running run.', (s) => finite(s.memoryLimitBytes));
  now('runlane_task_cpu_limit_cores', 'Smallest CPU limit of a running run.', (s) => finite(s.cpuLimitCores));
  now(
    'runlane_task_memory_limit_used_ratio',
    'Largest share of its memory limit that a running run uses.',
    (s) => s.memoryShare
  );
  now(
    'runlane_task_cpu_limit_used_ratio',
    'Largest share of its CPU limit that a running run uses.',
    (s) => s.cpuShare
  );
  now(
    'runlane_task_oldest_running_timestamp_seconds',
    'Start of the run that has been running longest.',
    (s) => s.oldestStartedAt / 1000
  );
  each('gauge', 'runlane_task_last_success_timestamp_seconds', 'When a run completed last.', (s) =>
    seconds(s.lastSuccess.at)
  );
  each('gauge', 'runlane_task_last_failure_timestamp_seconds', 'When a run failed last.', (s) =>
    seconds(s.lastFailure.at)
  );
  family(
    'gauge',
    'runlane_task_owner_info',
    'Who answers for a task, by the label "owner" of its newest run; always 1.',
    owners(all)
  );
  family(
    'gauge',
    'runlane_source_last_seen_timestamp_seconds',
    'Newest evidence from a source.',
    joined(told.sources, ([source, { at }]) =>
      sampleLine('runlane_source_last_seen_timestamp_seconds', { source }, at / 1000)
    )
  );
  family(
    'gauge',
    'runlane_worker_last_seen_timestamp_seconds',
    'Newest evidence from a worker.',
    joined(told.workers, ({ source, worker, at }) =>
      sampleLine('runlane_worker_last_seen_timestamp_seconds', { source, worker }, at / 1000)
    )
  );
  const waiting = all.flatMap((series) => {
    const at = told.live.get(series)?.oldestPendingAt ?? Infinity;
    return at < Infinity ? { series, at } : [];
  });
  family(
    'gauge',
    'runlane_task_oldest_pending_timestamp_seconds',
    'Since when the longest waiting run of a task waits.',
    joined(waiting, ({ series, at }) =>
      labelledLine('runlane_task_oldest_pending_timestamp_seconds', series.labels, at / 1000)
    )
  );
  family(
    'gauge',
    'runlane_queue_oldest_pending_timestamp_seconds',
    'Since when the longest waiting run of a queue waits.',
    oldestPending(waiting)
  );
  family(
    'gauge',
    'runlane_store_task_series_folded',
    'Combinations of source, task and queue that had no series of their own at some time, and shared one.',
    sampleLine('runlane_store_task_series_folded', {}, told.folded)
  );
  family(
    'counter',
    'runlane_store_runs_deleted_total',
    'Runs deleted by retention.',
    sampleLine('runlane_store_runs_deleted_total', {}, told.droppedRuns)
  );
  return out;
}

function joined<T>(items: Iterable<T>, make: (item: T) => string): string {
  let text = '';
  for (const item of items) {
    text += make(item);
  }
  return text;
}

function optionalLine(name: string, labels: string, value: number | undefined): string {
  return value === undefined ? '' : labelledLine(name, labels, value);
}

function finite(value: number): number | undefined {
  return value < Infinity ? value : undefined;
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function histogramLines(name: string, labels: string, { counts, sum }: SecondsHistogram): string {
  let text = '';
  let total = 0;
  for (let i = 0; i <= SECONDS_BOUNDS.length; i++) {
    total += counts[i]!;
    text += `${name}_bucket{${labels},le="${SECONDS_BOUNDS[i] ?? '+Inf'}"} ${total}\n`;
  }
  return `${text}${name}_sum{${labels}} ${sum}\n${name}_count{${labels}} ${total}\n`;
}

function oldestPending(waiting: ReadonlyArray<{ series: TaskSeries; at: number }>): string {
  const oldest = new Map<string, { labels: { source: string; queue: string }; at: number }>();
  for (const { series, at } of waiting) {
    const { source, queue } = series;
    const key = `${source}\n${queue}`;
    if (at < (oldest.get(key)?.at ?? Infinity)) {
      oldest.set(key, { labels: { source, queue }, at });
    }
  }
  return joined(oldest.values(), ({ labels, at }) =>
    sampleLine('runlane_queue_oldest_pending_timestamp_seconds', labels, at / 1000)
  );
}

/** Queues of one task may tell different owners: the newest counts, or joins on it would find two. */
function owners(all: readonly TaskSeries[]): string {
  const newest = new Map<string, { labels: { source: string; task: string; owner: string }; at: number }>();
  for (const { source, task, owner } of all) {
    const key = `${source}\n${task}`;
    if (owner !== undefined && owner.at > (newest.get(key)?.at ?? -Infinity)) {
      newest.set(key, { labels: { source, task, owner: owner.name }, at: owner.at });
    }
  }
  return joined(newest.values(), ({ labels }) => sampleLine('runlane_task_owner_info', labels, 1));
}
