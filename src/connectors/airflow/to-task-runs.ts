import type { LifecycleState, Substate } from '../../model/lifecycle';
import { compact } from '../../model/read-shape';
import type { TaskRun } from '../../model/task-run';
import type { EpochMs } from '../../model/units';
import { hasFailed, howVanished, lastClear, whoEnded } from './audit';
import type { Audit } from './audit';
import { dagRunId, instanceId } from './identity';
import { AIRFLOW } from './refuse';
import type { Pool, TaskInstance } from './wire';

/** States in which Airflow has done with a try. */
const ENDED = ['success', 'failed', 'upstream_failed', 'skipped', 'removed'];
const WAITING: Readonly<Record<string, Substate>> = {
  none: 'created',
  scheduled: 'scheduled',
  queued: 'queued',
  deferred: 'deferred',
  up_for_reschedule: 'rescheduled',
  awaiting_input: 'suspended',
};
const RUNNING: Readonly<Record<string, Substate>> = { running: 'executing', restarting: 'stopping' };
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
  const state = row.state ?? 'none';
  if (ENDED.includes(state)) {
    return endedRun(row, attempt, {}, around);
  }
  const [waits, runs] = [WAITING[state], RUNNING[state]];
  return waits !== undefined
    ? waitingRun(row, attempt, waits, around)
    : runs !== undefined
      ? runningRun(row, attempt, runs, around)
      : compact<TaskRun>({ ...baseOf(row, attempt, around), state: 'unknown', observedAt: around.now });
}

function waitingRun(row: TaskInstance, attempt: number, substate: Substate, around: Around): TaskRun {
  const cleared = substate === 'created' ? lastClear(row, around.audit) : undefined;
  const pool = around.pools.get(row.pool ?? '');
  const isFull = substate === 'scheduled' && pool !== undefined && pool.open <= 0;
  const waited = isFull ? `Its pool ${pool.name} is full: all of its ${pool.slots} slots are taken.` : undefined;
  return compact<TaskRun>({
    ...baseOf(row, attempt, around),
    state: 'pending',
    substate,
    // The attempt after a failed one exists since that ended, the one after a clear since the clear.
    createdAt: substate === 'retrying' ? row.ended : substate === 'created' ? cleared?.at : row.scheduled,
    queuedAt: substate === 'queued' ? row.queued : undefined,
    observedAt: around.now,
    evidence: waited ?? (cleared === undefined ? undefined : `Cleared by ${cleared.owner}.`),
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
  const { dag, task, retries, pool, operator, queue, state, logicalDate } = row;
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
    labels: compact({
      dag,
      task_id: task,
      pool,
      operator,
      queue,
      owner: around.ownersOf(dag),
      logical_date: logicalDate,
    }) as Record<string, string>,
  };
}

/** Templated arguments that are set; Airflow has put `***` for the secrets that it knows. */
function argsText({ rendered = {} }: TaskInstance): string | undefined {
  const isSet = (value: unknown) => value !== null && JSON.stringify(value) !== '[]' && JSON.stringify(value) !== '{}';
  const set = Object.entries(rendered).filter(([, value]) => isSet(value));
  const text = set.length === 0 ? '' : JSON.stringify(Object.fromEntries(set));
  return text === '' ? undefined : text.length > LONGEST_ARGS ? `${text.slice(0, LONGEST_ARGS)}…` : text;
}
