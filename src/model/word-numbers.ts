import { LIFECYCLE_STATES, SUBSTATES } from './lifecycle';
import type { LifecycleState } from './lifecycle';
import type { RunKind } from './task-run';

/** Numbers of words in columns, in files as well: never reorder, only append. */
export const STATE_NUMBER: Readonly<Record<LifecycleState, number>> = {
  pending: 0,
  running: 1,
  completed: 2,
  failed: 3,
  cancelled: 4,
  unknown: 5,
};
export const KIND_NUMBER: Readonly<Record<RunKind, number>> = { task: 0, process: 1, unit: 2, job: 3, span: 4 };

const ALL_SUBSTATES = LIFECYCLE_STATES.flatMap((state) => [...SUBSTATES[state]]);
export const SUBSTATE_NUMBER: ReadonlyMap<string, number> = new Map(
  [
    'created',
    'scheduled',
    'queued',
    'received',
    'deferred',
    'rescheduled',
    'retrying',
    'suspended',
    'starting',
    'executing',
    'progress',
    'reloading',
    'stopping',
    'success',
    'skipped',
    'exited',
    'error',
    'timed_out',
    'oom',
    'killed',
    'rejected',
    'expired',
    'upstream_failed',
    'start_limit',
    'lost',
    'revoked',
    'terminated',
    'stopped',
    'removed',
    'aborted',
  ].map((word, number) => [word, number] as const)
);
for (const word of ALL_SUBSTATES) {
  if (!SUBSTATE_NUMBER.has(word)) {
    throw new Error(`[model] substate ${word} has no number. Append it to SUBSTATE_NUMBER.`);
  }
}
