import { compilePattern } from '../model/pattern';
import type { DurationMs, EpochMs, Ratio } from '../model/units';

/**
 * One deduction: nothing up to `allowed`, `weight` points from `full` on, a straight line between. Straight lines and
 * quantiles only, so that the same score can be written in PromQL (`clamp`, `histogram_quantile`).
 */
interface Line {
  /** Most points this check can take off, 0–100. 0 switches it off. */
  weight: number;
}

/** `allowed` and `full` are shares of what the check counts, 0–1. */
export interface RatioCheck extends Line {
  allowed: Ratio;
  full: Ratio;
}

/** `allowed` and `full` are multiples of the task's own baseline at the same quantile. */
export interface BaselineCheck extends Line {
  quantile: Ratio;
  allowed: number;
  full: number;
  /** Differences below this are noise, whatever the multiple: 3 ms against 1 ms is no news. */
  slackMs: DurationMs;
}

/** `allowedMs` and `fullMs` are lengths of time. */
export interface AgeCheck extends Line {
  allowedMs: DurationMs;
  fullMs: DurationMs;
}

export interface HealthChecks {
  /** Share of ended runs that failed on their own terms: an error was raised and reported. */
  failures: RatioCheck;
  /** Share of ended runs that ended by a signal, out of memory or with a non-zero exit code. */
  abnormalExits: RatioCheck;
  /** Share of ended runs whose worker or process vanished. */
  lostRuns: RatioCheck;
  /** Share of started attempts that were not the first of their run. */
  retries: RatioCheck;
  /** Duration of completed runs above the baseline. `full` > `allowed` > 1. */
  tooSlow: BaselineCheck;
  /** Duration of completed runs below the baseline. `full` < `allowed` < 1. */
  tooFast: BaselineCheck;
  /** Time between queued and started, at `quantile`. */
  wait: AgeCheck & { quantile: Ratio };
  /** Age of the oldest run that waits for a worker. */
  oldestPending: AgeCheck;
  /** Share of workers that have not been heard of for `silentAfterMs`. Those away for `forgottenAfterMs` are gone for good. */
  silentWorkers: RatioCheck & { silentAfterMs: DurationMs; forgottenAfterMs: DurationMs };
  /** Share of the CPU or memory limit in use, the larger of both. */
  resourcePressure: RatioCheck;
  /** Share of expected runs that did not begin. */
  missedRuns: RatioCheck;
}

/** Least data that a check needs; below, it is not made. */
export interface Minimums {
  /** Ended runs, for every check that is a share of them. */
  endedRuns: number;
  /** Completed runs with a duration in the range, for `tooSlow` and `tooFast`. */
  durations: number;
  /** Durations in the baseline. */
  baseline: number;
  /** Started runs with a known wait. */
  waits: number;
}

export const SKIPPED_TIMES = ['unjudged', 'at-change', 'shifted'] as const;
export type SkippedTime = (typeof SKIPPED_TIMES)[number];

export const REPEATED_TIMES = ['unjudged', 'first', 'second', 'both'] as const;
export type RepeatedTime = (typeof REPEATED_TIMES)[number];

/** When runs of a task are expected to begin: by `cron` (with `timezone`) or `everyMs`. Exactly one of the two. */
export interface ExpectedRuns {
  /** Name of the task, exactly. */
  task: string;
  /** Only runs of this source; absent: of any. */
  source?: string;
  /** Five fields, or six with seconds first. */
  cron?: string;
  /** IANA name; UTC when absent. Used with `cron`. */
  timezone?: string;
  /** A run is expected so long after the last one; with `phaseMs`, at fixed instants. */
  everyMs?: DurationMs;
  /** The instants are the multiples of `everyMs` since 1970-01-01T00:00:00Z and so much more. */
  phaseMs?: DurationMs;
  /** How late a run may begin before it counts as missed. */
  graceMs: DurationMs;
  /**
   * How early it may: clocks of scheduler and worker differ. Absent: a minute, or a tenth of the time since the instant
   * before where that is less.
   */
  earlyMs?: DurationMs;
  /** When a time of day runs that the clocks skip: at the change (Debian's cron), the change later, or nobody knows. */
  skippedTime?: SkippedTime;
  /** When a time of day runs that comes twice as the clocks are put back. */
  repeatedTime?: RepeatedTime;
  /**
   * How long after its instant a run must be complete. It takes nothing off the score; the store's
   * `runlane_task_deadline_timestamp_seconds` tells it, so that an alert can fire before it is too late.
   */
  deadlineMs?: DurationMs;
  /**
   * From when on it holds: no run is expected before. Absent: it always held. A store notes when it first learned of a
   * schedule, and keeps that over restarts: what a task did before nobody expected anything of it is not judged, but a
   * task that never ran since is. (The task's first known run would be the wrong mark: it comes late where runs are
   * missed from the beginning, and a schedule that replaces another does not hold for the runs of the other.)
   */
  since?: EpochMs;
}

