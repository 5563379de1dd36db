import type { EpochMs } from '../../model/units';
import { dagRunId, tryId } from './identity';
import type { AuditEvent, DagRun, TaskInstance } from './wire';

/** Lines that tell the end of a failed try. */
const FAILED = ['failed', 'up_for_retry'];
/** Lines that tell that a try's process, worker or queue is gone; the scheduler writes them. */
const VANISHED = ['state mismatch', 'heartbeat timeout', 'stuck in queued tries exceeded'];
/** What users do to states: lines that tell the new one. */
const SET_STATE = ['patch_task_instance', 'patch_task_group_instances', 'patch_dag_run'];
const CLEARED = ['post_clear_task_instances', 'clear_dag_run'];
/** The same in Airflow 2, by API and by its pages. */
const SET_STATE_2 = [
  'api.patch_task_instance',
  'api.patch_mapped_task_instance',
  'api.post_set_task_instances_state',
  'api.update_dag_run_state',
];
const CLEARED_2 = ['api.post_clear_task_instances', 'api.clear_dag_run', 'ui.clear', 'ui.dagrun_clear'];
/** Lines of Airflow 2's pages that tell the new state by their name. */
const SET_STATE_BY_NAME: Readonly<Record<string, string>> = {
  'ui.failed': 'failed',
  'ui.success': 'success',
  'ui.dagrun_failed': 'failed',
  'ui.dagrun_success': 'success',
};

/** All that is asked of the audit log: without the lines of what ran well, it is short. */
export function auditedIn(base: '/api/v2' | '/api/v1'): string[] {
  const acts =
    base === '/api/v2' ? [...SET_STATE, ...CLEARED] : [...SET_STATE_2, ...CLEARED_2, ...Object.keys(SET_STATE_BY_NAME)];
  return [...FAILED, ...VANISHED, ...acts];
}

/** A run that a user's act ends is over when the act is answered; its process may go on until its next heartbeat. */
const SAME_MOMENT_MS = 2000;

/** What the audit log tells of a time. */
export interface Audit {
  /** Lines before this are not known; absent: the log could not be read. */
  from?: EpochMs;
  /** How a try failed, by `tryId`. */
  failures: ReadonlyMap<string, AuditEvent>;
  /** What users did to a dag run and its tasks, by `dagRunId`; the newest first. */
  acts: ReadonlyMap<string, readonly AuditEvent[]>;
}

export const NO_AUDIT: Audit = { failures: new Map(), acts: new Map() };

export function auditOf(events: readonly AuditEvent[], from: EpochMs): Audit {
  const failures = new Map<string, AuditEvent>();
  const acts = new Map<string, AuditEvent[]>();
  for (const event of events) {
    const { dag, run, task, mapIndex = -1, tryNumber } = event;
    if (run === undefined) {
      continue;
    }
    if (task !== undefined && tryNumber !== undefined) {
      const id = tryId({ dag, run, task, mapIndex, tryNumber });
      // The scheduler says why, a moment before or after `failed`.
      if (!failures.has(id) || VANISHED.includes(event.event)) {
        failures.set(id, event);
      }
    } else {
      const id = dagRunId({ dag, run });
      acts.set(
        id,
        [...(acts.get(id) ?? []), event].sort((a, b) => b.at - a.at)
      );
    }
  }
  return { from, failures, acts };
}

/** Who set the state in which this try ended, if a user did. */
export function whoEnded(row: TaskInstance, audit: Audit): string | undefined {
  const { task, mapIndex, state, started = 0, ended } = row;
  const lines = actsOn(row, audit);
  // Lines of mapped tasks may be of all instances.
  const own = lines.filter((act) => act.task === task && (act.mapIndex ?? mapIndex) === mapIndex);
  const done = own.find((act) => newStateOf(act) === state && act.at >= started);
  if (done !== undefined || audit.failures.has(tryId(row))) {
    return done?.owner;
  }
  // Marking a run failed ends what runs of it; what had ended before stays as it was.
  const isThen = (act: AuditEvent) => ended !== undefined && Math.abs(ended - act.at) <= SAME_MOMENT_MS;
  return lines.find((act) => act.task === undefined && newStateOf(act) !== undefined && isThen(act))?.owner;
}

/** Who set the state in which this dag run ended, if a user did. */
export function whoEndedRun(row: DagRun, audit: Audit): string | undefined {
  const { started = 0, state } = row;
  return actsOn(row, audit).find((act) => act.task === undefined && newStateOf(act) === state && act.at >= started)
    ?.owner;
}

/** Who cleared a task instance last, alone or with its run. */
export function whoCleared(row: TaskInstance, audit: Audit): string | undefined {
  return actsOn(row, audit).find((act) => isClear(act) && clears(act.extra, row.task))?.owner;
}

/** The act by which a dag run was opened again: a clear, or a failed task that was marked as success. */
export function reopenedBy(row: DagRun, audit: Audit): AuditEvent | undefined {
  const { queued = 0, started = Infinity } = row;
  const until = Math.max(queued, started);
  return actsOn(row, audit).find((act) => (isClear(act) || act.task !== undefined) && act.at <= until);
}

function actsOn(row: Pick<DagRun, 'dag' | 'run'>, { acts }: Audit): readonly AuditEvent[] {
  return acts.get(dagRunId(row)) ?? [];
}

function isClear({ event }: AuditEvent): boolean {
  return CLEARED.includes(event) || CLEARED_2.includes(event);
}

/**
 * Why a failed try is lost, where the audit log tells: the scheduler missed it, or its process told no end although
 * another try followed. Of a last try that proves nothing: users who mark many at once leave no line (3.3.2).
 */
export function howVanished(row: TaskInstance, isFollowed: boolean, { from, failures }: Audit): string | undefined {
  const line = failures.get(tryId(row));
  if (line !== undefined) {
    return VANISHED.includes(line.event) ? `Airflow wrote: ${line.event}. ${firstSentence(line.extra)}` : undefined;
  }
  return isFollowed && isCovered(row, from)
    ? 'Its process told no end: it, its worker or its scheduler vanished. The end is when Airflow noticed.'
    : undefined;
}

/** Whether a try told a failure; absent where the audit log does not reach back to its start. */
export function hasFailed(row: TaskInstance, { from, failures }: Audit): boolean | undefined {
  return failures.has(tryId(row)) ? true : isCovered(row, from) ? false : undefined;
}

function isCovered({ started }: TaskInstance, from: EpochMs | undefined): boolean {
  return from !== undefined && started !== undefined && started >= from;
}

function newStateOf({ event, extra }: AuditEvent): string | undefined {
  if (!SET_STATE.includes(event) && !SET_STATE_2.includes(event)) {
    return SET_STATE_BY_NAME[event];
  }
  const fields = fieldsOf(extra);
  const state = fields['new_state'] ?? fields['state'];
  return typeof state === 'string' ? state : undefined;
}

/** Whether a clear concerns a task: without a list it concerns all. */
function clears(extra: string | undefined, task: string): boolean {
  const tasks = fieldsOf(extra)['task_ids'];
  return !Array.isArray(tasks) || tasks.some((one) => one === task || (Array.isArray(one) && one[0] === task));
}

function fieldsOf(extra = ''): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(extra);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Some lines have plain text.
    return {};
  }
}

function firstSentence(text = ''): string {
  return /^.*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
}
