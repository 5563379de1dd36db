import type { TimeRange } from '../../model/task-query';
import type { EpochMs } from '../../model/units';
import type { AirflowApi, ListQuestion, Params } from './api';
import { auditedIn } from './audit';
import { dagRunId, instanceId } from './identity';
import { readAuditEvents, readDagRuns, readTaskInstances } from './wire';
import type { AuditEvent, DagRun, TaskInstance } from './wire';

/** A range that ends this near to now is asked for without its end. */
const PRESENT_MS = 60_000;
/** What has not ended, in every version. Others are found by their last change. */
const OPEN = ['none', 'scheduled', 'queued', 'running', 'restarting', 'deferred', 'up_for_retry', 'up_for_reschedule'];

/** Whether the list of open ones has it. */
export function isOpen({ state }: TaskInstance): boolean {
  return OPEN.includes(state ?? 'none') || state === 'awaiting_input';
}

/**
 * Task instances that changed since the range began, the newest first; ends lie behind starts, so they are all that ended
 * in it or later. `updated_at` and not `end_date`, which open ones lack, and what Airflow ends by dagrun_timeout as well.
 */
export function changedInstances(api: AirflowApi, range: TimeRange, now: EpochMs): ListQuestion<TaskInstance> {
  return instances({ ...changedIn(range, now), order_by: newestFirst(api) });
}

/** All that have not ended, however long ago they changed: a retry may be due tomorrow. */
export function openInstances(api: AirflowApi): ListQuestion<TaskInstance> {
  const [major = 0, minor = 0] = api.version.split('.').map(Number);
  const state = major > 3 || (major === 3 && minor >= 3) ? [...OPEN, 'awaiting_input'] : OPEN;
  return instances({ state, order_by: newestFirst(api) });
}

function instances(params: Params): ListQuestion<TaskInstance> {
  return { path: '/dags/~/dagRuns/~/taskInstances', params, read: readTaskInstances, keyOf: instanceId };
}

export function changedDagRuns(range: TimeRange, now: EpochMs): ListQuestion<DagRun> {
  return dagRuns(changedIn(range, now));
}

export function openDagRuns(): ListQuestion<DagRun> {
  return dagRuns({ state: ['queued', 'running'] });
}

function dagRuns(params: Params): ListQuestion<DagRun> {
  return { path: '/dags/~/dagRuns', params: { ...params, order_by: '-id' }, read: readDagRuns, keyOf: dagRunId };
}

/** Failures and users' acts. Version 2 takes its list of events as one text. */
export function auditLines(api: AirflowApi, from: EpochMs): ListQuestion<AuditEvent> {
  const events = auditedIn(api.base);
  return {
    path: '/eventLogs',
    params: {
      after: timeText(from),
      included_events: api.base === '/api/v1' ? events.join(',') : events,
      order_by: '-event_log_id',
    },
    read: readAuditEvents,
    keyOf: (line) => JSON.stringify(line),
  };
}

/** Version 2 has no order for task instances. */
function newestFirst({ base }: AirflowApi): string | undefined {
  return base === '/api/v1' ? undefined : '-id';
}

function changedIn({ from, to }: TimeRange, now: EpochMs): Params {
  return { updated_at_gte: timeText(from), start_date_lte: to > now - PRESENT_MS ? undefined : timeText(to) };
}

/** With its zone: without one, PostgreSQL makes it an error of the server (3.3.2). */
function timeText(time: EpochMs): string {
  return new Date(time).toISOString();
}
