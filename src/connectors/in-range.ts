import type { TimeRange } from '../model/task-query';
import type { TaskRun } from '../model/task-run';

/** Whether a run was there at some moment of the range, for sources that cannot be asked for just those. */
export function isInRange({ state, queuedAt, startedAt, finishedAt, observedAt }: TaskRun, range: TimeRange): boolean {
  const began = queuedAt ?? startedAt ?? finishedAt ?? observedAt;
  const ended = finishedAt ?? (state === 'pending' || state === 'running' ? Infinity : observedAt);
  return began <= range.to && ended >= range.from;
}
