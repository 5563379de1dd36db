import {
  compact,
  optional,
  readArray,
  readEach,
  readNumber,
  readObject,
  readText,
  ShapeError,
} from '../../model/read-shape';
import type { Fields } from '../../model/read-shape';
import type { EpochMs } from '../../model/units';

/** One page of a list. */
export interface Rows<T> {
  rows: T[];
  /** Rows there were, read or not: the next page begins behind them. */
  count: number;
  /** Rows that could not be read. */
  skipped: number;
  /** Of the whole list. */
  total: number;
}

/** A task instance, or one of its tries, as Airflow 2 and 3 give it; what is `null` there is absent. */
export interface TaskInstance {
  dag: string;
  run: string;
  task: string;
  /** −1: not mapped, or not expanded yet. */
  mapIndex: number;
  /** Absent: nothing is decided yet, or it was cleared. */
  state?: string;
  /** 0: never scheduled. */
  tryNumber: number;
  /** The largest `tryNumber` is one more, unless Airflow lost a try. */
  retries?: number;
  scheduled?: EpochMs;
  queued?: EpochMs;
  started?: EpochMs;
  ended?: EpochMs;
  hostname?: string;
  pool?: string;
  queue?: string;
  operator?: string;
  /** The schedule's instant that its dag run is for, as Airflow writes it; none of many that were triggered. */
  logicalDate?: string;
  /** Templated arguments by name. */
  rendered?: Fields;
}

export interface DagRun {
  dag: string;
  run: string;
  state: string;
  runAfter?: EpochMs;
  queued?: EpochMs;
  started?: EpochMs;
  ended?: EpochMs;
  runType?: string;
  triggeredBy?: string;
  user?: string;
  /** As of a task instance. */
  logicalDate?: string;
}

/** A line of the audit log. Lines of tasks have a `tryNumber`, what a user did has none. */
export interface AuditEvent {
  at: EpochMs;
  event: string;
  dag: string;
  run?: string;
  task?: string;
  mapIndex?: number;
  tryNumber?: number;
  /** Of what a user did: who. */
  owner?: string;
  /** JSON or text. */
  extra?: string;
}

export interface Pool {
  name: string;
  slots: number;
  open: number;
}

/** @throws ShapeError when there is no such list; a row that cannot be read is counted. */
function readRows<T>(value: unknown, list: string, readOne: (row: Fields) => T): Rows<T> {
  const answer = readObject(value, 'answer');
  const items = readArray(answer[list], list);
  const total = readNumber(answer['total_entries'], 'total_entries');
  return { ...readEach(items, (item) => readOne(readObject(item, list))), count: items.length, total };
}

export const readTaskInstances = (value: unknown) => readRows(value, 'task_instances', readTaskInstance);
export const readDagRuns = (value: unknown) => readRows(value, 'dag_runs', readDagRun);
export const readAuditEvents = (value: unknown) => readRows(value, 'event_logs', readAuditEvent);
export const readPools = (value: unknown) => readRows(value, 'pools', readPool);
export const readDags = (value: unknown) => readRows(value, 'dags', readDag);

function readTaskInstance(row: Fields): TaskInstance {
  return compact<TaskInstance>({
    dag: readText(row['dag_id'], 'dag_id'),
    run: readText(row['dag_run_id'], 'dag_run_id'),
    task: readText(row['task_id'], 'task_id'),
    mapIndex: optional(row['map_index'], 'map_index', readNumber) ?? -1,
    state: optional(row['state'], 'state', readText),
    tryNumber: readNumber(row['try_number'], 'try_number'),
    retries: optional(row['max_tries'], 'max_tries', readNumber),
    scheduled: optional(row['scheduled_when'], 'scheduled_when', readTime),
    queued: optional(row['queued_when'], 'queued_when', readTime),
    started: optional(row['start_date'], 'start_date', readTime),
    ended: optional(row['end_date'], 'end_date', readTime),
    hostname: readFilled(row, 'hostname'),
    pool: readFilled(row, 'pool'),
    queue: readFilled(row, 'queue'),
    operator: readFilled(row, 'operator'),
    logicalDate: readLogicalDate(row),
    rendered: optional(row['rendered_fields'], 'rendered_fields', readObject),
  });
}

