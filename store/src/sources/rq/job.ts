import { inflateSync } from 'node:zlib';
import { compact, readText, ShapeError } from '../../../../src/model/read-shape';
import type { EpochMs } from '../../../../src/model/units';

/** A job as it lies in Redis: the fields that are read of its hash, its results, and where else it is noted. */
export interface RqRecord {
  id: string;
  fields: Readonly<Record<string, string | null>>;
  /** Of the stream `rq:results:<id>`, the oldest first. */
  results: ReadonlyArray<readonly [id: string, fields: readonly string[]]>;
  /** Until when its worker has vouched for it, in epoch seconds: the score of its execution in `rq:wip:<queue>`. */
  aliveUntil?: number;
  /** When it is to run, in epoch seconds: its score in `rq:scheduled:<queue>`. */
  scheduledFor?: number;
  /** Of jobs that it depends on, those that have failed. */
  failedDependencies?: readonly string[];
  /** Name of the cron job that made it. */
  cron?: string;
}

export interface RqResult {
  type: 'successful' | 'failed' | 'stopped' | 'retried' | 'exhausted';
  at: EpochMs;
  worker?: string;
  exception?: string;
  startedAt?: EpochMs;
  endedAt?: EpochMs;
}

export interface RqJob {
  id: string;
  status: string;
  description?: string;
  queue?: string;
  worker?: string;
  createdAt?: EpochMs;
  enqueuedAt?: EpochMs;
  startedAt?: EpochMs;
  endedAt?: EpochMs;
  heartbeatAt?: EpochMs;
  /** Tries that asked to be run again by what they returned. */
  retried: number;
  retriesLeft?: number;
  dependsOn: readonly string[];
  results: readonly RqResult[];
  aliveUntil?: EpochMs;
  scheduledFor?: EpochMs;
  failedDependencies: readonly string[];
  cron?: string;
}

/** Read of each hash. Not among them: `data` and `result`, which are pickled and would be run by reading them. */
export const FIELDS = [
  'status',
  'description',
  'origin',
  'worker_name',
  'created_at',
  'enqueued_at',
  'started_at',
  'ended_at',
  'last_heartbeat',
  'number_of_retries',
  'retries_left',
  'dependency_ids',
  'dependency_id',
] as const;

const TYPES: Readonly<Record<string, RqResult['type']>> = {
  1: 'successful',
  2: 'failed',
  3: 'stopped',
  4: 'retried',
  5: 'exhausted',
};
const LONGEST_EXCEPTION = 1024 ** 2;

/** @throws ShapeError when it is no job */
export function readJob(record: RqRecord): RqJob {
  const { id, fields } = record;
  const text = (name: (typeof FIELDS)[number]) => (fields[name] ?? '') || undefined;
  const number = (name: (typeof FIELDS)[number]) => {
    const found = Number(text(name) ?? NaN);
    return Number.isFinite(found) ? found : undefined;
  };
  return compact<RqJob>({
    id,
    status: readText(text('status'), 'status'),
    description: text('description'),
    queue: text('origin'),
    worker: text('worker_name'),
    createdAt: readTime(text('created_at'), 'created_at'),
    enqueuedAt: readTime(text('enqueued_at'), 'enqueued_at'),
    startedAt: readTime(text('started_at'), 'started_at'),
    endedAt: readTime(text('ended_at'), 'ended_at'),
    heartbeatAt: readTime(text('last_heartbeat'), 'last_heartbeat'),
    retried: number('number_of_retries') ?? 0,
    retriesLeft: number('retries_left'),
    dependsOn: readDependencies(text('dependency_ids'), text('dependency_id')),
    results: record.results.flatMap(([at, pairs]) => readResult(at, pairs) ?? []),
    aliveUntil: ofSeconds(record.aliveUntil),
    scheduledFor: ofSeconds(record.scheduledFor),
    failedDependencies: record.failedDependencies ?? [],
    cron: record.cron,
  });
}

function readResult(id: string, pairs: readonly string[]): RqResult | undefined {
  const fields = new Map<string, string>();
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    fields.set(pairs[at]!, pairs[at + 1]!);
  }
  const type = TYPES[fields.get('type') ?? ''];
  return type === undefined
    ? undefined
    : compact<RqResult>({
        type,
        at: Number(id.split('-', 1)[0]),
        worker: (fields.get('worker_name') ?? '') || undefined,
        exception: inflate(fields.get('exc_string')),
        startedAt: ofSeconds(Number(fields.get('execution_started_at') ?? NaN)),
        endedAt: ofSeconds(Number(fields.get('execution_ended_at') ?? NaN)),
      });
}

function inflate(text: string | undefined): string | undefined {
  if (text === undefined || text === '') {
    return undefined;
  }
  try {
    return inflateSync(Buffer.from(text, 'base64'), { maxOutputLength: LONGEST_EXCEPTION }).toString('utf8');
  } catch {
    return undefined;
  }
}

function readDependencies(list: string | undefined, one: string | undefined): string[] {
  if (list === undefined) {
    return one === undefined ? [] : [one];
  }
  try {
    const ids: unknown = JSON.parse(list);
    return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
  } catch {
    throw new ShapeError('dependency_ids', list, 'a list in JSON');
  }
}

function readTime(text: string | undefined, where: string): EpochMs | undefined {
  if (text === undefined) {
    return undefined;
  }
  const time = Date.parse(text);
  if (Number.isNaN(time)) {
    throw new ShapeError(where, text, 'an ISO time');
  }
  return time;
}

function ofSeconds(seconds: number | undefined): EpochMs | undefined {
  return seconds === undefined || !Number.isFinite(seconds) ? undefined : Math.round(seconds * 1000);
}
