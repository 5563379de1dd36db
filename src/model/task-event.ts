import type { LifecycleState, Substate } from './lifecycle';
import type { RunError, RunKind } from './task-run';
import type { Bytes, CpuSeconds, DurationMs, EpochMs } from './units';

/**
 * One observation: *at this instant, this attempt was in this state, and these facts were known*. An event without a
 * state is a heartbeat (and, with `cpuSeconds` or `rssBytes`, a resource sample).
 *
 * Events may come late, twice or out of order; `applyEvent` makes the same run of them in any case.
 */
export interface TaskEvent {
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
  substate?: Substate;
  nativeState?: string;
  /** True where the state was concluded, not reported: `lost` after a silence. Any reported end outranks it. */
  derived?: boolean;
  evidence?: string;
  /**
   * True where `at` is when somebody looked, not when the state began: a source was read that tells how its runs are. Then
   * nothing is concluded from `at` about beginnings.
   */
  snapshot?: boolean;

  /**
   * The promise that a sign of life (an event of any kind) comes at least this often until the attempt ends, also while
   * it waits. Who gives it can be missed from the first event on.
   */
  heartbeatMs?: DurationMs;

  task?: string;
  kind?: RunKind;
  worker?: string;
  host?: string;
  queue?: string;

  createdAt?: EpochMs;
  queuedAt?: EpochMs;
  startedAt?: EpochMs;
  finishedAt?: EpochMs;

  /** @asType integer */
  maxAttempts?: number;
  error?: RunError;
  /** @asType integer */
  exitCode?: number;
  signal?: string;

  parentId?: string;
  rootId?: string;
  traceId?: string;
  spanId?: string;
  parentSpanId?: string;

  /** CPU time used by the attempt so far, all processes of its tree. */
  cpuSeconds?: CpuSeconds;
  /** Resident memory at this instant. */
  rssBytes?: Bytes;
  maxRssBytes?: Bytes;
  /** The most memory that the attempt may use: the smallest of the limits that hold for it. */
  memoryLimitBytes?: Bytes;
  /** The most CPU time per second that the attempt may use: 1.5 = one and a half cores. */
  cpuLimitCores?: number;

  /**
   * Told by the store, not by senders: how far the clock that the event was written by was ahead of its own (negative: behind). The
   * instants of the event are corrected by it.
   */
  clockAheadMs?: DurationMs;

  labels?: Readonly<Record<string, string>>;
  args?: string;
  result?: string;
}
