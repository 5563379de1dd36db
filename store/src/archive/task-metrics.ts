import { diagnose } from '../../../src/diagnosis/diagnose';
import { isTerminal } from '../../../src/model/lifecycle';
import type { TaskRun } from '../../../src/model/task-run';
import { durationMs, isAbnormalExit, waitMs } from '../../../src/model/task-run';
import { endingOf } from './run-row';
import { sampleLine } from './prometheus-text';

/** Different (source, task, queue) and workers that get series of their own; the others share `OTHER`. */
const MOST_SERIES = 500;
const MOST_WORKERS = 1_000;
const OTHER = '(other)';

const DURATION_BOUNDS = [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3_600, 14_400];

class SecondsHistogram {
  readonly counts = new Float64Array(DURATION_BOUNDS.length + 1);
  sum = 0;

  add(ms: number): void {
    const seconds = ms / 1000;
    const bound = DURATION_BOUNDS.findIndex((limit) => seconds <= limit);
    this.counts[bound < 0 ? DURATION_BOUNDS.length : bound]!++;
    this.sum += seconds;
  }

  lines(name: string, labels: Labels): string {
    let text = '';
    let total = 0;
    for (let i = 0; i <= DURATION_BOUNDS.length; i++) {
      total += this.counts[i]!;
      text += sampleLine(
        `${name}_bucket`,
        { ...labels, le: i === DURATION_BOUNDS.length ? '+Inf' : String(DURATION_BOUNDS[i]) },
        total
      );
    }
    return text + sampleLine(`${name}_sum`, labels, this.sum) + sampleLine(`${name}_count`, labels, total);
  }
}

type Labels = Record<string, string>;

class Series {
  pending = 0;
  running = 0;
  unknown = 0;
  readonly finished = new Map<string, number>();
  readonly abnormal = new Map<string, number>();
  readonly failures = new Map<string, number>();
  readonly duration = new SecondsHistogram();
  readonly wait = new SecondsHistogram();
  cpuSeconds = 0;
  rssBytes: number | undefined;
  lastSuccessAt: number | undefined;
  /** Since when each pending run waits. */
  readonly waitingSince = new Map<number, number>();

  constructor(readonly labels: { source: string; task: string; queue: string }) {}
}

/**
 * Prometheus series about tasks, counted where runs change. Counters count from the start of the store. When a later
 * event corrects an end (`lost` that was not), the right outcome is counted as well; a counter never goes back.
 */
export class TaskMetrics {
  private readonly series = new Map<string, Series>();
  private readonly workers = new Map<string, { source: string; worker: string; at: number }>();
  private readonly rss = new Map<number, { series: Series; bytes: number }>();
  /** Keys of series that had to share `OTHER`, counted up to a bound. */
  private readonly folded = new Set<string>();
  private droppedRuns = 0;

  /** A run is now `after`; it was `before`. */
  observe(before: TaskRun | undefined, after: TaskRun, id: number): void {
    const series = this.seriesOf(after);
    const same = before === undefined || (before.task === after.task && before.queue === after.queue);
    const old = before === undefined ? undefined : same ? series : this.seriesOf(before);
    if (before !== undefined && old !== undefined) {
      this.count(old, before, id, -1);
    }
    this.count(series, after, id, 1);
    if (after.cpuSeconds !== undefined) {
      series.cpuSeconds += Math.max(0, after.cpuSeconds - (before?.cpuSeconds ?? 0));
    }
    if (after.startedAt !== undefined && before?.startedAt === undefined) {
      const wait = waitMs(after);
      if (wait !== undefined) {
        series.wait.add(wait);
      }
    }
    if (after.worker !== undefined && after.substate !== 'lost') {
      this.seeWorker(after.source, after.worker, after.observedAt);
    }
    const ended =
      isTerminal(after.state) &&
      (before === undefined || before.state !== after.state || before.substate !== after.substate);
    if (ended) {
      this.end(series, after, id);
    }
  }

  /** Memory of a running run at this moment. */
  sample(run: TaskRun, id: number, rssBytes: number): void {
    if (!isTerminal(run.state)) {
      this.setRss(id, this.seriesOf(run), rssBytes);
    }
  }

