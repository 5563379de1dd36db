import { readNumber, readObject, readText, ShapeError } from '../../../../src/model/read-shape';
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
  // Absent ones are never set, instead of being taken away: of these there are many thousands a second.
  const read: CeleryEvent = {
    type: type as EventType,
    at: readSeconds(event['timestamp'], 'timestamp'),
    hostname: readText(event['hostname'], 'hostname'),
    uuid: type.startsWith('task-') ? readText(event['uuid'], 'uuid') : '',
  };
  for (const name in event) {
    const value = event[name];
    if (value === null || value === undefined || value === '') {
      continue;
    }
    const text = TEXTS[name];
    if (text !== undefined) {
      read[text] = readTextOrNumber(value, name);
    } else if (NUMBERS.has(name)) {
      read[name as 'retries' | 'freq' | 'active' | 'processed'] = readNumber(value, name);
    } else if (FLAGS.has(name) && value === true) {
      read[name as 'requeue' | 'terminated' | 'expired'] = true;
    }
  }
  if (event['eta'] !== undefined && event['eta'] !== null) {
    read.eta = readIsoTime(event['eta'], 'eta');
  }
  const { routing_key: routingKey, signum } = event;
  if (read.queue === undefined && typeof routingKey === 'string' && routingKey !== '') {
    read.queue = routingKey;
  }
  if (typeof signum === 'number' || typeof signum === 'string') {
    read.signum = signum;
  }
  return read;
}

/** Names of Celery → ours. */
const TEXTS: Readonly<
  Record<string, 'name' | 'args' | 'kwargs' | 'queue' | 'parentId' | 'rootId' | 'result' | 'exception' | 'traceback'>
> = {
  name: 'name',
  args: 'args',
  kwargs: 'kwargs',
  queue: 'queue',
  parent_id: 'parentId',
  root_id: 'rootId',
  result: 'result',
  exception: 'exception',
  traceback: 'traceback',
};
const NUMBERS: ReadonlySet<string> = new Set(['retries', 'freq', 'active', 'processed']);
const FLAGS: ReadonlySet<string> = new Set(['requeue', 'terminated', 'expired']);

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
