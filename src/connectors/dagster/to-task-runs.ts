import type { LifecycleState, Substate } from '../../model/lifecycle';
import type { TaskRun } from '../../model/task-run';
import type { DurationMs, EpochMs } from '../../model/units';
import { compact } from '../../model/read-shape';
import { checkRuns } from './checks';
import { DAGSTER } from './refuse';
import type { RunLog } from './run-log';
import { stepRuns } from './steps';
import { tickRunId } from './ticks';
import type { DagsterRun } from './wire';
import type { namer } from './worlds';

/** What else is known when a run becomes rows. */
export interface Around {
  now: EpochMs;
  name: ReturnType<typeof namer>;
  /** Absent where it was not read. */
  log?: RunLog;
}

/** A change of state takes seconds; after this long, whoever was to make it is gone. */
const STUCK_MS: DurationMs = 10 * 60_000;
/** Longer values of tags are configuration. */
const LONGEST_LABEL = 200;

/** A run of a job, the tries of its steps and the results of its checks. The words are in this folder's README. */
export function toTaskRuns(run: DagsterRun, around: Around): TaskRun[] {
  const { log } = around;
  const row = jobRun(run, around);
  const steps = run.steps.flatMap((step) =>
    stepRuns(step, row, log && (log.steps.get(step.key) ?? { failures: [], restarts: [] }))
  );
  return [row, ...steps, ...(log === undefined ? [] : checkRuns(log, row))];
}

function jobRun(run: DagsterRun, around: Around): TaskRun {
  const { runId, status, job, createdAt, startedAt, finishedAt, updatedAt, tags } = run;
  const { state, substate, evidence } = judge(run, around);
  const { error } = around.log?.failure ?? {};
  const hasEnded = state === 'completed' || state === 'failed' || state === 'cancelled';
  const tick = tags['dagster/tick'];
  return compact<TaskRun>({
    source: DAGSTER,
    runId,
    attempt: 1,
    state,
    substate,
    nativeState: status,
    task: around.name(run, job),
    kind: 'job',
    createdAt,
    queuedAt: createdAt,
    startedAt: startedAt === undefined ? undefined : Math.max(startedAt, createdAt),
    finishedAt: hasEnded ? Math.max(finishedAt ?? updatedAt, startedAt ?? createdAt) : undefined,
    observedAt: updatedAt,
    error: state === 'failed' ? (error ?? saidBy(around.log)) : undefined,
    parentId: run.parentRunId ?? (tick === undefined ? undefined : tickRunId(tick)),
    rootId: run.rootRunId,
    labels: labelsOf(run),
    evidence,
  });
}

/** What Dagster says of a failure without an exception. */
function saidBy(log: RunLog | undefined) {
  return log?.failure === undefined ? undefined : { message: log.failure.said };
}

interface Judgement {
  state: LifecycleState;
  substate?: Substate;
  evidence?: string;
}

function judge(run: DagsterRun, around: Around): Judgement {
  switch (run.status) {
    case 'NOT_STARTED':
      return { state: 'pending', substate: 'created' };
    case 'QUEUED':
      return { state: 'pending', substate: 'queued' };
    case 'SUSPENDED':
      return { state: 'pending', substate: 'suspended' };
    case 'STARTING':
      return { state: 'running', substate: 'starting', ...stuck(run, around.now) };
    case 'STARTED':
      return { state: 'running', substate: 'executing' };
    case 'CANCELING':
      return { state: 'running', substate: 'stopping', ...stuck(run, around.now) };
    case 'SUCCESS':
      return { state: 'completed', substate: 'success' };
    case 'CANCELED':
      return { state: 'cancelled', substate: run.startedAt === undefined ? 'revoked' : 'terminated' };
    case 'FAILURE':
      return { state: 'failed', ...failureOf(run, around.log) };
    default:
      return { state: 'unknown' };
  }
}

/** Dagster ends neither a start nor a cancellation whose process is gone, unless run monitoring is on; whether it is gone is not told. */
function stuck({ status, updatedAt }: DagsterRun, now: EpochMs): { evidence?: string } {
  return now - updatedAt < STUCK_MS
    ? {}
    : {
        evidence: `${status} since ${new Date(updatedAt).toISOString()}: the process that was to end this may be gone.`,
      };
}

function failureOf(
  { tags, startedAt, steps }: DagsterRun,
  log: RunLog | undefined
): { substate: Substate; evidence?: string } {
  const reason = tags['dagster/failure_reason'];
  switch (reason) {
    case 'START_TIMEOUT':
      return { substate: 'timed_out' };
    case 'UNEXPECTED_TERMINATION':
    case 'RUN_WORKER_RESTART':
      return { substate: 'lost', evidence: `Dagster says ${reason}.` };
    default:
      break;
  }
  // Nothing failed but the run: its process was gone. A launch that fails is no loss: it has never run.
  const hasReason = reason !== undefined || steps.some(({ status }) => status === 'FAILURE');
  if (startedAt !== undefined && !hasReason && log?.failure !== undefined && log.failure.error === undefined) {
    return {
      substate: 'lost',
      evidence: `Neither a step failed nor an exception was raised. Dagster says: ${log.failure.said}`,
    };
  }
  return { substate: 'error' };
}

function labelsOf({ location, tags }: DagsterRun): TaskRun['labels'] {
  const shown = Object.entries(tags).filter(
    ([key, value]) => !key.startsWith('.') && key !== 'dagster/code_location' && value.length <= LONGEST_LABEL
  );
  return { ...Object.fromEntries(shown), ...(location !== undefined && { location }) };
}
