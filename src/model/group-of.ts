import type { GroupBy } from './task-query';
import type { TaskRun } from './task-run';

/** The group of a run; `''` where the source does not report it. */
export function groupOf(run: TaskRun, groupBy: GroupBy): string {
  switch (groupBy) {
    case 'task':
      return run.task;
    case 'worker':
      return run.worker ?? '';
    case 'host':
      return run.host ?? '';
    case 'queue':
      return run.queue ?? '';
    case 'source':
      return run.source;
    case 'state':
      return run.state;
    default:
      return labelOf(run, groupBy.slice('label:'.length));
  }
}

/** The value of a label; `''` when the run has none of that name. */
export function labelOf(run: Pick<TaskRun, 'labels'>, name: string): string {
  const { labels } = run;
  return labels !== undefined && Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
}
