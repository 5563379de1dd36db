import type { Deduction, DeductionReason, HealthScore, UncheckedWhy } from '../model/answer';
import type { DurationMs, EpochMs, Ratio } from '../model/units';
import type { AgeCheck, HealthChecks, HealthSpec, Minimums, RatioCheck } from './spec';
import { specFor } from './spec';

/** What the score needs to know of a histogram; `LogHistogram` of `analysis/` is one. */
export interface Quantiles {
  readonly count: number;
  /** The value (ms) at quantile `q` (0–1), or `undefined` when there are no values. */
  quantile(q: number): number | undefined;
}

export interface WorkerSign {
  name: string;
  /** When it was last heard of: a heartbeat or an event. */
  lastSeenAt?: EpochMs;
  /** The source's own verdict, where it gives one. */
  alive?: boolean;
  /** Nothing runs on it that would give signs of life: it counts among the workers, and its silence tells nothing. */
  idle?: boolean;
  /** Since when somebody listens, where that is later than its last sign may be: silence before was nobody's to hear. */
  listeningSince?: EpochMs;
}

/**
 * Everything the score of one group rests on. `undefined` stands for "the source cannot tell", and leads to an entry in
 * `unchecked`, never to a good mark.
 */
export interface HealthInput {
  group: string;
  /** The instant the score holds for: the end of the range, or now if that is earlier. */
  at: EpochMs;
  /** Runs that ended in the range, by how their last attempt did. `failed` includes the lost and the abnormal ones. */
  completed: number;
  failed: number;
  /** Failed with substate `lost`. */
  lost?: number;
  /** Failed, not lost, and `isAbnormalExit`: by a signal, out of memory or with a non-zero exit code. */
  abnormal?: number;
  /** Attempts that started in the range, and those of them that were not the first of their run. */
  started?: number;
  retries?: number;
  /** Durations of the runs that completed in the range. */
  durations?: Quantiles;
  /** The same group's durations before the range: what is usual for it. */
  baseline?: Quantiles;
  /** Waits of the runs that started in the range. */
  waits?: Quantiles;
  /** Runs that wait for a worker at `at`, those that wait on purpose (scheduled, deferred, suspended, retrying) left out. */
  pending?: number;
  oldestPendingAt?: EpochMs;
  workers?: readonly WorkerSign[];
  /** Largest share of its limit that a run came to use, and of how many runs that is known. */
  pressure?: { cpu?: Ratio; memory?: Ratio; of: number };
  /** Instants at which a run was expected and that can be judged; absent where nobody said what is expected. */
  expected?: { judged: readonly EpochMs[]; missed: readonly EpochMs[] };
  /** Keys of runs behind each possible deduction, worst first. `scoreHealth` keeps the first 20. */
  examples?: Partial<Record<DeductionReason, readonly string[]>>;
  /** The most frequent failure in a few words. */
  mostly?: string;
}

const MOST_EXAMPLES = 20;
/** A score of so much or more is shown as good. */
export const GOOD_FROM = 90;

/** In the order in which they are shown when equal. */
export const DEDUCTION_REASONS = [
  'lost_runs',
  'abnormal_exits',
  'failures',
  'retries',
  'missed_runs',
  'silent_workers',
  'oldest_pending',
  'wait',
  'too_slow',
  'too_fast',
  'resource_pressure',
] as const satisfies readonly DeductionReason[];

/** What one check came to. */
type Finding = { points: number; found: number; allowed: number; of: number; names?: readonly string[] } | UncheckedWhy;