export function readDagRun(value: unknown): DagRun {
  const row = readObject(value, 'dag run');
  return compact<DagRun>({
    dag: readText(row['dag_id'], 'dag_id'),
    run: readText(row['dag_run_id'], 'dag_run_id'),
    state: readText(row['state'], 'state'),
    runAfter: optional(row['run_after'], 'run_after', readTime),
    queued: optional(row['queued_at'], 'queued_at', readTime),
    started: optional(row['start_date'], 'start_date', readTime),
    ended: optional(row['end_date'], 'end_date', readTime),
    runType: readFilled(row, 'run_type'),
    triggeredBy: readFilled(row, 'triggered_by'),
    user: readFilled(row, 'triggering_user_name'),
    logicalDate: readLogicalDate(row),
  });
}

/** Airflow 2 calls it the execution date of a task instance. */
function readLogicalDate(row: Fields): string | undefined {
  return readFilled(row, 'logical_date') ?? readFilled(row, 'execution_date');
}

function readAuditEvent(row: Fields): AuditEvent {
  return compact<AuditEvent>({
    at: readTime(row['when'], 'when'),
    event: readText(row['event'], 'event'),
    dag: readText(row['dag_id'], 'dag_id'),
    run: readFilled(row, 'run_id'),
    task: readFilled(row, 'task_id'),
    mapIndex: optional(row['map_index'], 'map_index', readNumber),
    tryNumber: optional(row['try_number'], 'try_number', readNumber),
    owner: readFilled(row, 'owner'),
    extra: readFilled(row, 'extra'),
  });
}

function readPool(row: Fields): Pool {
  return {
    name: readText(row['name'], 'name'),
    slots: readNumber(row['slots'], 'slots'),
    open: readNumber(row['open_slots'], 'open_slots'),
  };
}

function readDag(row: Fields): { dag: string; owners: string } {
  const owners = readArray(row['owners'], 'owners').map((owner) => readText(owner, 'owners'));
  return { dag: readText(row['dag_id'], 'dag_id'), owners: owners.join(', ') };
}

export function readVersion(value: unknown): string {
  return readText(readObject(value, 'answer')['version'], 'version');
}

/** A part of Airflow. One that was never started has no status: whoever runs no triggerer lacks none. */
export interface Part {
  name: string;
  isHealthy: boolean;
  lastSeen?: EpochMs;
}

/** `GET monitor/health`: the parts that run, or ran. */
export function readParts(value: unknown): Part[] {
  return Object.entries(readObject(value, 'answer')).flatMap(([part, one]) => {
    const told = readObject(one, part);
    const status = optional(told['status'], 'status', readText);
    if (status === undefined) {
      return [];
    }
    const lastSeen = optional(told[`latest_${part}_heartbeat`], 'heartbeat', readTime);
    return [compact<Part>({ name: part.replace('_', ' '), isHealthy: status !== 'unhealthy', lastSeen })];
  });
}

/** `GET importErrors`: how many files cannot be read, and the first of them. */
export function readImportErrors(value: unknown): { total: number; first?: string } {
  const { rows, total } = readRows(value, 'import_errors', (row) => readText(row['filename'], 'filename'));
  return compact({ total, first: rows[0] });
}

/** Some texts are empty where nothing is known: the host of what never ran. */
function readFilled(row: Fields, name: string): string | undefined {
  const text = optional(row[name], name, readText);
  return text === '' ? undefined : text;
}

function readTime(value: unknown, where: string): EpochMs {
  const time = Date.parse(readText(value, where));
  if (Number.isNaN(time)) {
    throw new ShapeError(where, value, 'a time');
  }
  return time;
}
