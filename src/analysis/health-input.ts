import { groupFailures } from '../diagnosis/group-failures';
import { cameAt, judgeSchedule, schedulesFor } from '../health/missed-runs';
import type { HealthInput, Quantiles, WorkerSign } from '../health/score';
import type { HealthSpec } from '../health/spec';
import type { DeductionReason } from '../model/answer';
import { endedAt, liveStateAt, waitsSince } from '../model/lifetime';
import type { GroupBy } from '../model/task-query';
import { durationMs, isAbnormalExit, runKey, verdictOf, waitMs } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import type { Buckets } from './buckets';
import { histogramOf, measuredDuration, measuredWait } from './durations';
import { byKey } from './grouping';
import { cpuShareOf, LimitsUsed, memoryShareOf } from './limits';

/** Which facts the source can know; `undefined` is taken as yes. The `Reports` of a connector fit. */
export interface ReportedFacts {
  readonly attempts?: boolean;
  readonly waits?: boolean;
  readonly exits?: boolean;
  readonly pending?: boolean;
}

/** A worker as far as its signs of life are known. */
export interface KnownWorker extends WorkerSign {
  source: string;
  /** Queues that it is told to serve. */
  queues?: readonly string[];
}

/** What the score rests on beside the runs. */
export interface HealthSources {
  spec: HealthSpec;
  reports?: ReportedFacts;
  /** What was usual for a group before the range. */
  baseline?: (group: string) => Quantiles | undefined;
  /** As the source reports them, where it can. Runs alone do not tell an idle worker from a silent one. */
  workers?: readonly KnownWorker[];
}

const MOST_EXAMPLES = 20;

/** What the runs of one group say about its health over the whole range. */
export function healthInputOf(
  group: string,
  runs: readonly TaskRun[],
  groupBy: GroupBy,
  buckets: Buckets,
  sources: HealthSources
): HealthInput {
  const { reports } = sources;
  const inRange = (at: EpochMs | undefined): boolean => at !== undefined && buckets.of(at) >= 0;
  const ended = runs.filter((run) => inRange(endedAt(run)));
  const failed = ended.filter((run) => verdictOf(run) === 'failed');
  const lost = failed.filter((run) => run.substate === 'lost');
  const abnormal = failed.filter((run) => run.substate !== 'lost' && isAbnormalExit(run));
  const ordinary = failed.filter((run) => run.substate !== 'lost' && !isAbnormalExit(run));
  const completed = ended.filter((run) => verdictOf(run) === 'completed');
  const waiting = runs
    .filter((run) => liveStateAt(run, buckets.cap) === 'pending' && waitsSince(run) !== undefined)
    .sort((a, b) => (waitsSince(a) ?? 0) - (waitsSince(b) ?? 0) || byKey(a, b));
  const oldest = waiting[0];
  const oldestPendingAt = oldest === undefined ? undefined : waitsSince(oldest);
  const started = runs.filter((run) => inRange(run.startedAt));
  const retries = started.filter(({ attempt }) => attempt > 1);
  const limits = new LimitsUsed();
  const shares = new Map<TaskRun, number>();
  for (const run of runs) {
    if (inRange(endedAt(run)) || liveStateAt(run, buckets.cap) === 'running') {
      const share = limits.add(memoryShareOf(run), cpuShareOf(run));
      if (share === share) {
        shares.set(run, share);
      }
    }
  }
  const [cause] = groupFailures(failed, [], 1);
  const examples: Partial<Record<DeductionReason, readonly string[]>> = {
    failures: keysOf(newestFirst(ordinary)),
    abnormal_exits: keysOf(newestFirst(abnormal)),
    lost_runs: keysOf(newestFirst(lost)),
    retries: keysOf(largestFirst(retries, (run) => run.startedAt)),
    too_slow: keysOf(largestFirst(completed, durationMs)),
    too_fast: keysOf(largestFirst(completed, (run) => negative(durationMs(run)))),
    wait: keysOf(largestFirst(started, waitMs)),
    oldest_pending: keysOf(waiting),
    resource_pressure: keysOf(largestFirst(runs, (run) => shares.get(run))),
  };
  const knowsExits = reports?.exits !== false;
  return {
    group,
    at: buckets.cap,
    completed: completed.length,
    failed: failed.length,
    lost: lost.length,
    ...(knowsExits ? { abnormal: abnormal.length } : {}),
    started: started.length,
    ...(reports?.attempts === false ? {} : { retries: retries.length }),
    durations: histogramOf(completed, measuredDuration, inRange),
    ...optionalBaseline(sources.baseline?.(group)),
    ...(reports?.waits === false ? {} : { waits: histogramOf(started, measuredWait, inRange) }),
    ...(reports?.pending === false
      ? {}
      : { pending: waiting.length, ...(oldestPendingAt === undefined ? {} : { oldestPendingAt }) }),
    ...servingWorkers(group, runs, groupBy, sources.workers),
    ...limits.pressure,
    ...expectedOf(group, runs, groupBy, buckets, sources.spec),
    examples,
    ...(cause === undefined ? {} : { mostly: cause.title }),
  };
}

