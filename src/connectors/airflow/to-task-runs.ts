import type { LifecycleState, Substate } from '../../model/lifecycle';
import { compact } from '../../model/read-shape';
import type { TaskRun } from '../../model/task-run';
import type { EpochMs } from '../../model/units';
import { hasFailed, howVanished, whoCleared, whoEnded } from './audit';
import type { Audit } from './audit';
import { dagRunId, instanceId } from './identity';
import { AIRFLOW } from './refuse';
import type { Pool, TaskInstance } from './wire';

/** States in which Airflow has done with a try. */
const ENDED = ['success', 'failed', 'upstream_failed', 'skipped', 'removed'];
const LONGEST_ARGS = 1000;

/** What else is known when rows become runs. */
export interface Around {
  now: EpochMs;
  audit: Audit;
  /** By name; empty where pools may not be read. */
  pools: ReadonlyMap<string, Pool>;
  /** Of a DAG: `ops, shop`. */
  ownersOf: (dag: string) => string | undefined;
  /** By `dagRunId`: when those dag runs ended that took task instances with them, by dagrun_timeout. */
  timedOut: ReadonlyMap<string, EpochMs>;
}

/**
 * A task instance as its last attempt. The words are in this folder's README.
 *
 * - `up_for_retry` is two: an attempt that failed and one that waits.
 * - A row without a state and with a try was cleared: its times are of that try, and what waits is the next one.
 * - In states between, the row has the times of the try before: they are believed where it runs or has ended.
 */
export function lastAttempts(row: TaskInstance, around: Around): TaskRun[] {
  const attempt = Math.max(1, row.tryNumber);
  if (row.state === 'up_for_retry') {
    const failed = endedRun({ ...row, state: 'failed' }, attempt, {}, around);
    return [{ ...failed, nativeState: row.state }, waitingRun(row, attempt + 1, 'retrying', around)];
  }
  return row.state === undefined && row.tryNumber > 0
    ? [waitingRun(row, attempt + 1, 'created', around)]
    : [lastRun(row, attempt, around)];
}

/** Tries that ended, as attempts. @param row what the task instance is now: its last attempt is not among them */
export function earlierAttempts(tries: readonly TaskInstance[], row: TaskInstance, around: Around): TaskRun[] {
  const found = new Map<number, TaskRun>();
  for (const one of tries) {
    const { state, tryNumber } = one;
    // A clear leaves the old try without a state beside the one that ended; what never ran has the number 0, even twice.
    if (state !== undefined && ENDED.includes(state) && tryNumber > 0 && tryNumber <= triesBefore(row)) {
      const next = [...tries, row].find((other) => other.tryNumber === tryNumber + 1);
      const isBeyond = next?.retries !== undefined && next.retries < tryNumber;
      found.set(tryNumber, endedRun(one, tryNumber, { isFollowed: true, isBeyond }, around));
    }
  }
  return [...found.values()];
}

/** How many attempts were before the row's own: those that `tries` is asked for. */
export function triesBefore({ state, tryNumber }: TaskInstance): number {
  return state === undefined ? tryNumber : Math.max(0, tryNumber - 1);
}

function lastRun(row: TaskInstance, attempt: number, around: Around): TaskRun {
  if (row.state !== undefined && ENDED.includes(row.state)) {
    return endedRun(row, attempt, {}, around);
  }
  switch (row.state) {
    case undefined:
      return waitingRun(row, attempt, 'created', around);
    case 'scheduled':
      return waitingRun(row, attempt, 'scheduled', around);
    case 'queued':
      return waitingRun(row, attempt, 'queued', around);
    case 'deferred':
      return waitingRun(row, attempt, 'deferred', around);
    case 'up_for_reschedule':
      return waitingRun(row, attempt, 'rescheduled', around);
    case 'awaiting_input':
      return waitingRun(row, attempt, 'suspended', around);
    case 'running':
      return runningRun(row, attempt, 'executing', around);
    case 'restarting':
      return runningRun(row, attempt, 'stopping', around);
    default:
      return compact<TaskRun>({ ...baseOf(row, attempt, around), state: 'unknown', observedAt: around.now });
  }
}

function waitingRun(row: TaskInstance, attempt: number, substate: Substate, around: Around): TaskRun {
  const isQueued = substate === 'queued';
  const isScheduled = isQueued || substate === 'scheduled';
  const pool = around.pools.get(row.pool ?? '');
  const by = substate === 'created' ? whoCleared(row, around.audit) : undefined;
  return compact<TaskRun>({
    ...baseOf(row, attempt, around),
    state: 'pending',
    substate,
    createdAt: isScheduled ? row.scheduled : undefined,
    queuedAt: isQueued ? row.queued : undefined,
    observedAt: around.now,
    evidence:
      substate === 'scheduled' && pool !== undefined && pool.open <= 0
        ? `Its pool ${pool.name} is full: all of its ${pool.slots} slots are taken.`
        : by === undefined
          ? undefined
          : `Cleared by ${by}.`,
  });
}

function runningRun(row: TaskInstance, attempt: number, substate: Substate, around: Around): TaskRun {
  return compact<TaskRun>({
    ...baseOf(row, attempt, around),
    ...beforeStart(row, row.started),
    state: 'running',
    substate,
    worker: row.hostname,
    host: row.hostname,
    startedAt: row.started,
    observedAt: around.now,
  });
}

