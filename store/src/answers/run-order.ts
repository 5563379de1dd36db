import { compareKeys, LOST_TROUBLE, orderOf } from '../../../src/analysis/run-order';
import type { OrderKey } from '../../../src/analysis/run-order';
import { LIFECYCLE_STATES, TROUBLE } from '../../../src/model/lifecycle';
import type { RunOrder, RunSort } from '../../../src/model/task-query';
import { ArchiveError } from '../archive/archive';
import type { Question } from './question';
import { STATE_NUMBER, SUBSTATE_NUMBER } from '../archive/word-numbers';
import { NO_NAME } from '../archive/columns';
import type { Segment } from '../archive/columns';

/** A row with what orders it: the key, and among equal keys when it began and its id, the last first. */
export interface OrderedRow {
  key: OrderKey;
  begin: number;
  id: number;
}

const LOST = (SUBSTATE_NUMBER.get('lost') ?? NaN) + 1;
/** Rows held beyond a page before those that are too far behind are let go. */
const SPARE = 10_000;

/** The first `limit` rows in an order, behind `after`. */
export function firstInOrder(question: Question, sort: RunSort, limit: number, after?: OrderedRow): OrderedRow[] {
  const { by, descending } = orderOf(sort);
  const keyOf = keyReader(question, by);
  const compare = (a: OrderedRow, b: OrderedRow) =>
    compareKeys(a.key, b.key, descending) || b.begin - a.begin || b.id - a.id;
  const best: OrderedRow[] = [];
  let worst: OrderedRow | undefined;
  const cut = () => {
    best.sort(compare).splice(limit);
    worst = best.length === limit ? best[limit - 1] : undefined;
  };
  for (const { segment, rows } of question.each()) {
    for (const i of rows) {
      const row = { key: keyOf(segment, i), begin: segment.begin[i]!, id: segment.firstId + i };
      if ((worst !== undefined && compare(row, worst) > 0) || (after !== undefined && compare(row, after) <= 0)) {
        continue;
      }
      best.push(row);
      if (best.length >= limit + SPARE) {
        cut();
      }
    }
  }
  cut();
  return best;
}

/** `orderKey` of `analysis/`, on columns. */
function keyReader({ columns, buckets }: Question, by: RunOrder): (segment: Segment, i: number) => OrderKey {
  const { cap } = buckets;
  switch (by) {
    case 'started':
      return ({ started, begin }, i) => known(started[i]!) ?? begin[i]!;
    case 'wait':
      return ({ queued, created, started, state }, i) => {
        const since = known(queued[i]!) ?? known(created[i]!);
        const until = known(started[i]!) ?? (state[i] === STATE_NUMBER.pending ? cap : undefined);
        return since === undefined || until === undefined ? undefined : Math.max(0, until - since);
      };
    case 'duration':
      return ({ started, end }, i) => {
        const from = known(started[i]!);
        return from === undefined ? undefined : Math.max(0, Math.min(end[i]!, cap) - from);
      };
    case 'state': {
      const trouble = LIFECYCLE_STATES.map((state) => TROUBLE[state]);
      return ({ state, substate }, i) => (substate[i] === LOST ? LOST_TROUBLE : trouble[state[i]!]);
    }
    default:
      return (segment, i) => {
        const number = segment[by][i]!;
        return number === NO_NAME ? undefined : (columns.names[number] ?? '');
      };
  }
}

function known(value: number): number | undefined {
  return value === value ? value : undefined;
}

/** Where a page ended, as text that the next question brings back. */
export function encodePlace({ key, begin, id }: OrderedRow): string {
  return JSON.stringify([key ?? null, begin, id]);
}

/** @throws ArchiveError for a text that `encodePlace` did not write. */
export function decodePlace(cursor: string): OrderedRow {
  let read: unknown;
  try {
    read = JSON.parse(cursor);
  } catch {
    read = undefined;
  }
  const [key, begin, id] = Array.isArray(read) ? (read as unknown[]) : [];
  const isKey = key === null || typeof key === 'string' || typeof key === 'number';
  if (!isKey || typeof begin !== 'number' || typeof id !== 'number') {
    throw new ArchiveError(
      'bad-query',
      `cursor ${JSON.stringify(cursor.slice(0, 80))} is none of this store and order. Take it from "next" of the page before.`
    );
  }
  return { key: key ?? undefined, begin, id };
}
