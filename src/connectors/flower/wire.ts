import {
  compact,
  optional,
  readFlag,
  readList,
  readNumber,
  readObject,
  readRows,
  readText,
} from '../../model/read-shape';
import type { EpochMs } from '../../model/units';

/** A row of `GET /api/tasks`, times in milliseconds; what Flower gives as `null` is absent. */
export interface FlowerTask {
  uuid: string;
  name?: string;
  state: string;
  worker?: string;
  routingKey?: string;
  sent?: EpochMs;
  received?: EpochMs;
  started?: EpochMs;
  succeeded?: EpochMs;
  failed?: EpochMs;
  retried?: EpochMs;
  revoked?: EpochMs;
  rejected?: EpochMs;
  /** Of the last event, as the receiver shifted it. */
  timestamp?: EpochMs;
  eta?: EpochMs;
  retries: number;
  exception?: string;
  traceback?: string;
  args?: string;
  kwargs?: string;
  result?: string;
  rootId?: string;
  parentId?: string;
}

export interface FlowerTasks {
  /** In Flower's order, which is the order of the object's keys. */
  tasks: FlowerTask[];
  /** Rows there were, read or not. */
  rows: number;
  /** Rows that could not be read. */
  skipped: number;
}

/** @throws ShapeError when the whole is no object; a row that cannot be read is counted. */
export function readTasks(value: unknown): FlowerTasks {
  const { rows: tasks, skipped } = readRows(Object.values(readObject(value, 'answer')), 'answer', readTask);
  return { tasks, rows: tasks.length + skipped, skipped };
}

function readTask(value: unknown): FlowerTask {
  const row = readObject(value, 'task');
  const text = (name: string) => optional(row[name], name, readText);
  const time = (name: string) => optional(row[name], name, readSeconds);
  return compact<FlowerTask>({
    uuid: readText(row['uuid'], 'uuid'),
    name: text('name'),
    state: readText(row['state'], 'state'),
    worker: text('worker'),
    routingKey: text('routing_key'),
    sent: time('sent'),
    received: time('received'),
    started: time('started'),
    succeeded: time('succeeded'),
    failed: time('failed'),
    retried: time('retried'),
    revoked: time('revoked'),
    rejected: time('rejected'),
    timestamp: time('timestamp'),
    eta: optional(row['eta'], 'eta', readIsoTime),
    retries: optional(row['retries'], 'retries', readNumber) ?? 0,
    exception: text('exception'),
    traceback: text('traceback'),
    args: text('args'),
    kwargs: text('kwargs'),
    result: text('result'),
    rootId: text('root_id'),
    parentId: text('parent_id'),
  });
}

function readSeconds(value: unknown, where: string): EpochMs {
  return Math.round(readNumber(value, where) * 1000);
}

function readIsoTime(value: unknown, where: string): EpochMs | undefined {
  const time = Date.parse(readText(value, where));
  return Number.isNaN(time) ? undefined : time;
}

/** `GET /api/workers?status=true`: whether each worker was heard of lately. */
export function readStatus(value: unknown): Map<string, boolean> {
  const workers = readObject(value, 'answer');
  return new Map(Object.entries(workers).map(([name, alive]) => [name, readFlag(alive, name)]));
}

export interface FlowerWorker {
  slots?: number;
  queues?: string[];
}

/** `GET /api/workers`, what Flower knows of each from its last inspection; nothing before the first. */
export function readWorkers(value: unknown): Map<string, FlowerWorker> {
  const workers = readObject(value, 'answer');
  return new Map(
    Object.entries(workers).map(([name, one]) => {
      const worker = readObject(one, name);
      const pool = optional(optional(worker['stats'], 'stats', readObject)?.['pool'], 'pool', readObject);
      const queues = optional(worker['active_queues'], 'active_queues', (list, where) =>
        readList(list, where, (queue, at) => readText(readObject(queue, at)['name'], `${at}.name`))
      );
      return [name, compact<FlowerWorker>({ slots: optional(pool?.['max-concurrency'], 'slots', readNumber), queues })];
    })
  );
}
