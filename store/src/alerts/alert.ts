import type { DurationMs, EpochMs } from '../../../src/model/units';

/** Runs named in an alert. */
export const MOST_RUNS_NAMED = 20;

/** One cause in one task: however many runs it strikes, it is one alert. */
export interface Alert {
  /** The same for the same rule, task and cause: 16 hex digits. */
  id: string;
  /** `gathering` until there were as many failures as the rule asks for. */
  state: 'gathering' | 'firing' | 'resolved';
  /** Counts what happened to the alert, so that who told an older version knows it. */
  version: number;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Where it can be looked at. */
  link?: string;
  receivers: readonly string[];
  source: string;
  task: string;
  owner?: string;
  /** When the first failure happened, and the newest. */
  startsAt: EpochMs;
  lastAt: EpochMs;
  /** When the alert ended. */
  endsAt?: EpochMs;
  /** When the newest failure was noted, by the store's clock. */
  heardAt: EpochMs;
  /** Failures since `startsAt`. */
  count: number;
  /** Run ids with their attempts, the newest first. */
  runs: readonly string[];
  /** When failures happened, while they are gathered. */
  recent: readonly EpochMs[];
  /** When the task completed after its last failure. */
  recoveredAt?: EpochMs;
  /** Judged by something else, which tells its end as well. */
  external?: true;
  resolveOnSuccess: boolean;
  resolveAfterMs: DurationMs;
}

/** An alert that ends and comes again is told again: this tells one time from the other. */
export function episodeOf(alert: Alert): string {
  return `${alert.id} ${alert.startsAt}`;
}
