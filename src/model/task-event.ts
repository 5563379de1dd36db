import type { LifecycleState } from './lifecycle';
import type { RunFacts } from './task-run';
import type { Bytes, EpochMs } from './units';

/**
 * One observation: *at this instant, this attempt was in this state, and these facts were known*. An event without a
 * state is a heartbeat (and, with `cpuSeconds` or `rssBytes`, a resource sample).
 *
 * Events may come late, twice or out of order; `applyEvent` makes the same run of them in any case.
 */
export interface TaskEvent extends RunFacts {
  /** @maxLength 200 */
  source: string;
  /** @maxLength 512 */
  runId: string;
  /**
   * 1 for the first try, and where it is not told.
   * @asType integer
   * @minimum 1
   */
  attempt: number;
  /** When it happened at the source. */
  at: EpochMs;

  state?: LifecycleState;
  task?: string;
  /** True where the state was concluded, not reported: `lost` after a silence. Any reported end outranks it. */
  derived?: boolean;
  /**
   * True where `at` is when somebody looked, not when the state began: a source was read that tells how its runs are. Then
   * nothing is concluded from `at` about beginnings.
   */
  snapshot?: boolean;

  /** Resident memory at this instant. */
  rssBytes?: Bytes;
}
