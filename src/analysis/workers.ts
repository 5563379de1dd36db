import { judgeWorkers } from '../health/score';
import type { Queue, Worker } from '../model/answer';
import { endedAt, liveStateAt, waitsSince } from '../model/lifetime';
import { verdictOf } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import type { Buckets } from './buckets';
import { measuredWait } from './durations';
import { byKey, byText } from './grouping';
import type { KnownWorker } from './health-input';
import { LogHistogram } from './log-histogram';

/** Runs are counted, so that every count is known. */
export type CountedWorker = Worker & Required<Pick<Worker, 'running' | 'completed' | 'failed' | 'lost'>>;

/**
 * The workers that runs name, the busiest first. What a worker completed, failed and lost are attempts: each was its own
 * work, whatever became of the run elsewhere. An idle worker does not appear, and `lastSeenAt` is the newest evidence
 * from its runs: a worker without runs is silent here, not dead, so `alive` stays open (`isAliveAt` judges it).
 */
export function workersOf(runs: readonly TaskRun[], buckets: Buckets): CountedWorker[] {
  const workers = new Map<string, CountedWorker>();
  const newestHost = new Map<string, TaskRun>();
  for (const run of runs) {
    if (run.worker === undefined) {
      continue;
    }
    const key = `${run.source}\n${run.worker}`;
    let worker = workers.get(key);
    if (worker === undefined) {
      worker = { source: run.source, name: run.worker, running: 0, completed: 0, failed: 0, lost: 0 };
      workers.set(key, worker);
    }
    const newest = newestHost.get(key);
    if (run.host !== undefined && (newest === undefined || isLater(run, newest))) {
      newestHost.set(key, run);
      worker.host = run.host;
    }
    // A run that was concluded to be lost is evidence of the worker's silence, not of its life.
    if (run.substate !== 'lost') {
      worker.lastSeenAt = Math.max(run.observedAt, worker.lastSeenAt ?? -Infinity);
    }
    if (run.queue !== undefined && !(worker.queues ?? []).includes(run.queue)) {
      worker.queues = [...(worker.queues ?? []), run.queue].sort(byText);
    }
    if (liveStateAt(run, buckets.cap) === 'running') {
      worker.running += 1;
    }
    if (buckets.of(endedAt(run) ?? NaN) >= 0) {
      worker.completed += run.state === 'completed' ? 1 : 0;
      worker.failed += run.state === 'failed' ? 1 : 0;
      worker.lost += run.substate === 'lost' ? 1 : 0;
    }
  }
  return [...workers.values()].sort(
    (a, b) => b.lost - a.lost || b.running - a.running || byText(a.source, b.source) || byText(a.name, b.name)
  );
}

/** Later seen; of equals the one with the larger key, so that the order of the input does not matter. */
function isLater(a: TaskRun, b: TaskRun): boolean {
  return a.observedAt > b.observedAt || (a.observedAt === b.observedAt && byKey(a, b) > 0);
}

/**
 * Whether a worker is alive at `at`, by the rule of the health score: `false` when it owes a sign and has been silent for
 * too long, or lost runs and was not heard of since; `true` when it was heard of not long ago, `undefined` when it owes
 * no sign and gave none.
 * @param sign what the source knows of it, where it knows workers
 */
export function isAliveAt(
  at: EpochMs,
  { lastSeenAt, lost }: Pick<Worker, 'lastSeenAt' | 'lost'>,
  sign: KnownWorker | undefined,
  check: Parameters<typeof judgeWorkers>[2]
): boolean | undefined {
  if (sign !== undefined && judgeWorkers([sign], at, check).silent.length > 0) {
    return false;
  }
  const heardAt = Math.max(lastSeenAt ?? -Infinity, sign?.lastSeenAt ?? -Infinity);
  if (at - heardAt <= check.silentAfterMs) {
    return true;
  }
  // Nobody owes a sign while idle; but what vanished with its work, and was not heard of since, is not idle.
  return (lost ?? 0) > 0 ? false : undefined;
}

/** Where runs are at hand, all is counted. */
export type CountedQueue = Queue & Required<Pick<Queue, 'pending' | 'running' | 'completed' | 'failed'>>;

/** The queues that runs name, the longest waiting first. */
export function queuesOf(runs: readonly TaskRun[], buckets: Buckets): CountedQueue[] {
  const queues = new Map<string, { queue: CountedQueue; waits: LogHistogram }>();
  for (const run of runs) {
    if (run.queue === undefined) {
      continue;
    }
    const key = `${run.source}\n${run.queue}`;
    let entry = queues.get(key);
    if (entry === undefined) {
      entry = {
        queue: { source: run.source, name: run.queue, pending: 0, running: 0, completed: 0, failed: 0 },
        waits: new LogHistogram(),
      };
      queues.set(key, entry);
    }
    const { queue, waits } = entry;
    const live = liveStateAt(run, buckets.cap);
    const since = live === 'pending' ? waitsSince(run) : undefined;
    if (live !== undefined) {
      queue[live] += 1;
    }
    if (since !== undefined) {
      queue.oldestPendingAt = Math.min(since, queue.oldestPendingAt ?? Infinity);
    }
    if (buckets.of(endedAt(run) ?? NaN) >= 0) {
      queue.completed += verdictOf(run) === 'completed' ? 1 : 0;
      queue.failed += verdictOf(run) === 'failed' ? 1 : 0;
    }
    const wait = measuredWait(run);
    if (wait !== undefined && buckets.of(wait.at) >= 0) {
      waits.add(wait.ms);
    }
  }
  return [...queues.values()]
    .map(({ queue, waits }) => {
      const waitP95Ms = waits.quantile(0.95);
      return waitP95Ms === undefined ? queue : { ...queue, waitP95Ms };
    })
    .sort(
      (a, b) =>
        (a.oldestPendingAt ?? Infinity) - (b.oldestPendingAt ?? Infinity) ||
        b.pending - a.pending ||
        byText(a.source, b.source) ||
        byText(a.name, b.name)
    );
}
