/**
 * The states of a task run. Every source's own words are translated into these, and kept beside them as `nativeState`.
 *
 *     pending ──► running ──► completed | failed | cancelled
 *
 * `unknown` is for a native word that no table maps: it is counted and shown, never guessed.
 */
export type LifecycleState = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled' | 'unknown';

/** What real systems say beyond the five states. Each belongs to exactly one state: see `SUBSTATES`. */
export type Substate =
  // pending
  | 'created'
  | 'scheduled'
  | 'queued'
  | 'received'
  | 'deferred'
  | 'rescheduled'
  | 'retrying'
  | 'suspended'
  // running
  | 'starting'
  | 'executing'
  | 'progress'
  | 'reloading'
  | 'stopping'
  // completed
  | 'success'
  | 'skipped'
  | 'exited'
  // failed
  | 'error'
  | 'timed_out'
  | 'oom'
  | 'killed'
  | 'rejected'
  | 'expired'
  | 'upstream_failed'
  | 'start_limit'
  | 'lost'
  // cancelled
  | 'revoked'
  | 'terminated'
  | 'stopped'
  | 'removed'
  | 'aborted';

/** All states, in the order of a life. */
export const LIFECYCLE_STATES = ['pending', 'running', 'completed', 'failed', 'cancelled', 'unknown'] as const;

/** Which state each substate belongs to; the order within a state is the order in which it is usually passed. */
export const SUBSTATES: Readonly<Record<LifecycleState, readonly Substate[]>> = {
  pending: ['created', 'scheduled', 'deferred', 'suspended', 'rescheduled', 'retrying', 'queued', 'received'],
  running: ['starting', 'executing', 'progress', 'reloading', 'stopping'],
  completed: ['skipped', 'exited', 'success'],
  cancelled: ['removed', 'revoked', 'stopped', 'aborted', 'terminated'],
  failed: ['error', 'rejected', 'expired', 'upstream_failed', 'start_limit', 'timed_out', 'killed', 'oom', 'lost'],
  unknown: [],
};

const STATE_OF_SUBSTATE: ReadonlyMap<string, LifecycleState> = new Map(
  LIFECYCLE_STATES.flatMap((state) => SUBSTATES[state].map((substate) => [substate, state] as const))
);

/** The state that a substate belongs to, or `undefined` when the word is not a substate. */
export function stateOfSubstate(substate: string): LifecycleState | undefined {
  return STATE_OF_SUBSTATE.get(substate);
}

export function isLifecycleState(word: string): word is LifecycleState {
  return (LIFECYCLE_STATES as readonly string[]).includes(word);
}

export function isSubstate(word: string): word is Substate {
  return STATE_OF_SUBSTATE.has(word);
}

/** Whether a run in this state has ended and cannot go on (only a further attempt can). */
export function isTerminal(state: LifecycleState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

/**
 * How much a state needs a person: the larger, the sooner it must be seen. Drawing merges runs that share a pixel to
 * the largest, so a failure is never painted over.
 */
export const TROUBLE: Readonly<Record<LifecycleState, number>> = {
  completed: 1,
  cancelled: 2,
  pending: 3,
  running: 4,
  unknown: 5,
  failed: 6,
};
