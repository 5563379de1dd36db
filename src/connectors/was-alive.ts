import type { TimeRange } from '../model/task-query';
import { beganAt } from '../model/task-run';
import type { TaskRun } from '../model/task-run';

/** Whether a run was there at some moment of the range: from when it was first heard of to its end, or to now. */
export function wasAlive(run: TaskRun, range: TimeRange): boolean {
  const { state, finishedAt, observedAt } = run;
  const ended = finishedAt ?? (state === 'pending' || state === 'running' ? Infinity : observedAt);
  return beganAt(run) <= range.to && ended >= range.from;
}
