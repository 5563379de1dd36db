import type { LifecycleState, Substate } from '../../model/lifecycle';
import { isTerminal } from '../../model/lifecycle';
import type { TaskRun } from '../../model/task-run';
import type { EpochMs } from '../../model/units';
import { compact } from '../../model/read-shape';
import type { Failure, StepLog } from './run-log';
import type { DagsterStep } from './wire';

/** One try of a step, as far as it can be judged. */
interface Try {
  state: LifecycleState;
  substate?: Substate;
  nativeState?: string;
  queuedAt?: EpochMs;
  startedAt?: EpochMs;
  finishedAt?: EpochMs;
  failure?: Failure;
  evidence?: string;
}

/** What a step raises when somebody cancels its run: Dagster calls it failed then. */
const INTERRUPTED = 'DagsterExecutionInterruptedError';
const CANCELLED = { state: 'cancelled', substate: 'terminated' } as const;

const NO_LOG: StepLog = { failures: [], restarts: [] };

/**
 * The tries of a step as rows below its run.
 * @param run the row of the run: what ended with it, ended
 * @param log what the run's log tells of this step; absent where the log was not read
 */
export function stepRuns(step: DagsterStep, run: TaskRun, log: StepLog | undefined): TaskRun[] {
  const [name = step.key, index] = step.key.split(/\[(.*)\]$/);
  return triesOf(step, run, log).map(({ failure, ...one }, at) =>
    compact<TaskRun>({
      source: run.source,
      runId: stepRunId(run.runId, step.key),
      attempt: at + 1,
      task: `${run.task}.${name}`,
      kind: 'task',
      observedAt: one.finishedAt ?? Math.max(one.startedAt ?? one.queuedAt ?? 0, run.observedAt),
      parentId: run.runId,
      rootId: run.rootId ?? run.runId,
      labels: index === undefined ? run.labels : { ...run.labels, mapping_key: index },
      error: failure?.error,
      signal: failure?.signal,
      exitCode: failure?.exitCode,
      ...one,
    })
  );
}

export function stepRunId(runId: string, key: string): string {
  return `${runId}/${key}`;
}

function triesOf(step: DagsterStep, run: TaskRun, log: StepLog | undefined): Try[] {
  const { status, attempts } = step;
  const hasEnded = status === 'SUCCESS' || status === 'FAILURE' || status === 'SKIPPED';
  const { failures, restarts } = log ?? NO_LOG;
  const tries = attempts.map(({ startedAt, finishedAt }, at): Try => {
    const isLast = hasEnded && at === attempts.length - 1;
    return compact<Try>({
      ...(isLast ? endOf(status, failures[at]) : { ...failed(failures[at]), nativeState: 'UP_FOR_RETRY' }),
      // Between two tries it waits.
      queuedAt: attempts[at - 1]?.finishedAt,
      startedAt: isLast && status === 'SKIPPED' ? undefined : startedAt,
      finishedAt,
    });
  });
  if (hasEnded) {
    return tries;
  }
  const last = attempts[attempts.length - 1];
  const startedAt = last === undefined ? step.startedAt : restarts[attempts.length - 1];
  const waits = last !== undefined && log !== undefined && startedAt === undefined;
  return [...tries, openTry({ status, queuedAt: last?.finishedAt, startedAt, waits }, run)];
}

function endOf(status: string | undefined, failure: Failure | undefined): Try {
  switch (status) {
    case 'SUCCESS':
      return { state: 'completed', substate: 'success', nativeState: status };
    case 'SKIPPED':
      return { state: 'completed', substate: 'skipped', nativeState: status };
    default:
      return {
        ...(failure?.error?.type === INTERRUPTED ? CANCELLED : failed(failure)),
        nativeState: 'FAILURE',
      };
  }
}

function failed(failure: Failure | undefined): Try {
  return { state: 'failed', substate: failure?.signal === undefined ? 'error' : 'killed', ...(failure && { failure }) };
}

/** A try without an end: it waits or runs, or it was cut off by the end of its run, which Dagster does not tell. */
function openTry(
  { status, waits, ...times }: { status?: string; waits: boolean; queuedAt?: EpochMs; startedAt?: EpochMs },
  run: TaskRun
): Try {
  const nativeState = status;
  if (isTerminal(run.state)) {
    const ended = Math.max(run.finishedAt ?? run.observedAt, times.startedAt ?? times.queuedAt ?? 0);
    const cut: Try = run.state === 'cancelled' ? CANCELLED : { state: 'failed', substate: 'lost' };
    const evidence = `Dagster tells no end of it; its run ended ${new Date(ended).toISOString()}.`;
    return compact<Try>({ ...cut, ...times, nativeState, finishedAt: ended, evidence });
  }
  if (waits) {
    return compact<Try>({ state: 'pending', substate: 'retrying', nativeState, ...times });
  }
  switch (status) {
    case 'IN_PROGRESS':
      return compact<Try>({ state: 'running', substate: 'executing', nativeState, ...times });
    case undefined:
      return compact<Try>({ state: 'pending', substate: 'created', ...times });
    default:
      return compact<Try>({ state: 'unknown', nativeState, ...times });
  }
}