/**
 * The health of a group: 100 minus what is deducted, never below 0.
 *
 * **Each check is a straight line**: `weight * clamp((found - allowed) / (full - allowed), 0, 1)`. Small trouble costs
 * little, and no check alone can hide the others. Points are not rounded, so that the browser and PromQL agree.
 *
 * **Nothing is counted twice.** A failed run is in exactly one class: lost, else abnormal exit, else (ordinary) failure;
 * each class is a share of the same ended runs. Durations are those of completed runs only, so a failure that took long
 * is not also slow. Waits are those of started runs, the oldest pending run has not started. A run that came late
 * because it waited is not missed. Cancelled runs are nobody's fault and count nowhere.
 *
 * **Runs are judged by their last attempt**: one that succeeds at its last try has completed. That it took several is a
 * deduction of its own, by the share of attempts that were not the first; what is usual for a flaky task is set in its
 * override.
 *
 * **Not enough data**: with fewer ended runs than the spec asks for there is no score, unless something that does not
 * rest on ended runs speaks: an expected run that could be judged (kept or missed), or a deduction for waiting or for
 * silent workers. A standing queue with no ended run is trouble, not lack of data. But where one of these few runs failed,
 * which nothing is deducted for, there is no score of `GOOD_FROM` or more: a nightly run that came in time and failed is not well.
 */
export function scoreHealth(input: HealthInput, spec: HealthSpec): HealthScore {
  const { minimums, checks } = specFor(spec, input.group);
  const findings: Record<DeductionReason, Finding> = {
    failures: ended(input, minimums, checks.failures, ordinaryFailures(input)),
    abnormal_exits: ended(input, minimums, checks.abnormalExits, input.abnormal),
    lost_runs: ended(input, minimums, checks.lostRuns, input.lost),
    retries: retries(input, minimums, checks.retries),
    too_slow: tooSlow(input, minimums, checks),
    too_fast: tooFast(input, minimums, checks),
    wait: waits(input, minimums, checks),
    oldest_pending: oldestPending(input, checks.oldestPending),
    silent_workers: silentWorkers(input, checks),
    resource_pressure: resourcePressure(input, checks),
    missed_runs: missed(input, checks),
  };

  const deductions: Deduction[] = [];
  const fine: DeductionReason[] = [];
  const unchecked: DeductionReason[] = [];
  const uncheckedWhy: Partial<Record<DeductionReason, UncheckedWhy>> = {};
  for (const reason of DEDUCTION_REASONS) {
    const finding = findings[reason];
    if (typeof finding === 'string') {
      unchecked.push(reason);
      uncheckedWhy[reason] = finding;
    } else if (finding.points > 0) {
      const { points, found, allowed, of, names } = finding;
      const runKeys = [...(names ?? input.examples?.[reason] ?? [])].slice(0, MOST_EXAMPLES);
      deductions.push({ reason, points, found, allowed, of, runKeys });
    } else {
      fine.push(reason);
    }
  }
  deductions.sort((a, b) => b.points - a.points);

  const runs = input.completed + input.failed;
  const speaksWithoutRuns = (input.expected?.judged.length ?? 0) > 0 || deductions.length > 0;
  const taken = deductions.reduce((sum, deduction) => sum + deduction.points, 0);
  const hidesFailures = input.failed > 0 && taken <= 100 - GOOD_FROM;
  const notEnoughData = runs < minimums.endedRuns && (!speaksWithoutRuns || hidesFailures);
  return {
    group: input.group,
    ...(notEnoughData ? {} : { score: Math.max(0, 100 - taken) }),
    notEnoughData,
    runs,
    failed: input.failed,
    deductions,
    fine,
    unchecked,
    uncheckedWhy,
    ...(input.mostly === undefined ? {} : { mostly: input.mostly }),
  };
}

/** `weight * clamp((found - allowed) / (full - allowed), 0, 1)`; `full` may lie below `allowed` for what can be too small. */
export function deducted(found: number, allowed: number, full: number, weight: number): number {
  const share = (found - allowed) / (full - allowed);
  return share > 0 ? weight * Math.min(1, share) : 0;
}

/** Of the failed runs, those in neither of the other two classes. */
function ordinaryFailures(input: HealthInput): number {
  return Math.max(0, input.failed - (input.lost ?? 0) - (input.abnormal ?? 0));
}

