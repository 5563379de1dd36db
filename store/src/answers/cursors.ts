import type { OrderedRun } from '../../../src/analysis/run-lists';
import type { RunSort } from '../../../src/model/task-query';
import { ArchiveError } from '../archive/archive';

/** Where a page ended, as text that the next question of the same order brings back. */
export function encodeCursor({ key, begin, id }: OrderedRun, sort: RunSort | undefined): string {
  return sort === undefined ? `${begin}_${id}` : JSON.stringify([key ?? null, begin, id]);
}

/** @throws ArchiveError for a text that `encodeCursor` did not write for this order */
export function decodeCursor(cursor: string, sort: RunSort | undefined): OrderedRun {
  return sort === undefined ? ofNewestFirst(cursor) : ofOrder(cursor);
}

function ofNewestFirst(cursor: string): OrderedRun {
  const [begin, id] = (/^-?\d+(?:\.\d+)?_\d+$/.test(cursor) ? cursor : '').split('_').map(Number);
  if (begin === undefined || id === undefined) {
    throw none(cursor, 'store');
  }
  return { key: begin, begin, id };
}

function ofOrder(cursor: string): OrderedRun {
  let read: unknown;
  try {
    read = JSON.parse(cursor);
  } catch {
    read = undefined;
  }
  const [key, begin, id] = Array.isArray(read) ? (read as unknown[]) : [];
  const isKey = key === null || typeof key === 'string' || typeof key === 'number';
  if (!isKey || typeof begin !== 'number' || typeof id !== 'number') {
    throw none(cursor, 'store and order');
  }
  return { key: key ?? undefined, begin, id };
}

function none(cursor: string, of: string): ArchiveError {
  const shown = JSON.stringify(cursor.slice(0, 80));
  return new ArchiveError(
    'bad-query',
    `cursor ${shown} is none of this ${of}. Take it from "next" of the page before.`
  );
}
