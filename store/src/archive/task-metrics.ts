import { waitsSince } from '../../../src/analysis/lifetime';
import { diagnose } from '../../../src/diagnosis/diagnose';
import type { LifecycleState } from '../../../src/model/lifecycle';
import type { TaskRun } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import { beganAt, durationMs, verdictOf, waitMs } from '../../../src/model/task-run';
import { endingOf } from './run-row';
import { RunningSums, TaskSeries } from './task-series';
import type { RunningRun } from './task-series';
import { taskMetricsText } from './task-metrics-text';

/** Different (source, task, queue), workers and sources that get series of their own; more tasks share `OTHER`. */
const MOST_SERIES = 500;
const MOST_WORKERS = 1_000;
const MOST_SOURCES = 1_000;
/** Different outcomes, reasons or categories of one series; signals and exit codes are what senders make of them. */
const MOST_WORDS = 30;
const OTHER = '(other)';

/** The instant of the newest evidence. */
interface Seen {
  at: number;
}

/**
 * Prometheus series about tasks, counted where runs change. Gauges tell what is, also right after a restart. Counters
 * count from the start of the store. Runs are counted by their last attempt. What was counted and turns out not to be the
 * run's end (another attempt came, or `lost` was not) cannot be taken back from a counter: it is counted in the
 * corrections beside it, and the difference of both is exact. What has a time of its own ("last failure") is corrected.
 */
