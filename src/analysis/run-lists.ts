import { elapsedMs } from '../model/elapsed';
import { LIFECYCLE_STATES, TROUBLE } from '../model/lifecycle';
import { askedAt, LOST } from '../model/row-life';
import { idOf, NO_NAME } from '../model/run-table';
import type { RunTable } from '../model/run-table';
import type { RunOrder, RunSort } from '../model/task-query';
import { STATE_NUMBER } from '../model/word-numbers';
import type { Question, SummedPart } from './question';
import { compareKeys, LOST_TROUBLE, orderOf } from './run-order';
import type { OrderKey } from './run-order';

/** A run with what orders it: a key, and among equal keys when it began. */
export interface OrderedRun {
  key: OrderKey;
  begin: number;
  id: number;
}

/** Runs held beyond a list, and as many as in it, before those that are too far behind are let go. */
const SPARE = 1_000;

type Compare<Run> = (a: Run, b: Run) => number;

/** Those that began first before the others. */
export function byBegin({ tables }: Pick<Question, 'tables'>): Compare<{ begin: number; id: number }> {
  return (a, b) => a.begin - b.begin || tables.rows.order(a.id, b.id);
}

/**
 * The first `limit` runs of a question in an order, those that began last first where none is asked for, and among equals.
 *
 * @param after where the last page ended: only runs behind it
 */
export function firstRuns(
  question: Question,
  sort: RunSort | undefined,
  limit: number,
  after?: OrderedRun
): OrderedRun[] {
  const sooner = byBegin(question);
  if (sort === undefined) {
    return best(
      question,
      limit,
      { keyOf: beginOf, descending: true, amongEquals: (a, b) => sooner(b, a), after },
      true
    );
  }
  const { by, descending } = orderOf(sort);
  return best(question, limit, {
    keyOf: keyReader(question, by),
    descending,
    amongEquals: (a, b) => sooner(b, a),
    after,
  });
}

/** Ids of the first `limit` runs to begin. */
export function earliestRuns(question: Question, limit: number): number[] {
  const order = { keyOf: beginOf, descending: false, amongEquals: byBegin(question) };
  return best(question, limit, order).map(({ id }) => id);
}

/** Ids of all runs, in no order. */
export function allRuns(question: Question): number[] {
  const ids: number[] = [];
  for (const { table, rows } of question.each()) {
    for (const i of rows) {
      ids.push(idOf(table, i));
    }
  }
  return ids;
}

interface Order {
  keyOf: (table: RunTable, i: number) => OrderKey;
  descending: boolean;
  amongEquals: Compare<OrderedRun>;
  after?: OrderedRun | undefined;
}

function beginOf({ begin }: RunTable, i: number): number {
  return begin[i]!;
}

/**
 * The first `limit` runs in an order.
 *
 * @param byBegin whether it is that of their begins, the last first: then what began earlier need not be looked at
 */
function best(
  question: Question,
  limit: number,
  { keyOf, descending, amongEquals, after }: Order,
  byBegin = false
): OrderedRun[] {
  const compare: Compare<OrderedRun> = (a, b) => compareKeys(a.key, b.key, descending) || amongEquals(a, b);
  const found: OrderedRun[] = [];
  let worst: OrderedRun | undefined;
  const cut = () => {
    found.sort(compare).splice(limit);
    worst = found.length === limit ? found[limit - 1] : undefined;
  };
  const mayBeFound = ({ summary }: SummedPart) => {
    cut();
    return !byBegin || worst === undefined || summary.to >= worst.begin;
  };
  for (const { table, rows } of question.eachRun(mayBeFound)) {
    const { begin } = table;
    // The newest first, which most lists begin with: what is behind them is passed over by its key.
    for (let k = rows.length - 1; k >= 0; k--) {
      const i = rows[k]!;
      const key = keyOf(table, i);
      if (worst !== undefined && compareKeys(key, worst.key, descending) > 0) {
        continue;
      }
      const run = { key, begin: begin[i]!, id: idOf(table, i) };
      if (after !== undefined && compare(run, after) <= 0) {
        continue;
      }
      found.push(run);
      if (found.length >= 2 * limit + SPARE) {
        cut();
      }
    }
  }
  cut();
  return found;
}

/** What a row is sorted by. What has not ended lasts until the end of what is known. */
function keyReader(question: Question, by: RunOrder): (table: RunTable, i: number) => OrderKey {
  const { cap } = question.buckets;
  switch (by) {
    case 'started':
      return ({ started, begin }, i) => known(started[i]!) ?? begin[i]!;
    case 'wait':
      return ({ queued, created, started, state }, i) => {
        const until = known(started[i]!) ?? (state[i] === STATE_NUMBER.pending ? cap : NaN);
        return known(elapsedMs(askedAt(queued[i]!, created[i]!), until));
      };
    case 'duration':
      return ({ started, end }, i) => known(elapsedMs(started[i]!, Math.min(end[i]!, cap)));
    case 'state': {
      const trouble = LIFECYCLE_STATES.map((state) => TROUBLE[state]);
      return ({ state, substate }, i) => (substate[i] === LOST ? LOST_TROUBLE : trouble[state[i]!]);
    }
    default:
      return (table, i) => {
        const number = table[by][i]!;
        return number === NO_NAME ? undefined : question.name(number);
      };
  }
}

function known(value: number): number | undefined {
  return value === value ? value : undefined;
}
