import { UNNAMED_TASK } from './run-record';
import type { TaskEvent } from './task-event';
import type { TaskRun } from './task-run';
import type { EpochMs } from './units';

/**
 * What has been seen of a run, as events: the inverse of `applyEvent`, for sources that tell how their runs are and not how
 * they came to be so. Folded, in any order and however often, the events give the run (but for `retried`, which who holds
 * the runs finds out). Of two looks at a run the later one (`observedAt`) counts, as far as the reducer lets it: an end
 * gives way to a later end, not to what is no end, and beginnings stay the earliest that were told.
 *
 * The last event is what was seen; those before are the instants that it tells of, each in the state that it began.
 */
export function eventsOf(run: TaskRun): TaskEvent[] {
  const { retried: _, observedAt, task, ...facts } = run;
  const { source, runId, attempt, substate, createdAt, queuedAt, startedAt, worker } = run;
  const key = { source, runId, attempt };
  const events: TaskEvent[] = [];
  // Only what lies before the look: of two states at one instant the one that is further along would win.
  if (createdAt !== undefined && createdAt < observedAt && createdAt !== queuedAt) {
    events.push({ ...key, at: createdAt, state: 'pending', substate: 'created' });
  }
  if (queuedAt !== undefined && queuedAt < observedAt) {
    events.push({ ...key, at: queuedAt, state: 'pending', substate: 'queued' });
  }
  if (startedAt !== undefined && startedAt < observedAt) {
    events.push({ ...key, at: startedAt, state: 'running', ...(worker !== undefined && { worker }) });
  }
  events.push({
    ...facts,
    ...(task !== UNNAMED_TASK && { task }),
    // Nobody reports a loss: the source has concluded it from a silence.
    ...(substate === 'lost' && { derived: true }),
    at: observedAt,
    snapshot: true,
  });
  return events;
}

/**
 * The end of an attempt that had none when a later attempt of the run was seen: it failed, or there would be no other. Only
 * concluded: whatever is reported of its end outranks it.
 */
export function supersededBy(
  open: Pick<TaskRun, 'source' | 'runId' | 'attempt' | 'substate' | 'observedAt'>,
  later: number
): TaskEvent {
  const { source, runId, attempt, substate, observedAt } = open;
  return {
    source,
    runId,
    attempt,
    at: observedAt,
    state: 'failed',
    // Who says that it will be tried again has seen it fail.
    ...(substate === 'retrying' && { substate: 'error' }),
    derived: true,
    finishedAt: observedAt,
    evidence: `Attempt ${later} of the run followed; how this one ended was not told.`,
  };
}

/** The end of a run that its source deleted, found gone at `at`: a conclusion, whatever is reported of its end outranks it. */
export function goneAs(
  open: Pick<TaskRun, 'source' | 'runId' | 'attempt'>,
  { state, substate, evidence }: Pick<TaskRun, 'state' | 'substate' | 'evidence'>,
  at: EpochMs
): TaskEvent {
  const { source, runId, attempt } = open;
  return {
    source,
    runId,
    attempt,
    at,
    state,
    ...(substate !== undefined && { substate }),
    derived: true,
    finishedAt: at,
    ...(evidence !== undefined && { evidence }),
  };
}
