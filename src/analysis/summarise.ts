import { ABSENT } from '../model/run-table';
import type { RunTable } from '../model/run-table';
import type { TimeRange } from '../model/task-query';
import type { DurationMs, EpochMs } from '../model/units';
import { STATE_NUMBER } from '../model/word-numbers';
import { Buckets } from './buckets';
import { packedColumns } from './columns';
import type { ColumnGrid } from './columns';
import { Lengths } from './durations';
import { HealthSums, packGroups, packHealth, sumPart } from './group-sums';
import { addPart } from './merged-lanes';
import { narrow } from './packed-sums';
import { StateSums } from './states';
import type { Classes, Summary } from './summary';
import { EventCounts } from './throughput';

/** Fewer runs of a class are told one by one: their sums would take as long. */
const LEAST_OF_CLASS = 64;
/** Buckets of a stretch, and of all its classes together, that counts and histograms are kept of. */
const MOST_COUNTS = { buckets: 128, cells: 2 ** 15 };
const MOST_LENGTHS = { buckets: 12, cells: 2 ** 11 };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Widths of buckets. Each is a multiple of the one before, and charts ask for multiples of one of them. */
const STEPS: readonly DurationMs[] = [
  ...[1, 5, 10, 30].map((seconds) => seconds * SECOND),
  ...[1, 5, 10, 30].map((minutes) => minutes * MINUTE),
  ...[1, 3, 6, 12, 24].map((hours) => hours * HOUR),
];

/** What is known of a stretch as a whole, and which of its rows that is about (a bit each). */
export interface MadeSummary {
  summary: Summary;
  summed: Uint8Array;
}

/**
 * Sums up a table.
 *
 * @param order of ids, as in `RunReads`
 * @param least runs of a class that are summed
 * @returns `undefined` where it is not worth it: most runs stand out, or are of their own kind
 */
export function summarise(
  table: RunTable,
  order: (a: number, b: number) => number,
  least = LEAST_OF_CLASS
): MadeSummary | undefined {
  const found = classify(table, least);
  const { rows, group, classes } = found;
  if (rows.length === 0 || 2 * rows.length < found.runs) {
    return undefined;
  }
  const { from, to } = lifeOf(table, rows);
  const step = stepFor(from, to, classes.length, MOST_COUNTS);
  const lengthsStep = stepFor(from, to, classes.length, MOST_LENGTHS);
  if (step === undefined || lengthsStep === undefined) {
    return undefined;
  }
  const part = { table, rows, group };
  const range = { from, to: to + 1 };
  const counted = new Buckets(range, step, Infinity);
  const measured = new Buckets(range, lengthsStep, Infinity);
  const states = new StateSums(classes.length, counted);
  states.add(part);
  const events = new EventCounts(classes.length, counted);
  events.add(part);
  const lengths = new Lengths(classes.length, measured);
  lengths.add(part);
  const health = Array.from(classes.count, () => new HealthSums(measured, order));
  const groups = sumPart(part, measured, health);
  const grid: ColumnGrid = { from: counted.starts[0]!, step, count: counted.starts.length, now: counted.cap };
  const summed = new Uint8Array(Math.ceil(table.length / 8));
  for (const i of rows) {
    summed[i >> 3]! |= 1 << (i & 7);
  }
  return {
    summed,
    summary: {
      from,
      to,
      step,
      lengthsStep,
      classes,
      states: states.packed(),
      events: events.packed(),
      lengths: lengths.packed(),
      groups: packGroups(groups),
      health: packHealth(health, measured, table.firstId),
      columns: packedColumns(classes.length, grid, (add) => addPart(part, add)),
    },
  };
}

/** The rows that are summed, in their order, and the class of each. */
function classify(table: RunTable, least: number) {
  const { first, length, state, substate, kind, retried, attempt, source, task, queue, ending } = table;
  const numbers = new Map<string, number>();
  const firstOf: number[] = [];
  const count: number[] = [];
  const classOf = new Int32Array(length).fill(-1);
  let runs = 0;
  for (let i = first; i < length; i++) {
    runs += Number(isThere(table, i));
    if (state[i] !== STATE_NUMBER.completed || attempt[i] !== 1 || retried[i] === 1 || ending[i] !== 0) {
      continue;
    }
    const key = `${source[i]} ${task[i]} ${queue[i]} ${kind[i]} ${substate[i]}`;
    let number = numbers.get(key);
    if (number === undefined) {
      number = firstOf.push(i) - 1;
      count.push(0);
      numbers.set(key, number);
    }
    classOf[i] = number;
    count[number]!++;
  }
  const kept = count.flatMap((runsOf, number) => (runsOf >= least ? [number] : []));
  const places = new Int32Array(count.length).fill(-1);
  kept.forEach((number, place) => {
    places[number] = place;
  });
  const rows: number[] = [];
  for (let i = first; i < length; i++) {
    if (classOf[i]! >= 0 && places[classOf[i]!]! >= 0) {
      rows.push(i);
    }
  }
  const column = (values: ArrayLike<number>) => kept.map((number) => values[firstOf[number]!]!);
  const classes: Classes = {
    length: kept.length,
    count: narrow(kept.map((number) => count[number]!)),
    state: Uint8Array.from(column(state)),
    substate: Uint8Array.from(column(substate)),
    kind: Uint8Array.from(column(kind)),
    source: narrow(column(source)),
    task: narrow(column(task)),
    queue: narrow(column(queue)),
  };
  return {
    rows: Uint32Array.from(rows),
    group: Int32Array.from(rows, (i) => places[classOf[i]!]!),
    classes,
    runs,
  };
}

function isThere({ state }: RunTable, i: number): boolean {
  return state[i] !== ABSENT;
}

/** The first and the last instant of some runs. */
function lifeOf({ begin, end, created, queued, started }: RunTable, rows: Uint32Array): TimeRange {
  let from = Infinity;
  let to = -Infinity;
  for (const i of rows) {
    for (const at of [begin[i]!, end[i]!, created[i]!, queued[i]!, started[i]!]) {
      from = at < from ? at : from;
      to = at > to ? at : to;
    }
  }
  return { from, to };
}

function stepFor(
  from: EpochMs,
  to: EpochMs,
  classes: number,
  { buckets, cells }: { buckets: number; cells: number }
): DurationMs | undefined {
  const most = Math.min(buckets, cells / classes);
  return STEPS.find((step) => Math.floor(to / step) - Math.floor(from / step) < most);
}
