import { compact, readText, ShapeError } from '../../../../src/model/read-shape';
import type { EpochMs } from '../../../../src/model/units';

/** Where a job is noted, which is its state. */
export const PLACES = [
  'wait',
  'paused',
  'prioritized',
  'delayed',
  'waiting-children',
  'active',
  'completed',
  'failed',
] as const;
export type Place = (typeof PLACES)[number];

/** A job as it lies in Redis. */
export interface BullRecord {
  prefix: string;
  queue: string;
  id: string;
  place: Place;
  /** Of its hash, the fields that are read; texts that are too long are absent. */
  fields: Readonly<Record<string, string | null>>;
  /** Whether a worker holds its lock; of active ones. */
  isLocked?: boolean;
}

/** Read of each hash. `data` and `returnvalue` are asked for apart, where they are short. */
export const FIELDS = [
  'name',
  'timestamp',
  'processedOn',
  'finishedOn',
  'failedReason',
  'stacktrace',
  'opts',
  'atm',
  'attemptsMade',
  'ats',
  'stc',
  'parentKey',
  'pb',
  'rjk',
] as const;
export const TEXTS = ['data', 'returnvalue'] as const;

export interface BullJob {
  queue: string;
  id: string;
  place: Place;
  name: string;
  createdAt: EpochMs;
  delayMs: number;
  startedAt?: EpochMs;
  endedAt?: EpochMs;
  /** How often it was begun. */
  starts: number;
  /** How often its worker was gone. */
  stalls: number;
  maxAttempts?: number;
  failedReason?: string;
  /** Of its last failure. */
  stack?: string;
  /** `<queue>:<id>`. */
  parentId?: string;
  worker?: string;
  schedule?: string;
  data?: string;
  result?: string;
  isLocked?: boolean;
  /** It is told to be removed as soon as it has ended well, or badly. */
  isRemovedAtOnce: { onComplete: boolean; onFail: boolean };
}

/** @throws ShapeError when it is no job */
export function readJob({ prefix, queue, id, place, fields, isLocked }: BullRecord): BullJob {
  const text = (name: string) => (fields[name] ?? '') || undefined;
  const number = (name: string) => {
    const found = text(name);
    const value = Number(found);
    if (found !== undefined && !Number.isFinite(value)) {
      throw new ShapeError(name, found, 'a number');
    }
    return found === undefined ? undefined : value;
  };
  const opts = readJson(text('opts'), 'opts') as
    { attempts?: unknown; delay?: unknown; removeOnComplete?: unknown; removeOnFail?: unknown } | undefined;
  const stacks = readJson(text('stacktrace'), 'stacktrace');
  const stack: unknown = Array.isArray(stacks) ? stacks.at(-1) : undefined;
  const createdAt = number('timestamp');
  if (createdAt === undefined) {
    throw new ShapeError('timestamp', undefined, 'milliseconds');
  }
  const parentKey = text('parentKey');
  return compact<BullJob>({
    queue,
    id,
    place,
    name: readText(text('name'), 'name'),
    createdAt,
    // The field `delay` is that of a retry, and 0 once the job was begun.
    delayMs: typeof opts?.delay === 'number' ? opts.delay : 0,
    startedAt: number('processedOn'),
    endedAt: number('finishedOn'),
    starts: number('ats') ?? number('atm') ?? number('attemptsMade') ?? 0,
    stalls: number('stc') ?? 0,
    maxAttempts: typeof opts?.attempts === 'number' && opts.attempts > 0 ? opts.attempts : undefined,
    failedReason: text('failedReason'),
    stack: typeof stack === 'string' ? stack : undefined,
    parentId: parentKey?.startsWith(`${prefix}:`) === true ? parentKey.slice(prefix.length + 1) : parentKey,
    worker: text('pb'),
    schedule: text('rjk'),
    data: fields['data'] === '{}' ? undefined : text('data'),
    result: fields['returnvalue'] === 'null' ? undefined : text('returnvalue'),
    isLocked,
    isRemovedAtOnce: { onComplete: isNone(opts?.removeOnComplete), onFail: isNone(opts?.removeOnFail) },
  });
}

function isNone(keep: unknown): boolean {
  return (
    keep === true ||
    keep === 0 ||
    (typeof keep === 'object' && keep !== null && (keep as { count?: unknown }).count === 0)
  );
}

function readJson(text: string | undefined, where: string): unknown {
  if (text === undefined) {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ShapeError(where, text, 'JSON');
  }
}
