import type { DurationMs, Ratio } from '../model/units';

/** How long and how often a rule looks, as every rule has it. */
interface Timing {
  /** The condition must hold this long before the alert fires. 0: at once. */
  forMs: DurationMs;
}

interface Windowed extends Timing {
  /** Runs of this last stretch count. */
  windowMs: DurationMs;
}

/**
 * Every threshold of the alert rules. Ratios are 0–1, times are ms. Change what you like and run `npm run alerting`, or
 * hand a spec of your own to `makeRules`.
 */
export interface AlertSpec {
  /** Where links in Prometheus' own alerts lead; Grafana knows its address itself. No slash at the end. */
  grafanaUrl: string;
  /** Where the user serves the pages of docs/runbooks, with a slash at the end. Absent: the pages of the Grafana app. */
  runbooksUrl?: string;
  /** Failed among ended runs. Cleared by a success after the last failure, once `quietMs` have passed without another. */
  taskFailing: Windowed & { ratio: Ratio; leastEnded: number; leastFailed: number; quietMs: DurationMs };
  /** Any run that ended by a signal, out of memory, with a non-zero exit code, or was lost. */
  abnormalExit: Windowed & { above: number };
  /** The last run failed, with at least this many failures in the window and no fewer than successes. */
  repeatedFailure: Windowed & { failures: number };
  /** Age of the run that runs longest, in multiples of the task's usual p99. */
  taskStuck: Timing & {
    factor: number;
    leastAgeMs: DurationMs;
    /** In place of the task's own usual p99, where it is known beforehand. */
    usualMs?: DurationMs;
  };
  /** Median duration as a share of the usual median: a task that suddenly does nothing. */
  taskTooFast: Windowed & { share: Ratio; leastCompleted: number; leastUsualMs: DurationMs };
  /** Expected runs that did not come, with no success since. */
  runMissed: Windowed & { above: number };
  /** How late the run will be complete, by its usual p95. */
  deadlineAtRisk: Timing & { lateMs: DurationMs };
  /** A queue that grows and needs longer than this to drain; where nothing tells its throughput, one that multiplies. */
  queueBacklog: Windowed & { drainMs: DurationMs; growth: number; aheadMs: DurationMs; leastPending: number };
  oldestPending: Timing & { ageMs: DurationMs };
  /** Silence of a worker while its source has work. Longer away than `forgottenMs`: gone for good. */
  workerLost: Timing & { silentMs: DurationMs; forgottenMs: DurationMs };
  /** Retries as a share of started runs. */
  retryStorm: Windowed & { ratio: Ratio; leastRetries: number };
  /** Hysteresis: fires below `below`, clears above `recovered`. */
  healthLow: Timing & { below: number; recovered: number; keepFiringForMs: DurationMs };
  memoryNearLimit: Timing & { ratio: Ratio };
  cpuNearLimit: Timing & { ratio: Ratio };
  /**
   * `usual`: above `factor` times the task's own usual p99 and `slackMs`, so that a task that takes seconds is held to
   * seconds. `fixed`: above `aboveMs`, for every task alike.
   */
  p99Latency: Windowed & {
    limit: 'usual' | 'fixed';
    factor: number;
    slackMs: DurationMs;
    aboveMs: DurationMs;
    leastCompleted: number;
  };
  /**
   * Ended runs (or queries) per second of a source. `onlyUsuallyAbove`: only a source that reached the threshold within
   * `usualMs` can fall below it, or a small system would fire for ever.
   */
  qpsLow: Windowed & { below: number; onlyUsuallyAbove: boolean; usualMs: DurationMs };
  /** A source that was not heard of, or whose exporter cannot be scraped. */
  sourceUnreachable: Timing & { silentMs: DurationMs; forgottenMs: DurationMs };
  collectorLagging: Timing & { lagMs: DurationMs };
  monitorSilent: Timing;
  /** What is usual for a task: its durations of this long before the window, at least this many. */
  usual: { windowMs: DurationMs; leastCompleted: number };
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The figures that the shipped files have. */
export const ALERT_SPEC: AlertSpec = {
  grafanaUrl: 'http://localhost:3000',
  taskFailing: {
    windowMs: 15 * MINUTE,
    ratio: 0.25,
    leastEnded: 4,
    leastFailed: 3,
    quietMs: 5 * MINUTE,
    forMs: MINUTE,
  },
  abnormalExit: { windowMs: 10 * MINUTE, above: 0, forMs: 0 },
  repeatedFailure: { windowMs: 6 * HOUR, failures: 3, forMs: 0 },
  taskStuck: { factor: 3, leastAgeMs: MINUTE, forMs: MINUTE },
  taskTooFast: {
    windowMs: 15 * MINUTE,
    share: 0.1,
    leastCompleted: 10,
    leastUsualMs: SECOND,
    forMs: 5 * MINUTE,
  },
  runMissed: { windowMs: 24 * HOUR, above: 0, forMs: 0 },
  deadlineAtRisk: { lateMs: 0, forMs: MINUTE },
  queueBacklog: {
    windowMs: 15 * MINUTE,
    drainMs: 10 * MINUTE,
    growth: 2,
    aheadMs: 30 * MINUTE,
    leastPending: 20,
    forMs: 5 * MINUTE,
  },
  oldestPending: { ageMs: 10 * MINUTE, forMs: MINUTE },
  workerLost: { silentMs: 5 * MINUTE, forgottenMs: HOUR, forMs: MINUTE },
  retryStorm: { windowMs: 15 * MINUTE, ratio: 0.5, leastRetries: 10, forMs: 5 * MINUTE },
  healthLow: { below: 60, recovered: 75, forMs: 5 * MINUTE, keepFiringForMs: 5 * MINUTE },
  memoryNearLimit: { ratio: 0.9, forMs: 2 * MINUTE },
  cpuNearLimit: { ratio: 0.9, forMs: 15 * MINUTE },
  p99Latency: {
    windowMs: 5 * MINUTE,
    limit: 'usual',
    factor: 2,
    slackMs: 100,
    aboveMs: 500,
    leastCompleted: 20,
    forMs: 5 * MINUTE,
  },
  qpsLow: { windowMs: 5 * MINUTE, below: 1000, onlyUsuallyAbove: true, usualMs: 24 * HOUR, forMs: 5 * MINUTE },
  sourceUnreachable: { silentMs: 15 * MINUTE, forgottenMs: 24 * HOUR, forMs: 2 * MINUTE },
  collectorLagging: { lagMs: 30 * SECOND, forMs: 2 * MINUTE },
  monitorSilent: { forMs: 2 * MINUTE },
  usual: { windowMs: 24 * HOUR, leastCompleted: 20 },
};
