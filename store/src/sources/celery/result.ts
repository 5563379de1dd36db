import {
  compact,
  optional,
  readArray,
  readNumber,
  readObject,
  readText,
  ShapeError,
} from '../../../../src/model/read-shape';
import type { EpochMs } from '../../../../src/model/units';

/** How a task ended, from the result backend. */
export interface CeleryResult {
  uuid: string;
  status: 'SUCCESS' | 'FAILURE' | 'REVOKED';
  doneAt?: EpochMs;
  /** As events write it. */
  exception?: string;
  traceback?: string;
  /** The rest only with `result_extended`. */
  name?: string;
  worker?: string;
  retries?: number;
  /** Of the body of a chord: the task of its header that failed. */
  parentId?: string;
}

/**
 * @param text what is kept under `celery-task-meta-<uuid>`
 * @returns `undefined` where it has not ended
 * @throws ShapeError when it is no result
 */
export function readResult(text: string): CeleryResult | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ShapeError('result', text.slice(0, 40), 'JSON');
  }
  const meta = readObject(value, 'result');
  const status = readText(meta['status'], 'status');
  if (status !== 'SUCCESS' && status !== 'FAILURE' && status !== 'REVOKED') {
    return undefined;
  }
  const error = status === 'FAILURE' ? optional(meta['result'], 'result', readFailure) : undefined;
  return compact<CeleryResult>({
    uuid: readText(meta['task_id'], 'task_id'),
    status,
    doneAt: optional(meta['date_done'], 'date_done', readIsoTime),
    exception: error?.exception,
    traceback: optional(meta['traceback'], 'traceback', readText),
    name: optional(meta['name'], 'name', readText),
    worker: optional(meta['worker'], 'worker', readText),
    retries: optional(meta['retries'], 'retries', readNumber),
    parentId:
      error?.type === CHORD_ERROR ? failedPartOf(error.exception) : optional(meta['parent_id'], 'parent_id', readText),
  });
}

const CHORD_ERROR = 'ChordError';

/** Whether a chord's body was not run because a task of its header failed. No event tells of that (Celery 5.7.0). */
export function isChordError({ exception = '' }: CeleryResult): boolean {
  return exception.startsWith(`${CHORD_ERROR}(`);
}

function readFailure(value: unknown, where: string): { type: string; exception: string } {
  const failure = readObject(value, where);
  const type = readText(failure['exc_type'], `${where}.exc_type`);
  const found = failure['exc_message'];
  const message = typeof found === 'string' ? [found] : (optional(found, `${where}.exc_message`, readArray) ?? []);
  return {
    type,
    exception: `${type}(${message.map((part) => (typeof part === 'string' ? `'${part}'` : String(part))).join(', ')})`,
  };
}

/** `Dependency 9b22bd0f-… raised LookupError(…)`. */
function failedPartOf(exception: string): string | undefined {
  return /Dependency ([0-9a-f-]{36}) raised/.exec(exception)?.[1];
}

/** UTC, which older releases do not write. */
function readIsoTime(value: unknown, where: string): EpochMs {
  const text = readText(value, where);
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(time)) {
    throw new ShapeError(where, value, 'an ISO time');
  }
  return time;
}