/**
 * Failures, abnormal exits, lost runs: `count / ended` against a share. `found` and `allowed` are shares (0–1), `of` is
 * the number of ended runs.
 */
function ended(
  input: HealthInput,
  minimums: Minimums,
  check: { weight: number; allowed: Ratio; full: Ratio },
  count: number | undefined
): Finding {
  const of = input.completed + input.failed;
  if (count === undefined) {
    return 'not_reported';
  }
  if (of < minimums.endedRuns) {
    return 'too_few';
  }
  const found = count / of;
  return { points: deducted(found, check.allowed, check.full, check.weight), found, allowed: check.allowed, of };
}

/** Attempts after the first as a share of all that started. `found` and `allowed` are shares (0–1), `of` counts attempts. */
function retries(input: HealthInput, minimums: Minimums, { weight, allowed, full }: RatioCheck): Finding {
  if (input.started === undefined || input.retries === undefined) {
    return 'not_reported';
  }
  if (input.started < minimums.endedRuns) {
    return 'too_few';
  }
  const found = input.retries / input.started;
  return { points: deducted(found, allowed, full, weight), found, allowed, of: input.started };
}

/**
 * The high quantile of the durations against the same quantile of the baseline: nothing up to
 * `allowed * baseline + slack`, all from `full * baseline + slack` on. Both in ms. A high quantile, because slowness
 * begins in the tail.
 */
function tooSlow(input: HealthInput, minimums: Minimums, checks: HealthChecks): Finding {
  const { weight, quantile, allowed, full, slackMs } = checks.tooSlow;
  const pair = againstBaseline(input, minimums, quantile);
  if (typeof pair === 'string') {
    return pair;
  }
  const allowedMs = allowed * pair.usualMs + slackMs;
  return {
    // A baseline of zero gives the line no length: the slack then serves as the step from allowed to full.
    points: deducted(pair.foundMs, allowedMs, Math.max(full * pair.usualMs + slackMs, allowedMs + 1), weight),
    found: pair.foundMs,
    allowed: allowedMs,
    of: pair.of,
  };
}

/**
 * The median duration against the median of the baseline: nothing down to `allowed * baseline - slack`, all from
 * `full * baseline - slack` down. The median, because a few quick runs are normal where most are not: a task that
 * suddenly does nothing is quick in most runs.
 */
function tooFast(input: HealthInput, minimums: Minimums, checks: HealthChecks): Finding {
  const { weight, quantile, allowed, full, slackMs } = checks.tooFast;
  const pair = againstBaseline(input, minimums, quantile);
  if (typeof pair === 'string') {
    return pair;
  }
  const allowedMs = Math.max(0, allowed * pair.usualMs - slackMs);
  const fullMs = full * pair.usualMs - slackMs;
  const points = allowedMs > 0 ? deducted(pair.foundMs, allowedMs, fullMs, weight) : 0;
  return { points, found: pair.foundMs, allowed: allowedMs, of: pair.of };
}

function againstBaseline(
  input: HealthInput,
  minimums: Minimums,
  quantile: Ratio
): { foundMs: DurationMs; usualMs: DurationMs; of: number } | UncheckedWhy {
  const { durations, baseline } = input;
  if (durations === undefined) {
    return 'not_reported';
  }
  const foundMs = durations.quantile(quantile);
  const usualMs = baseline?.quantile(quantile);
  if (
    baseline === undefined ||
    foundMs === undefined ||
    usualMs === undefined ||
    durations.count < minimums.durations ||
    baseline.count < minimums.baseline
  ) {
    return 'too_few';
  }
  return { foundMs, usualMs, of: durations.count };
}

/** The high quantile of the waits of started runs, in ms, against fixed lengths of time. */
function waits(input: HealthInput, minimums: Minimums, checks: HealthChecks): Finding {
  const { weight, quantile, allowedMs, fullMs } = checks.wait;
  if (input.waits === undefined) {
    return 'not_reported';
  }
  const found = input.waits.quantile(quantile);
  if (found === undefined || input.waits.count < minimums.waits) {
    return 'too_few';
  }
  return { points: deducted(found, allowedMs, fullMs, weight), found, allowed: allowedMs, of: input.waits.count };
}

