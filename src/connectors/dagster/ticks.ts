import type { LifecycleState, Substate } from '../../model/lifecycle';
import type { TaskRun } from '../../model/task-run';
import { compact } from '../../model/read-shape';
import { DAGSTER } from './refuse';
import { toRunError } from './run-error';
import type { DagsterInstigator, DagsterTick } from './wire-instance';

/** Of the run that stands for a tick: the parent of the runs that the tick asked for. */
export function tickRunId(tickId: string): string {
  return `tick/${tickId}`;
}

/** Ticks of a schedule or a sensor as runs of a task of its name. */
export function ticksToRuns(of: DagsterInstigator, task: string): TaskRun[] {
  return of.ticks.rows.map((tick) => {
    const { tickId, status, startedAt, error } = tick;
    const { state, substate } = judge(tick);
    const finishedAt =
      state === 'running' || state === 'unknown' ? undefined : Math.max(tick.finishedAt ?? startedAt, startedAt);
    return compact<TaskRun>({
      source: DAGSTER,
      runId: tickRunId(tickId),
      attempt: 1,
      state,
      substate,
      nativeState: status,
      task,
      kind: 'task',
      startedAt,
      finishedAt,
      observedAt: finishedAt ?? startedAt,
      error: error === undefined ? undefined : toRunError(error),
      labels: { location: of.location, [of.kind]: of.name },
    });
  });
}

function judge({ status }: DagsterTick): { state: LifecycleState; substate?: Substate } {
  switch (status) {
    case 'STARTED':
      return { state: 'running', substate: 'executing' };
    case 'SUCCESS':
      return { state: 'completed', substate: 'success' };
    case 'FAILURE':
      return { state: 'failed', substate: 'error' };
    default:
      return { state: 'unknown' };
  }
}