export type HealthChecksPatch = { [Check in keyof HealthChecks]?: Partial<HealthChecks[Check]> };

/** Other figures for the groups whose name matches. Later overrides win. */
export interface HealthOverride {
  /** Anchored regular expression over the name of the group (task, queue, worker or source), as filters take it. */
  match: string;
  minimums?: Partial<Minimums>;
  checks?: HealthChecksPatch;
}

/** Everything about health that users can set. */
export interface HealthSpec {
  minimums: Minimums;
  checks: HealthChecks;
  overrides: readonly HealthOverride[];
  expected: readonly ExpectedRuns[];
  /** The score's history looks back this far from each of its points (or one step, if that is longer). */
  historyWindowMs: DurationMs;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/**
 * The figures that hold where nobody sets others. Three classes of failure have a weight of their own because a run is
 * counted in one of them only; a group whose every run fails must come out near 0 whichever class it is, so each weighs
 * 80. A vanished run is worse than a reported failure: nobody knows what it did, so one in twenty is as bad as it gets.
 */
export const DEFAULT_HEALTH_SPEC: HealthSpec = {
  minimums: { endedRuns: 4, durations: 4, baseline: 20, waits: 4 },
  checks: {
    failures: { weight: 80, allowed: 0.02, full: 0.5 },
    abnormalExits: { weight: 80, allowed: 0.01, full: 0.4 },
    lostRuns: { weight: 80, allowed: 0, full: 0.1 },
    retries: { weight: 16, allowed: 0.1, full: 0.6 },
    tooSlow: { weight: 24, quantile: 0.95, allowed: 2, full: 6, slackMs: 100 },
    tooFast: { weight: 16, quantile: 0.5, allowed: 0.4, full: 0.1, slackMs: 100 },
    wait: { weight: 16, quantile: 0.95, allowedMs: MINUTE, fullMs: 10 * MINUTE },
    oldestPending: { weight: 24, allowedMs: MINUTE, fullMs: 10 * MINUTE },
    silentWorkers: {
      weight: 30,
      allowed: 0,
      full: 0.5,
      silentAfterMs: 90 * SECOND,
      forgottenAfterMs: 60 * MINUTE,
    },
    resourcePressure: { weight: 10, allowed: 0.9, full: 1 },
    missedRuns: { weight: 40, allowed: 0, full: 0.5 },
  },
  overrides: [],
  expected: [],
  historyWindowMs: 15 * MINUTE,
};

/** Patterns are compiled once: the history asks for every bucket. */
const TESTS = new WeakMap<HealthOverride, (group: string) => boolean>();

function testOf(override: HealthOverride): (group: string) => boolean {
  const known = TESTS.get(override);
  if (known !== undefined) {
    return known;
  }
  const test = compilePattern(override.match);
  TESTS.set(override, test);
  return test;
}

/** The checks and minimums that hold for one group: the spec's own, then every override that matches, in order. */
export function specFor(spec: HealthSpec, group: string): { minimums: Minimums; checks: HealthChecks } {
  let { minimums, checks } = spec;
  for (const override of spec.overrides) {
    if (!testOf(override)(group)) {
      continue;
    }
    minimums = { ...minimums, ...override.minimums };
    checks = mergeChecks(checks, override.checks);
  }
  return { minimums, checks };
}

export function mergeChecks(checks: HealthChecks, patch: HealthChecksPatch | undefined): HealthChecks {
  if (patch === undefined) {
    return checks;
  }
  return {
    failures: { ...checks.failures, ...patch.failures },
    abnormalExits: { ...checks.abnormalExits, ...patch.abnormalExits },
    lostRuns: { ...checks.lostRuns, ...patch.lostRuns },
    retries: { ...checks.retries, ...patch.retries },
    tooSlow: { ...checks.tooSlow, ...patch.tooSlow },
    tooFast: { ...checks.tooFast, ...patch.tooFast },
    wait: { ...checks.wait, ...patch.wait },
    oldestPending: { ...checks.oldestPending, ...patch.oldestPending },
    silentWorkers: { ...checks.silentWorkers, ...patch.silentWorkers },
    resourcePressure: { ...checks.resourcePressure, ...patch.resourcePressure },
    missedRuns: { ...checks.missedRuns, ...patch.missedRuns },
  };
}
