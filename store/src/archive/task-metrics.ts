import { diagnose } from '../../../src/diagnosis/diagnose';
import type { LifecycleState } from '../../../src/model/lifecycle';
import { waitsSince } from '../../../src/model/lifetime';
import type { TaskRun } from '../../../src/model/task-run';
import { beganAt, durationMs, verdictOf, waitMs } from '../../../src/model/task-run';
import type { EpochMs } from '../../../src/model/units';
import { endingOf } from './run-row';
import { taskMetricsText } from './task-metrics-text';
import { OTHER, TaskPlaces } from './task-places';
import type { Combination } from './task-places';
import { LiveRuns, RunningSums } from './task-series';
import type { RunningRun, TaskSeries } from './task-series';

/** Different workers and sources that get series of their own. */
const MOST_WORKERS = 1_000;
const MOST_SOURCES = 1_000;
/** Different outcomes, reasons or categories of one series; signals and exit codes are what senders make of them. */
const MOST_WORDS = 30;

/** The instant of the newest evidence. */
interface Seen {
  at: number;
}

/**
 * Prometheus series about tasks, counted where runs change. Gauges tell what is, also right after a restart. Counters
 * count from the start of the store, or from when a task got series of its own (`TaskPlaces`). Runs are counted by their last
 * attempt. What was counted and turns out not to be the run's end (another attempt came, or `lost` was not) cannot be taken
 * back from a counter: it is counted in the corrections beside it, and the difference of both is exact. What has a time of
 * its own ("last failure") is corrected.
 */
export class TaskMetrics {
  private readonly places = new TaskPlaces();
  readonly workers = new Map<string, Seen & { source: string; worker: string }>();
  readonly sources = new Map<string, Seen>();
  private readonly running = new Map<number, RunningRun & { of: Combination }>();
  private droppedRuns = 0;

  /** A run is now `after`; it was `before`. */
  observe(before: TaskRun | undefined, after: TaskRun, id: number): void {
    const combination = this.places.hear(after);
    const series = combination.counted;
    const same = before === undefined || (before.task === after.task && before.queue === after.queue);
    const former = before === undefined ? undefined : same ? combination : this.places.of(before);
    const old = former?.counted;
    if (before !== undefined && former !== undefined) {
      this.count(former, before, id, -1);
    }
    this.count(combination, after, id, 1);
    this.places.settle(combination);
    if (former !== undefined && !same) {
      this.places.settle(former);
    }
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
    const combination = this.places.hear(run);
    const series = combination.counted;
    this.count(combination, run, id, 1);
    this.places.settle(combination);
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
    const combination = this.places.of(run);
    this.count(combination, run, id, -1);
    this.places.settle(combination);
    this.running.delete(id);
  }

  /** The run has another id now. */
  renumber(run: TaskRun, from: number, to: number): void {
    const combination = this.places.of(run);
    const held = this.running.get(from);
    this.count(combination, run, from, -1);
    this.count(combination, run, to, 1);
    this.places.settle(combination);
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
      entry(running, run.of.counted, RunningSums).add(run);
    }
    const live = new Map<TaskSeries, LiveRuns>();
    for (const combination of this.places.all()) {
      const runs = entry(live, combination.counted, LiveRuns);
      runs.pending += combination.pending;
      runs.running += combination.running;
      runs.unknown += combination.unknown;
      for (const since of combination.waitingSince.values()) {
        runs.oldestPendingAt = Math.min(runs.oldestPendingAt, since);
      }
    }
    return taskMetricsText({
      series: this.places.series(),
      live,
      running,
      workers: this.workers.values(),
      sources: this.sources,
      folded: this.places.folded,
      droppedRuns: this.droppedRuns,
    });
  }

  private count(combination: Combination, run: TaskRun, id: number, by: 1 | -1): void {
    switch (run.state) {
      case 'pending': {
        combination.pending += by;
        const since = waitsSince(run);
        if (by === 1 && since !== undefined) {
          combination.waitingSince.set(id, since);
        } else {
          combination.waitingSince.delete(id);
        }
        break;
      }
      case 'running':
        combination.running += by;
        if (by === 1) {
          this.holdRunning(combination, run, id);
        }
        break;
      case 'unknown':
        combination.unknown += by;
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

  private holdRunning(combination: Combination, run: TaskRun, id: number): void {
    const held = this.running.get(id);
    if (held === undefined) {
      const startedAt = run.startedAt ?? beganAt(run);
      this.running.set(id, {
        of: combination,
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
    held.of = combination;
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

/** What the map holds for the key; something new when it holds nothing. */
function entry<Key, Value>(map: Map<Key, Value>, key: Key, Make: new () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = new Make();
    map.set(key, value);
  }
  return value;
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
