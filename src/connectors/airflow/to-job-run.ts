import { isTerminal } from '../../model/lifecycle';
import { compact } from '../../model/read-shape';
import type { TaskRun } from '../../model/task-run';
import type { EpochMs } from '../../model/units';
import { reopenedBy, whoEndedRun } from './audit';
import { dagRunId } from './identity';
import { AIRFLOW } from './refuse';
import type { Around, Judgement } from './to-task-runs';
import type { DagRun } from './wire';

/** A dag run as a run of its own, of which its task instances are the children. */
export function dagRunToRun(row: DagRun, around: Around): TaskRun {
  const { dag, state, runAfter, started, ended } = row;
  const reopened = reopenedBy(row, around.audit);
  const judged = judgeDagRun(row, around);
  const hasEnded = isTerminal(judged.state);
  const finishedAt = hasEnded ? Math.max(ended ?? started ?? row.queued ?? around.now, started ?? 0) : undefined;
  // Opened again, it waits from then; its times before are those of the first pass, or forgotten.
  const until = started ?? finishedAt ?? Infinity;
  const waits = [row.queued, reopened?.at].filter((time): time is EpochMs => time !== undefined && time <= until);
  const queuedAt = waits.length === 0 ? undefined : Math.max(...waits);
  const isFirst = reopened === undefined && runAfter !== undefined && runAfter <= (queuedAt ?? started ?? Infinity);
  const owner = around.ownersOf(dag);
  const { runType: run_type, triggeredBy: triggered_by, user, logicalDate: logical_date } = row;
  const labels = { dag, run_type, triggered_by, user, owner, logical_date };
  return compact<TaskRun>({
    source: AIRFLOW,
    runId: dagRunId(row),
    attempt: 1,
    ...judged,
    nativeState: state,
    task: dag,
    kind: 'job',
    createdAt: isFirst ? runAfter : undefined,
    queuedAt,
    startedAt: started,
    finishedAt,
    observedAt: finishedAt ?? around.now,
    labels: compact(labels) as Record<string, string>,
    evidence:
      judged.evidence ??
      (reopened === undefined ? undefined : `Run again by ${reopened.owner}: Airflow forgets what the run was before.`),
  });
}

function judgeDagRun(row: DagRun, { audit, timedOut }: Around): Judgement {
  const by = whoEndedRun(row, audit);
  switch (row.state) {
    case 'queued':
      return { state: 'pending', substate: 'queued' };
    case 'running':
      return { state: 'running', substate: 'executing' };
    case 'success':
      return compact({ state: 'completed', substate: 'success', evidence: by && `Marked as success by ${by}.` });
    case 'failed':
      if (by !== undefined) {
        return { state: 'cancelled', substate: 'terminated', evidence: `Marked as failed by ${by}.` };
      }
      return { state: 'failed', substate: timedOut.has(dagRunId(row)) ? 'timed_out' : 'error' };
    default:
      return { state: 'unknown' };
  }
}