function endedRun(row: TaskInstance, attempt: number, place: Place, around: Around): TaskRun {
  const { started, ended, hostname } = row;
  // Decided without running: both times are that of the decision.
  const ran = row.state !== 'upstream_failed' && started !== undefined && started !== ended;
  const finishedAt = Math.max(
    ended ?? around.timedOut.get(dagRunId(row)) ?? started ?? row.queued ?? row.scheduled ?? around.now,
    started ?? 0
  );
  const judged = judgeEnd(row, ran, place, around.audit);
  return compact<TaskRun>({
    ...baseOf(row, attempt, around),
    ...beforeStart(row, started ?? finishedAt),
    ...judged,
    worker: ran ? hostname : undefined,
    host: ran ? hostname : undefined,
    startedAt: ran ? started : undefined,
    finishedAt: judged.state === 'unknown' ? undefined : finishedAt,
    observedAt: finishedAt,
  });
}

/** What followed a try. */
interface Place {
  isFollowed?: boolean;
  /** By one more than the retries that it was given. */
  isBeyond?: boolean;
}

export interface Judgement {
  state: LifecycleState;
  substate?: Substate;
  evidence?: string;
}

function judgeEnd(row: TaskInstance, ran: boolean, { isFollowed = false, isBeyond }: Place, audit: Audit): Judgement {
  const by = whoEnded(row, audit);
  switch (row.state) {
    case 'success':
      return compact({ state: 'completed', substate: 'success', evidence: by && `Marked as success by ${by}.` });
    case 'failed': {
      if (by !== undefined) {
        return { state: 'cancelled', substate: 'terminated', evidence: `Marked as failed by ${by}.` };
      }
      const vanished =
        howVanished(row, isFollowed, audit) ??
        (isBeyond === true
          ? 'Airflow tried it again though it had no retry left: its worker or its scheduler had vanished.'
          : undefined);
      return vanished === undefined
        ? { state: 'failed', substate: 'error' }
        : { state: 'failed', substate: 'lost', evidence: vanished };
    }
    case 'upstream_failed':
      return { state: 'failed', substate: 'upstream_failed' };
    case 'skipped':
      return judgeSkipped(row, ran, by);
    case 'removed':
      // The task is no longer in its DAG: of one that ran, only the audit log still tells how it ended.
      return ran ? judgeRemoved(row, audit) : { state: 'cancelled', substate: 'removed' };
    default:
      return { state: 'unknown' };
  }
}

function judgeSkipped({ ended }: TaskInstance, ran: boolean, by: string | undefined): Judgement {
  if (ended !== undefined) {
    return compact({
      state: 'completed',
      substate: 'skipped',
      evidence: by && `Skipped when ${by} ended its dag run.`,
    });
  }
  return ran
    ? {
        state: 'cancelled',
        substate: 'terminated',
        evidence:
          'Its dag run ran out of time (dagrun_timeout). Airflow tells no end of the task: the one shown is the dag run’s.',
      }
    : {
        state: 'completed',
        substate: 'skipped',
        evidence: 'Its dag run ran out of time (dagrun_timeout) before it started.',
      };
}

function judgeRemoved(row: TaskInstance, audit: Audit): Judgement {
  const failed = hasFailed(row, audit);
  return failed === undefined
    ? { state: 'unknown' }
    : failed
      ? { state: 'failed', substate: 'error' }
      : { state: 'completed', substate: 'success', evidence: 'Removed from its DAG since; it told no failure.' };
}

/** Waits are told by the last pass through the queue: a task that was deferred or poked queues again after its start. */
function beforeStart({ scheduled, queued }: TaskInstance, started: EpochMs | undefined) {
  const until = (time: EpochMs | undefined, limit: EpochMs) => (time !== undefined && time <= limit ? time : undefined);
  const queuedAt = until(queued, started ?? Infinity);
  return { createdAt: until(scheduled, queuedAt ?? started ?? Infinity), queuedAt };
}

function baseOf(row: TaskInstance, attempt: number, around: Around) {
  const { dag, task, retries, pool, operator, queue, state } = row;
  const parentId = dagRunId(row);
  return {
    source: AIRFLOW,
    runId: instanceId(row),
    attempt,
    nativeState: state ?? 'none',
    task: `${dag}.${task}`,
    kind: 'task' as const,
    queue: pool,
    // Airflow tries again what it lost, beyond the retries that it was given.
    maxAttempts: retries === undefined || retries + 1 < attempt ? undefined : retries + 1,
    parentId,
    rootId: parentId,
    args: argsText(row),
    labels: compact({ dag, task_id: task, pool, operator, queue, owner: around.ownersOf(dag) }) as Record<
      string,
      string
    >,
  };
}

/** Templated arguments that are set; Airflow has put `***` for the secrets that it knows. */
function argsText({ rendered = {} }: TaskInstance): string | undefined {
  const isSet = (value: unknown) => value !== null && JSON.stringify(value) !== '[]' && JSON.stringify(value) !== '{}';
  const set = Object.entries(rendered).filter(([, value]) => isSet(value));
  const text = set.length === 0 ? '' : JSON.stringify(Object.fromEntries(set));
  return text === '' ? undefined : text.length > LONGEST_ARGS ? `${text.slice(0, LONGEST_ARGS)}…` : text;
}
