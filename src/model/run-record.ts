import type { Transition } from './answer';
import type { LifecycleState, Substate } from './lifecycle';
import type { TaskRun } from './task-run';
import type { EpochMs } from './units';

/** A claim about the state of an attempt. Which claim wins is decided in `apply-event.ts`. */
export interface StateClaim {
  at: EpochMs;
  state: LifecycleState;
  substate?: Substate;
  nativeState?: string;
  finishedAt?: EpochMs;
  evidence?: string;
}

/** Facts that the newest evidence decides, in the order in which their stamps are stored: only append. */
export const FACTS = [
  'task',
  'kind',
  'worker',
  'host',
  'queue',
  'maxAttempts',
  'error',
  'exitCode',
  'signal',
  'parentId',
  'rootId',
  'traceId',
  'spanId',
  'parentSpanId',
  'labels',
  'args',
  'result',
  'memoryLimitBytes',
  'cpuLimitCores',
  'heartbeatMs',
  'clockAheadMs',
] as const;
export type Fact = (typeof FACTS)[number];

/** The task name of a run whose events so far did not tell one. */
export const UNNAMED_TASK = '(unnamed)';

/** Most transitions that are kept per attempt; ends stay, the oldest others go first. */
export const MAX_TRANSITIONS = 64;

/**
 * Everything known about one attempt: the row that is shown, and the evidence that later events are weighed against.
 * Records are never changed, only replaced.
 */
export interface RunRecord {
  readonly run: TaskRun;
  /** Newest reported end, newest concluded end, newest other state. */
  readonly end?: StateClaim;
  readonly derivedEnd?: StateClaim;
  readonly open?: StateClaim;
  /** When each fact of `run` was reported; `FACTS[i]` at `stamps[i]`. */
  readonly stamps: ReadonlyArray<EpochMs | undefined>;
  /** Ordered by time, no two alike, at most `MAX_TRANSITIONS`. */
  readonly transitions: readonly Transition[];
  /** Whether transitions were left out for want of room. */
  readonly transitionsCut: boolean;
  /** Evidence that does not fit together: see `countConflicts`. */
  readonly conflicts: number;
}
