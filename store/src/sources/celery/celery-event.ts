import { compact, optional, readNumber, readObject, readText, ShapeError } from '../../../../src/model/read-shape';
import type { EpochMs } from '../../../../src/model/units';

/** What the store knows what to do with; an application may send events of its own (`task-progress`). */
export type EventType =
  | 'task-sent'
  | 'task-received'
  | 'task-started'
  | 'task-succeeded'
  | 'task-failed'
  | 'task-rejected'
  | 'task-revoked'
  | 'task-retried'
  | 'task-cancelled'
  | 'worker-online'
  | 'worker-heartbeat'
  | 'worker-offline';

/** An event of Celery (3.1 to 5.7), of a task or of a worker. What a type does not have is absent. */
export interface CeleryEvent {
  type: EventType;
  /** By the clock of whoever sent it. `utcoffset` is not applied: the timestamp is of 1970 in UTC already. */
  at: EpochMs;
  /** The worker, `worker-1@host`; of task-sent the client, `gen123@host`. */
  hostname: string;

  uuid: string;
  name?: string;
  args?: string;
  kwargs?: string;
  retries?: number;
  eta?: EpochMs;
  queue?: string;
  parentId?: string;
  rootId?: string;
  result?: string;
  exception?: string;
  traceback?: string;
  requeue?: boolean;
  terminated?: boolean;
  expired?: boolean;
  signum?: number | string;

  /** Seconds between two heartbeats. */
  freq?: number;
  /** Tasks that the worker runs. */
  active?: number;
  /** Tasks that it has run since its start. */
  processed?: number;
}

const TYPES: ReadonlySet<string> = new Set<EventType>([
  'task-sent',
  'task-received',
  'task-started',
  'task-succeeded',
  'task-failed',
  'task-rejected',
  'task-revoked',
  'task-retried',
  'task-cancelled',
  'worker-online',
  'worker-heartbeat',
  'worker-offline',
]);

/**
 * @returns `undefined` for an event that is none of Celery's own
 * @throws ShapeError when it is no event
 */
export function readEvent(value: unknown): CeleryEvent | undefined {
  const event = readObject(value, 'event');
  const type = readText(event['type'], 'type');
  if (!TYPES.has(type)) {
    return undefined;
  }
  const text = (name: string) => optional(event[name], name, readTextOrNumber);
  const number = (name: string) => optional(event[name], name, readNumber);
  const common = {
    type: type as EventType,
    at: readSeconds(event['timestamp'], 'timestamp'),
    hostname: readText(event['hostname'], 'hostname'),
  };
  if (!type.startsWith('task-')) {
    return compact<CeleryEvent>({
      ...common,
      uuid: '',
      freq: number('freq'),
      active: number('active'),
      processed: number('processed'),
    });
  }
  return compact<CeleryEvent>({
    ...common,
    uuid: readText(event['uuid'], 'uuid'),
    name: text('name'),
    args: text('args'),
    kwargs: text('kwargs'),
    retries: number('retries'),
    eta: optional(event['eta'], 'eta', readIsoTime),
    queue: queueOf(text('queue'), text('routing_key')),
    parentId: text('parent_id'),
    rootId: text('root_id'),
    result: text('result'),
    exception: text('exception'),
    traceback: text('traceback'),
    requeue: event['requeue'] === true ? true : undefined,
    terminated: event['terminated'] === true ? true : undefined,
    expired: event['expired'] === true ? true : undefined,
    signum: optional(event['signum'], 'signum', (signum) => signum as number | string),
  });
}

function queueOf(queue: string | undefined, routingKey: string | undefined): string | undefined {
  return queue !== undefined && queue !== '' ? queue : routingKey === '' ? undefined : routingKey;
}

function readSeconds(value: unknown, where: string): EpochMs {
  return Math.round(readNumber(value, where) * 1000);
}

/** Before Celery 5.7 a task could be named by what is no text. */
function readTextOrNumber(value: unknown, where: string): string {
  return typeof value === 'number' ? String(value) : readText(value, where);
}

/** Without a zone it is UTC, as `enable_utc` has it. */
function readIsoTime(value: unknown, where: string): EpochMs {
  const text = readText(value, where);
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(time)) {
    throw new ShapeError(where, value, 'an ISO time');
  }
  return time;
}