/**
 * Age in ms of the oldest run that waits for a worker. It needs no minimum: percentiles of waits go silent when nothing
 * starts any more, and this is what speaks then.
 */
function oldestPending(input: HealthInput, { weight, allowedMs, fullMs }: AgeCheck): Finding {
  if (input.pending === undefined) {
    return 'not_reported';
  }
  const found = input.oldestPendingAt === undefined ? 0 : Math.max(0, input.at - input.oldestPendingAt);
  return { points: deducted(found, allowedMs, fullMs, weight), found, allowed: allowedMs, of: input.pending };
}

/** Silent workers as a share of all that are not long gone. `found` and `allowed` are numbers of workers. */
function silentWorkers(input: HealthInput, checks: HealthChecks): Finding {
  const { weight, allowed, full } = checks.silentWorkers;
  if (input.workers === undefined) {
    return 'not_reported';
  }
  const { of, silent } = judgeWorkers(input.workers, input.at, checks.silentWorkers);
  if (of === 0) {
    return input.workers.length === 0 ? 'not_reported' : 'too_few';
  }
  return {
    points: deducted(silent.length / of, allowed, full, weight),
    found: silent.length,
    allowed: allowed * of,
    of,
    names: silent,
  };
}

/**
 * How many workers can be judged at `at`, and the names of those that are silent, the longest first. Silence begins with
 * the last sign, or when somebody began to listen, whichever is later.
 */
export function judgeWorkers(
  workers: readonly WorkerSign[],
  at: EpochMs,
  { silentAfterMs, forgottenAfterMs }: Pick<HealthChecks['silentWorkers'], 'silentAfterMs' | 'forgottenAfterMs'>
): { of: number; silent: string[] } {
  let of = 0;
  const silent: Array<{ name: string; age: DurationMs }> = [];
  for (const { name, lastSeenAt, alive, idle, listeningSince } of workers) {
    const age =
      lastSeenAt === undefined ? undefined : Math.max(0, at - Math.max(lastSeenAt, listeningSince ?? lastSeenAt));
    if (age === undefined && alive === undefined) {
      continue;
    }
    if (age !== undefined && age > forgottenAfterMs) {
      continue;
    }
    of += 1;
    const isQuiet = alive === undefined && idle !== true && age !== undefined && age > silentAfterMs;
    if (alive === false || isQuiet) {
      silent.push({ name, age: age ?? 0 });
    }
  }
  silent.sort((a, b) => b.age - a.age);
  return { of, silent: silent.map(({ name }) => name) };
}

/** The larger share of the CPU or memory limit. `of` is the number of runs. */
function resourcePressure(input: HealthInput, checks: HealthChecks): Finding {
  const { weight, allowed, full } = checks.resourcePressure;
  const { cpu, memory, of } = input.pressure ?? { of: 0 };
  if ((cpu === undefined && memory === undefined) || of === 0) {
    return 'not_reported';
  }
  const found = Math.max(cpu ?? 0, memory ?? 0);
  return { points: deducted(found, allowed, full, weight), found, allowed, of };
}

/** Missed among the expected instants that can be judged. `found` and `allowed` are numbers of runs. */
function missed(input: HealthInput, checks: HealthChecks): Finding {
  const { weight, allowed, full } = checks.missedRuns;
  if (input.expected === undefined) {
    return 'not_configured';
  }
  const of = input.expected.judged.length;
  if (of === 0) {
    return 'too_few';
  }
  const found = input.expected.missed.length;
  return {
    points: deducted(found / of, allowed, full, weight),
    found,
    allowed: allowed * of,
    of,
    // There is no run to point at, so the instants stand in its place.
    names: input.expected.missed.map((instant) => new Date(instant).toISOString()),
  };
}
