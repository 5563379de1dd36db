import { isTerminal } from './lifecycle';
import type { Substate } from './lifecycle';
import type { TimeRange } from './task-query';
import type { TaskRun } from './task-run';
import { beganAt } from './task-run';
import type { EpochMs } from './units';

/**
 * When a run ended, or `undefined` while it has not. A terminal run whose source reports no end ended when it was last
 * seen. A run in an unknown state is followed as far as it was seen, because nobody can say that it still goes on.
 */
export function endedAt(run: TaskRun): EpochMs | undefined {
  if (isTerminal(run.state) || run.state === 'unknown') {
    return Math.max(run.finishedAt ?? run.observedAt, beganAt(run));
  }
  return undefined;
}

/**
 * Whether a run was alive at any moment of the range: it began before `to` and had not ended before `from`. A run that
 * ended exactly at `from` counts, so that an instant on the border is in exactly one of two neighbouring ranges' ends.
 */
export function isAliveIn(run: TaskRun, range: TimeRange): boolean {
  return beganAt(run) < range.to && (endedAt(run) ?? Infinity) >= range.from;
}

/** Substates that wait on purpose: until their time, a sensor or a retry's delay has come. */
export const WAITS_ON_PURPOSE: ReadonlySet<Substate> = new Set<Substate>([
  'scheduled',
  'deferred',
  'suspended',
  'rescheduled',
  'retrying',
]);

/**
 * Since when a pending run waits for a worker, or `undefined` when it waits on purpose, which is no sign of trouble however
 * long it takes.
 */
export function waitsSince(run: TaskRun): EpochMs | undefined {
  return run.substate !== undefined && WAITS_ON_PURPOSE.has(run.substate)
    ? undefined
    : (run.queuedAt ?? run.createdAt ?? beganAt(run));
}
