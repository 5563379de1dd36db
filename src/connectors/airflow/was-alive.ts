import type { TimeRange } from '../../model/task-query';
import { beganAt } from '../../model/task-run';
import type { TaskRun } from '../../model/task-run';

/**
 * Whether a run was there at some moment of the range: from when it was first heard of to its end, or to now. What has not
 * ended and does not tell when it began may have been there all the time.
 */
export function wasAlive(run: TaskRun, range: TimeRange): boolean {
  const { state, createdAt, queuedAt, startedAt, finishedAt, observedAt } = run;
  const isOpen = state === 'pending' || state === 'running';
  const began = isOpen && (createdAt ?? queuedAt ?? startedAt) === undefined ? -Infinity : beganAt(run);
  const ended = finishedAt ?? (isOpen ? Infinity : observedAt);
  return began <= range.to && ended >= range.from;
}
