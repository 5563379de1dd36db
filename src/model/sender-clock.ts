import type { Substate } from './lifecycle';
import type { StateClaim } from './run-record';
import type { TaskEvent } from './task-event';
import type { TaskRun } from './task-run';
import type { DurationMs, EpochMs } from './units';

/** Clocks of one system differ by less, and by less nothing is shown wrongly for long. */
export const CLOCK_TOLERANCE_MS: DurationMs = 10_000;

const TRIED_AGAIN: ReadonlySet<Substate | undefined> = new Set(['retrying', 'rescheduled', 'deferred']);

/**
 * The event by our clock, where its sender's is known to be ahead by so much (negative: behind).
 *
 * @param isBySender whether the instant of a creation is by that clock too: it may be another's, passed on
 */
export function byOurClock(
  event: TaskEvent,
  clockAheadMs: DurationMs,
  isBySender: (creation: EpochMs) => boolean = () => true
): TaskEvent {
  const shifted: TaskEvent = { ...event, at: event.at - clockAheadMs, clockAheadMs };
  for (const field of ['createdAt', 'queuedAt', 'startedAt', 'finishedAt'] as const) {
    const instant = event[field];
    const isCreation = field === 'createdAt' || field === 'queuedAt';
    if (instant !== undefined && (!isCreation || isBySender(instant))) {
      shifted[field] = instant - clockAheadMs;
    }
  }
  return shifted;
}

/**
 * How far behind the clock of a run's worker must have been, where all that it told lies before the run was queued: at
 * least so far, because nothing runs before it is asked for. `undefined` where the order is possible.
 *
 * @param open the newest that was told of the run beside its end. Where it is that the run goes on or is tried again, the end
 * came before for that reason.
 */
export function behindByOrder(
  { createdAt, queuedAt, startedAt, finishedAt }: TaskRun,
  open: StateClaim | undefined
): DurationMs | undefined {
  const asked = queuedAt ?? createdAt;
  if (open !== undefined && asked !== undefined && (open.at > asked || TRIED_AGAIN.has(open.substate))) {
    return undefined;
  }
  return asked !== undefined &&
    startedAt !== undefined &&
    finishedAt !== undefined &&
    startedAt <= finishedAt &&
    finishedAt < asked - CLOCK_TOLERANCE_MS
    ? asked - startedAt
    : undefined;
}