export class TaskMetrics {
  readonly series = new Map<string, TaskSeries>();
  readonly workers = new Map<string, Seen & { source: string; worker: string }>();
  readonly sources = new Map<string, Seen>();
  private readonly running = new Map<number, RunningRun>();
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
    if (comesToBe(after) && (before === undefined || !comesToBe(before))) {
      series.created++;
    }
    if (after.startedAt !== undefined && before?.startedAt === undefined) {
      series.started++;
      if (after.attempt > 1) {
        series.retries++;
      }
      const wait = waitMs(after);
      if (wait !== undefined) {
        series.wait.add(wait);
      }
    }
    this.see(series, after);
    if (
      before === undefined ||
      before.state !== after.state ||
      before.substate !== after.substate ||
      before.retried !== after.retried
    ) {
      this.end(series, old ?? series, before, after, id);
    }
  }

  /** A run of before the start, as it was left: what is, is told; what has happened was counted by the store before. */
  adopt(run: TaskRun, id: number): void {
    const series = this.seriesOf(run);
    this.count(series, run, id, 1);
    this.see(series, run);
    const verdict = verdictOf(run);
    if (verdict === 'completed') {
      series.lastSuccess.add(id, run.finishedAt ?? run.observedAt);
    } else if (verdict === 'failed') {
      series.lastFailure.add(id, run.finishedAt ?? run.observedAt);
    }
  }

  /** CPU time so far and memory of a run at an instant; what comes late says nothing about now. */
  sample(id: number, at: EpochMs, cpuSeconds: number | null, rssBytes: number | null): void {
    const held = this.running.get(id);
    if (held === undefined || at < held.sampledAt) {
      return;
    }
    held.sampledAt = at;
    held.rssBytes = rssBytes ?? held.rssBytes;
    if (cpuSeconds !== null && at > held.cpuAt) {
      held.cpuCores = (Math.max(0, cpuSeconds - held.cpuSeconds) * 1000) / (at - held.cpuAt);
      held.cpuSeconds = cpuSeconds;
      held.cpuAt = at;
    }
  }

  /** The run is no longer kept. */
  forget(run: TaskRun, id: number): void {
    this.count(this.seriesOf(run), run, id, -1);
    this.running.delete(id);
  }

  /** The run has another id now. */
  renumber(run: TaskRun, from: number, to: number): void {
    const series = this.seriesOf(run);
    const held = this.running.get(from);
    this.count(series, run, from, -1);
    this.count(series, run, to, 1);
    if (held !== undefined) {
      this.running.delete(from);
      this.running.set(to, held);
    }
  }

  dropped(runs: number): void {
    this.droppedRuns += runs;
  }

  text(): string {
    const running = new Map<TaskSeries, RunningSums>();
    for (const run of this.running.values()) {
      let sums = running.get(run.series);
      if (sums === undefined) {
        sums = new RunningSums();
        running.set(run.series, sums);
      }
      sums.add(run);
    }
    return taskMetricsText({
      series: [...this.series.values()],
      running,
      workers: this.workers.values(),
      sources: this.sources,
      folded: this.folded.size,
      droppedRuns: this.droppedRuns,
    });
  }

  private count(series: TaskSeries, run: TaskRun, id: number, by: 1 | -1): void {
    switch (run.state) {
      case 'pending': {
        series.pending += by;
        const since = waitsSince(run);
        if (by === 1 && since !== undefined) {
          series.waitingSince.set(id, since);
        } else {
          series.waitingSince.delete(id);
        }
        break;
      }
      case 'running':
        series.running += by;
        if (by === 1) {
          this.holdRunning(series, run, id);
        }
        break;
      case 'unknown':
        series.unknown += by;
        break;
      case 'completed':
      case 'failed':
      case 'cancelled':
        break;
    }
    if (by === 1 && run.state !== 'running') {
      this.running.delete(id);
    }
  }

  private holdRunning(series: TaskSeries, run: TaskRun, id: number): void {
    const held = this.running.get(id);
    if (held === undefined) {
      const startedAt = run.startedAt ?? beganAt(run);
      this.running.set(id, {
        series,
        startedAt,
        memoryLimitBytes: run.memoryLimitBytes,
        cpuLimitCores: run.cpuLimitCores,
        rssBytes: undefined,
        cpuCores: undefined,
        sampledAt: startedAt,
        cpuSeconds: 0,
        cpuAt: startedAt,
      });
      return;
    }
    held.series = series;
    held.startedAt = run.startedAt ?? held.startedAt;
    held.memoryLimitBytes = run.memoryLimitBytes;
    held.cpuLimitCores = run.cpuLimitCores;
  }

  /** Counts how the run and its attempt ended, and takes back what was counted of it before. */
  private end(series: TaskSeries, old: TaskSeries, before: TaskRun | undefined, run: TaskRun, id: number): void {
    const was = before === undefined ? undefined : outcomeOf(before);
    const is = outcomeOf(run);
    if (was !== is) {
      if (was !== undefined) {
        add(old.takenBack, was);
        old.lastSuccess.takeBack(id);
        old.lastFailure.takeBack(id);
      }
      if (is !== undefined) {
        add(series.finished, is);
      }
      const at = run.finishedAt ?? run.observedAt;
      if (is === 'completed') {
        series.lastSuccess.add(id, at);
      } else if (is === 'failed') {
        series.lastFailure.add(id, at);
      }
    }
    const oldReason = before === undefined || was !== 'failed' ? undefined : endingOf(before);
    const reason = is === 'failed' ? endingOf(run) : undefined;
    if (reason !== oldReason) {
      if (oldReason !== undefined) {
        add(old.abnormalTakenBack, oldReason);
      }
      if (reason !== undefined) {
        add(series.abnormal, reason);
      }
    }
    if (run.state === 'failed' && (before?.state !== 'failed' || before.substate !== run.substate)) {
      add(series.failures, diagnose(run).category);
    }
    if (run.state === 'completed' && before?.state !== 'completed') {
      const took = durationMs(run);
      if (took !== undefined) {
        series.duration.add(took);
      }
    }
  }

  private seriesOf(run: Pick<TaskRun, 'source' | 'task' | 'queue'>): TaskSeries {
    const key = `${run.source}\n${run.task}\n${run.queue ?? ''}`;
    const known = this.series.get(key);
    if (known !== undefined) {
      return known;
    }
    if (this.series.size < MOST_SERIES) {
      const series = new TaskSeries(run.source, run.task, run.queue ?? '');
      this.series.set(key, series);
      return series;
    }
    if (this.folded.size < 10 * MOST_SERIES) {
      this.folded.add(key);
    }
    let other = this.series.get(OTHER);
    if (other === undefined) {
      other = new TaskSeries(OTHER, OTHER, OTHER);
      this.series.set(OTHER, other);
    }
    return other;
  }

  /** Who was heard of. A run that was concluded to be lost is evidence of silence, not of life. */
  private see(series: TaskSeries, run: TaskRun): void {
    if (run.substate === 'lost') {
      return;
    }
    const { source, worker, observedAt: at } = run;
    const known = this.sources.get(source);
    if (known === undefined) {
      makeRoom(this.sources, MOST_SOURCES);
      this.sources.set(source, { at });
    } else if (at > known.at) {
      known.at = at;
    }
    if (worker !== undefined) {
      const key = `${source}\n${worker}`;
      const held = this.workers.get(key);
      if (held === undefined) {
        makeRoom(this.workers, MOST_WORKERS);
        this.workers.set(key, { source, worker, at });
      } else if (at > held.at) {
        held.at = at;
      }
    }
    const owner = run.labels?.['owner'];
    // Not of the series that many tasks share.
    if (owner !== undefined && series.task === run.task && at >= (series.owner?.at ?? -Infinity)) {
      series.owner = { name: owner, at };
    }
  }
}

/** How a run ended, by its last attempt. */
function outcomeOf(run: TaskRun): LifecycleState | undefined {
  const verdict = verdictOf(run);
  return verdict === 'unknown' ? undefined : verdict;
}

/** Whether it is known when the run came to be: those are the runs that count as created, as in the view of throughput. */
function comesToBe(run: TaskRun): boolean {
  return run.createdAt !== undefined || run.queuedAt !== undefined;
}

/** The one that was added first leaves; one that is still heard of comes back with its next event. */
function makeRoom(known: Map<string, unknown>, most: number): void {
  if (known.size >= most) {
    const [first] = known.keys();
    known.delete(first ?? '');
  }
}

function add(counts: Map<string, number>, word: string): void {
  const known = counts.get(word);
  if (known === undefined && counts.size >= MOST_WORDS) {
    counts.set(OTHER, (counts.get(OTHER) ?? 0) + 1);
  } else {
    counts.set(word, (known ?? 0) + 1);
  }
}