function optionalBaseline(baseline: Quantiles | undefined): { baseline?: Quantiles } {
  return baseline === undefined ? {} : { baseline };
}

function keysOf(runs: readonly TaskRun[]): string[] {
  return runs.slice(0, MOST_EXAMPLES).map(runKey);
}

function newestFirst(runs: readonly TaskRun[]): TaskRun[] {
  return [...runs].sort((a, b) => (endedAt(b) ?? 0) - (endedAt(a) ?? 0) || byKey(a, b));
}

function largestFirst(runs: readonly TaskRun[], measure: (run: TaskRun) => number | undefined): TaskRun[] {
  return runs
    .filter((run) => measure(run) !== undefined)
    .sort((a, b) => (measure(b) ?? 0) - (measure(a) ?? 0) || byKey(a, b));
}

function negative(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
}

/** The workers that serve a group: those that ran its runs, or are told to serve its queue. */
export function servingWorkers(
  group: string,
  runs: readonly TaskRun[],
  groupBy: GroupBy,
  workers: readonly KnownWorker[] | undefined
): { workers?: readonly KnownWorker[] } {
  if (workers === undefined) {
    return {};
  }
  if (groupBy === 'worker') {
    return { workers: workers.filter((worker) => worker.name === group) };
  }
  if (groupBy === 'source') {
    return { workers: workers.filter((worker) => worker.source === group) };
  }
  const used = new Set(runs.map((run) => `${run.source}\n${run.worker ?? ''}`));
  return {
    workers: workers.filter(
      (worker) =>
        used.has(`${worker.source}\n${worker.name}`) ||
        (groupBy === 'queue' && (worker.queues?.includes(group) ?? false))
    ),
  };
}

/** Schedules are known per task, so only groups of tasks can miss a run. */
export function expectedOf(
  group: string,
  runs: readonly TaskRun[],
  groupBy: GroupBy,
  buckets: Buckets,
  spec: HealthSpec
): { expected?: { judged: EpochMs[]; missed: EpochMs[] } } {
  return expectedFrom(group, groupBy, buckets, spec, (source) =>
    arrivals(source === undefined ? runs : runs.filter((run) => run.source === source))
  );
}

/** The same, where `arrivalsOf` tells when the group's runs (of one source, or of all) came. */
export function expectedFrom(
  group: string,
  groupBy: GroupBy,
  buckets: Buckets,
  spec: HealthSpec,
  arrivalsOf: (source: string | undefined) => readonly EpochMs[]
): { expected?: { judged: EpochMs[]; missed: EpochMs[] } } {
  const schedules = groupBy === 'task' ? schedulesFor(spec.expected, group) : [];
  if (schedules.length === 0) {
    return {};
  }
  const judged: EpochMs[] = [];
  const missed: EpochMs[] = [];
  for (const schedule of schedules) {
    const { from, to } = buckets.range;
    const result = judgeSchedule(schedule, arrivalsOf(schedule.source), { from, to }, buckets.cap);
    judged.push(...result.judged);
    missed.push(...result.missed);
  }
  return { expected: { judged: judged.sort((a, b) => a - b), missed: missed.sort((a, b) => a - b) } };
}

/** When each run came: of its attempts, the first. */
function arrivals(runs: readonly TaskRun[]): EpochMs[] {
  const first = new Map<string, EpochMs>();
  for (const run of runs) {
    const key = `${run.source}\n${run.runId}`;
    const at = cameAt(run);
    first.set(key, Math.min(at, first.get(key) ?? at));
  }
  return [...first.values()];
}
