import type { TimeRange } from '../../../src/model/task-query';
import type { DurationMs, EpochMs } from '../../../src/model/units';

/** What happened in a period, against the period of the same length before it. */
export interface Digest {
  range: TimeRange;
  totals: Totals;
  before: Totals;
  /** Tasks with the most failures, the worst first. */
  failing: Array<{ task: string; failed: number; ended: number; failedBefore: number }>;
  /** Causes that were not seen in the four periods before. */
  fresh: CauseLine[];
  /** Causes of the period before that were not seen again. */
  resolved: CauseLine[];
  /** Causes that were seen before and still are. */
  lasting: number;
  /** Tasks whose health is not full, the worst first; `trend` has a value per seventh of the period. */
  health: Array<{ task: string; score: number; scoreBefore?: number; trend: Array<number | null>; mostly?: string }>;
  /** How runs ended that nobody asked to end that way. */
  abnormal: Array<{ kind: string; count: number; countBefore: number }>;
  /** Tasks that took much longer than before, 95th percentile. */
  slower: Array<{ task: string; p95Ms: DurationMs; p95BeforeMs: DurationMs; runs: number }>;
  /** Queues in which runs wait now or waited long. */
  waiting: Array<{ source: string; queue: string; pending: number; waitP95Ms?: DurationMs; oldestPendingAt?: EpochMs }>;
}

export interface Totals {
  tasks: number;
  ended: number;
  failed: number;
  abnormal: number;
}

export interface CauseLine {
  title: string;
  category: string;
  tasks: string[];
  count: number;
  firstAt: EpochMs;
  lastAt: EpochMs;
}
