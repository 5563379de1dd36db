import type { HealthInput } from '../../../src/health/score';
import type { HealthSpec } from '../../../src/health/spec';
import type { TimeRange } from '../../../src/model/task-query';
import type { EpochMs } from '../../../src/model/units';

/** A run (one of its attempts) as far as schedules care. */
export interface Arrival {
  source: string;
  /** When the run came, with its first attempt. */
  at: EpochMs;
  isFirst: boolean;
  state: 'complete' | 'going' | 'over';
}

/** What scores rest on beside the runs. */
export interface Judging {
  spec: HealthSpec;
  /** Since when the store hears of workers; -Infinity for who only reads what a store has heard. */
  listeningSince: EpochMs;
}

/** Who knows the runs that scores and schedules among the metrics are about. */
export interface MetricsSource {
  /** Names of the sources that have runs in the range. */
  sourcesIn(range: TimeRange, now: EpochMs): readonly string[];
  /** What the score of each task of a source rests on, at most `limit`; expected tasks that did not run among them. */
  scoreInputs(of: { source: string; range: TimeRange; limit: number }, judging: Judging, now: EpochMs): HealthInput[];
  /** Runs of the tasks in the range, by task. */
  arrivals(tasks: readonly string[], range: TimeRange, now: EpochMs): ReadonlyMap<string, Arrival[]>;
}