  succeeded(source: string, task: string, queue: string | undefined, at: number): void {
    const series = this.seriesOf({ source, task, ...(queue !== undefined && { queue }) });
    series.lastSuccessAt = Math.max(at, series.lastSuccessAt ?? 0);
  }

  /** The run is no longer kept. */
  forget(run: TaskRun, id: number): void {
    const series = this.seriesOf(run);
    this.count(series, run, id, -1);
    this.setRss(id, series, undefined);
  }

  /** The run has another id now. */
  renumber(run: TaskRun, from: number, to: number): void {
    const series = this.seriesOf(run);
    const bytes = this.rss.get(from)?.bytes;
    this.count(series, run, from, -1);
    this.count(series, run, to, 1);
    this.setRss(from, series, undefined);
    this.setRss(to, series, bytes);
  }

  dropped(runs: number): void {
    this.droppedRuns += runs;
  }

  text(): string {
    const all = [...this.series.values()];
    const out: string[] = [];
    const family = (name: string, type: string, help: string, lines: string) => {
      out.push(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines}`);
    };
    const each = (make: (series: Series) => string) => all.map(make).join('');
    const counts = (name: string, label: string, of: (series: Series) => ReadonlyMap<string, number>) =>
      each((series) =>
        [...of(series)].map(([word, count]) => sampleLine(name, { ...series.labels, [label]: word }, count)).join('')
      );

    family(
      'runlane_task_runs',
      'gauge',
      'Runs that have not ended, by state.',
      each(
        ({ labels, pending, running, unknown }) =>
          sampleLine('runlane_task_runs', { ...labels, state: 'pending' }, pending) +
          sampleLine('runlane_task_runs', { ...labels, state: 'running' }, running) +
          (unknown === 0 ? '' : sampleLine('runlane_task_runs', { ...labels, state: 'unknown' }, unknown))
      )
    );
    family(
      'runlane_task_runs_finished_total',
      'counter',
      'Runs that ended, by outcome.',
      counts('runlane_task_runs_finished_total', 'outcome', (s) => s.finished)
    );
    family(
      'runlane_task_run_duration_seconds',
      'histogram',
      'Time from start to end of completed runs.',
      each((s) => s.duration.lines('runlane_task_run_duration_seconds', s.labels))
    );
    family(
      'runlane_task_run_wait_seconds',
      'histogram',
      'Time from being queued to the start.',
      each((s) => s.wait.lines('runlane_task_run_wait_seconds', s.labels))
    );
    family(
      'runlane_task_abnormal_exits_total',
      'counter',
      'Runs that ended by a signal, out of memory, a non-zero exit code, or were lost.',
      counts('runlane_task_abnormal_exits_total', 'reason', (s) => s.abnormal)
    );
    family(
      'runlane_task_failures_total',
      'counter',
      'Failed runs by the category of their cause.',
      counts('runlane_task_failures_total', 'category', (s) => s.failures)
    );
    family(
      'runlane_task_cpu_seconds_total',
      'counter',
      'CPU time used by runs.',
      each((s) => sampleLine('runlane_task_cpu_seconds_total', s.labels, s.cpuSeconds))
    );
    family(
      'runlane_task_resident_memory_bytes',
      'gauge',
      'Memory of running runs that are sampled.',
      each((s) =>
        s.rssBytes === undefined ? '' : sampleLine('runlane_task_resident_memory_bytes', s.labels, s.rssBytes)
      )
    );
    family(
      'runlane_task_last_success_timestamp_seconds',
      'gauge',
      'When a run completed last.',
      each((s) =>
        s.lastSuccessAt === undefined
          ? ''
          : sampleLine('runlane_task_last_success_timestamp_seconds', s.labels, s.lastSuccessAt / 1000)
      )
    );
    family(
      'runlane_worker_last_seen_timestamp_seconds',
      'gauge',
      'Newest evidence from a worker.',
      [...this.workers.values()]
        .map(({ source, worker, at }) =>
          sampleLine('runlane_worker_last_seen_timestamp_seconds', { source, worker }, at / 1000)
        )
        .join('')
    );
    family(
      'runlane_queue_oldest_pending_timestamp_seconds',
      'gauge',
      'Since when the longest waiting run of a queue waits.',
      this.oldestPending()
    );
    family(
      'runlane_store_task_series_folded',
      'gauge',
      `Combinations of source, task and queue beyond ${MOST_SERIES} that share the name ${OTHER}.`,
      sampleLine('runlane_store_task_series_folded', {}, this.folded.size)
    );
    family(
      'runlane_store_runs_deleted_total',
      'counter',
      'Runs deleted by retention.',
      sampleLine('runlane_store_runs_deleted_total', {}, this.droppedRuns)
    );
    return out.join('');
  }

  private count(series: Series, run: TaskRun, id: number, by: 1 | -1): void {
    switch (run.state) {
      case 'pending': {
        series.pending += by;
        const since = run.queuedAt ?? run.createdAt;
        if (by === 1 && since !== undefined) {
          series.waitingSince.set(id, since);
        } else {
          series.waitingSince.delete(id);
        }
        break;
      }
      case 'running':
        series.running += by;
        break;
      case 'unknown':
        series.unknown += by;
        break;
      case 'completed':
      case 'failed':
      case 'cancelled':
        break;
    }
  }

  private end(series: Series, run: TaskRun, id: number): void {
    add(series.finished, run.state);
    this.setRss(id, series, undefined);
    if (run.state === 'completed') {
      const took = durationMs(run);
      if (took !== undefined) {
        series.duration.add(took);
      }
      series.lastSuccessAt = Math.max(run.finishedAt ?? run.observedAt, series.lastSuccessAt ?? 0);
    } else if (run.state === 'failed') {
      add(series.failures, diagnose(run).category);
      if (isAbnormalExit(run)) {
        add(series.abnormal, endingOf(run) ?? 'failed');
      }
    }
  }

  private setRss(id: number, series: Series, bytes: number | undefined): void {
    const held = this.rss.get(id);
    if (held !== undefined) {
      held.series.rssBytes = (held.series.rssBytes ?? 0) - held.bytes;
      this.rss.delete(id);
    }
    if (bytes !== undefined) {
      series.rssBytes = (series.rssBytes ?? 0) + bytes;
      this.rss.set(id, { series, bytes });
    }
  }

  private seriesOf(run: Pick<TaskRun, 'source' | 'task' | 'queue'>): Series {
    const key = `${run.source}\n${run.task}\n${run.queue ?? ''}`;
    const known = this.series.get(key);
    if (known !== undefined) {
      return known;
    }
    if (this.series.size < MOST_SERIES) {
      const series = new Series({ source: run.source, task: run.task, queue: run.queue ?? '' });
      this.series.set(key, series);
      return series;
    }
    if (this.folded.size < 10 * MOST_SERIES) {
      this.folded.add(key);
    }
    let other = this.series.get(OTHER);
    if (other === undefined) {
      other = new Series({ source: OTHER, task: OTHER, queue: OTHER });
      this.series.set(OTHER, other);
    }
    return other;
  }

  private seeWorker(source: string, worker: string, at: number): void {
    const key = `${source}\n${worker}`;
    const known = this.workers.get(key);
    if (known !== undefined) {
      known.at = Math.max(known.at, at);
      return;
    }
    if (this.workers.size >= MOST_WORKERS) {
      // The one that was added first leaves; one that still works comes back with its next event.
      const [first] = this.workers.keys();
      this.workers.delete(first ?? '');
    }
    this.workers.set(key, { source, worker, at });
  }

  private oldestPending(): string {
    const oldest = new Map<string, { labels: Labels; at: number }>();
    for (const { labels, waitingSince } of this.series.values()) {
      const { source, queue } = labels;
      const key = `${source}\n${queue}`;
      for (const since of waitingSince.values()) {
        const held = oldest.get(key);
        if (held === undefined) {
          oldest.set(key, { labels: { source, queue }, at: since });
        } else if (since < held.at) {
          held.at = since;
        }
      }
    }
    return [...oldest.values()]
      .map(({ labels, at }) => sampleLine('runlane_queue_oldest_pending_timestamp_seconds', labels, at / 1000))
      .join('');
  }
}

function add(counts: Map<string, number>, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}
