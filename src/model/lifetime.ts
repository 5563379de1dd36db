import { isTerminal } from './lifecycle';
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

/**
 * When a run left the state `pending`: it started, or it ended without a known start. `undefined`: it still waits. A
 * start before the beginning (two clocks) is taken as the beginning.
 */
export function leftPendingAt(run: TaskRun): EpochMs | undefined {
  if (run.state === 'pending') {
    return undefined;
  }
  const end = endedAt(run);
  if (run.startedAt === undefined) {
    return run.state === 'running' ? beganAt(run) : end;
  }
  const started = Math.max(run.startedAt, beganAt(run));
  return end === undefined ? started : Math.min(started, end);
}

/** `pending` or `running` at an instant; `undefined` before it began, after it ended and for an unknown state. */
export function liveStateAt(run: TaskRun, at: EpochMs): 'pending' | 'running' | undefined {
  if (run.state === 'unknown' || !(beganAt(run) < at) || (endedAt(run) ?? Infinity) < at) {
    return undefined;
  }
  return (leftPendingAt(run) ?? Infinity) < at ? 'running' : 'pending';
}

/**
 * Since when a pending run waits for a worker, or `undefined` when it waits on purpose (until its time, a sensor or a
 * retry's delay has come), which is no sign of trouble however long it takes.
 */
export function waitsSince(run: TaskRun): EpochMs | undefined {
  switch (run.substate) {
    case 'scheduled':
    case 'deferred':
    case 'suspended':
    case 'rescheduled':
    case 'retrying':
      return undefined;
    case undefined:
    default:
      return run.queuedAt ?? run.createdAt ?? beganAt(run);
  }
}
