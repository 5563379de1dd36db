import type { LifecycleState, Substate } from '../../model/lifecycle';
import { UNNAMED_TASK } from '../../model/run-record';
import { compact } from '../../model/read-shape';
import type { TaskRun } from '../../model/task-run';
import type { EpochMs } from '../../model/units';
import { celeryFailure } from '../celery-failure';
import { FLOWER } from './refuse';
import type { FlowerTask } from './wire';

/** What else is known when a task becomes a run. */
export interface Around {
  now: EpochMs;
  /** Whether a worker was heard of lately, by Flower's own judgement; absent for one that it does not know. */
  alive: (worker: string) => boolean | undefined;
}

/** Only these events bring an exception. Beside another state stands that of an earlier try. */
const TELLS_ITS_ERROR = ['FAILURE', 'RETRY'];

/**
 * A row of Flower as a run. Flower keeps one row per task: of one that was retried it knows the last attempt, by its
 * number. The words are in this folder's README.
 */
export function toTaskRun(row: FlowerTask, around: Around): TaskRun {
  const { task, attempt } = ofOneTry(row);
  const { uuid, name, worker, routingKey, sent, received, started } = task;
  const { state, substate, finishedAt, evidence } = judge(task, around);
  const { error, signal } = TELLS_ITS_ERROR.includes(task.state) ? celeryFailure(task.exception, task.traceback) : {};
  const arrived = received ?? started ?? finishedAt;
  return compact<TaskRun>({
    source: FLOWER,
    runId: uuid,
    attempt,
    state,
    substate,
    nativeState: task.state,
    // Only events without a name were heard of it: it expired before anybody received it, or Flower began after that.
    task: name ?? UNNAMED_TASK,
    kind: 'task',
    worker,
    queue: routingKey === '' ? undefined : routingKey,
    // Client and worker tell these, each by its own clock, and the events may overtake each other.
    queuedAt: sent === undefined ? received : Math.min(sent, arrived ?? sent),
    startedAt: substate === 'retrying' ? undefined : started,
    finishedAt: finishedAt === undefined ? undefined : Math.max(finishedAt, started ?? finishedAt),
    observedAt: task.timestamp ?? finishedAt ?? started ?? received ?? sent ?? around.now,
    error: evidence === undefined ? error : undefined,
    signal,
    // After a retry, a task names itself as its parent (5.2.6 to 5.7.0).
    parentId: task.parentId === uuid ? undefined : task.parentId,
    rootId: task.rootId === uuid ? undefined : task.rootId,
    args: argsText(task),
    result: state === 'completed' ? task.result : undefined,
    evidence,
  });
}

/**
 * The row as of one try, and which. Each event overwrites a part of it, and a worker sends and receives the next try before it tells
 * that the last one is to be retried (Celery 5.7 on Redis): then `retries`, `sent` and `received` are of the next try already, one
 * after the other, while the state, what led to it and `started` are of the last one.
 */
function ofOneTry(row: FlowerTask): { task: FlowerTask; attempt: number } {
  const { started, received, sent, retries, state } = row;
  if (retries === 0 || started === undefined) {
    return { task: row, attempt: retries + 1 };
  }
  const isReceivedBefore = received !== undefined && received <= started;
  const isSentBefore = sent !== undefined && sent <= started;
  const { started: _started, received: _received, sent: _sent, ...rest } = row;
  if (isLastTry(row, started)) {
    const task = { ...rest, started, ...(isSentBefore && { sent }), ...(isReceivedBefore && { received }) };
    return { task, attempt: retries };
  }
  return state === 'STARTED' || state === 'RETRY' || received === undefined || isReceivedBefore
    ? { task: row, attempt: retries + 1 }
    : { task: { ...rest, received, ...(!isSentBefore && sent !== undefined && { sent }) }, attempt: retries + 1 };
}

/**
 * Whether the state is that of the try before the one that `retries` counts. A try is sent before the last one is told to be retried:
 * what started after that was started by a worker whose clock is behind.
 */
function isLastTry({ state, sent, received, retried }: FlowerTask, started: EpochMs): boolean {
  const isBetween = state === 'RETRY' || (state === 'STARTED' && (retried === undefined || retried < (sent ?? 0)));
  return (
    (state === 'STARTED' || state === 'RETRY') &&
    ((received !== undefined && received > started) || (isBetween && sent !== undefined && sent > started))
  );
}

interface Judgement {
  state: LifecycleState;
  substate?: Substate;
  finishedAt?: EpochMs;
  evidence?: string;
}

function judge(task: FlowerTask, { now, alive }: Around): Judgement {
  const { worker, timestamp, eta } = task;
  switch (task.state) {
    case 'PENDING':
      return { state: 'pending', substate: eta !== undefined && eta > now ? 'scheduled' : 'queued' };
    case 'RECEIVED':
      return { state: 'pending', substate: eta !== undefined && eta > now ? 'scheduled' : 'received' };
    case 'STARTED':
      if (worker !== undefined && alive(worker) === false) {
        return {
          state: 'failed',
          substate: 'lost',
          finishedAt: timestamp ?? task.started,
          evidence: `Flower does not hear of ${worker} any more; Celery tells no end of what a silent worker ran.`,
        };
      }
      return { state: 'running', substate: 'executing' };
    case 'SUCCESS':
      return { state: 'completed', substate: 'success', finishedAt: task.succeeded ?? timestamp };
    case 'FAILURE':
      return {
        state: 'failed',
        substate: celeryFailure(task.exception, task.traceback).substate,
        finishedAt: task.failed ?? task.rejected ?? timestamp,
      };
    case 'REJECTED':
      return { state: 'failed', substate: 'rejected', finishedAt: task.rejected ?? timestamp };
    case 'RETRY':
      return { state: 'pending', substate: 'retrying' };
    case 'REVOKED':
      return {
        state: 'cancelled',
        substate: task.started === undefined ? 'revoked' : 'terminated',
        finishedAt: task.revoked ?? timestamp,
      };
    case 'CANCELLED':
      // A worker that shuts down or lost its broker gives the task back: it is run again, or is gone. No end.
      return { state: 'pending', substate: 'retrying' };
    default:
      return { state: 'unknown' };
  }
}

/** Positional and named arguments as Python writes them, empty ones left out. */
function argsText({ args = '', kwargs = '' }: FlowerTask): string | undefined {
  const parts = [args === '()' ? '' : args, kwargs === '{}' ? '' : kwargs].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join(' ');
}
