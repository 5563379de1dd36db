import type { RunTable, RunTables } from '../model/run-table';
import type { GroupBy, TaskFilter, TimeRange } from '../model/task-query';
import type { DurationMs, EpochMs } from '../model/units';
import { Buckets } from './buckets';
import { Grouper } from './grouper';
import type { Groups } from './grouper';
import { RowFilter } from './row-filter';
import type { Stretch, Summary, SummaryBounds, SummedTables } from './summary';

/**
 * What a view takes from summaries: nothing, figures of the whole range, or counts or histograms by bucket as well. It takes
 * them where they tell all that is asked, and rows elsewhere.
 */
export type Grain = 'rows' | 'range' | 'counts' | 'lengths';

/** What a question selects, and how it sorts it into groups. */
export interface Asked {
  filter: TaskFilter;
  range: TimeRange;
  step: DurationMs;
  groupBy: GroupBy;
  /** Those in most trouble are kept. 0: rows are not grouped at all. */
  mostGroups: number;
  /** How long what has not ended lasts. */
  now: EpochMs;
  /** `rows` when left out. */
  grain?: Grain;
}

/** Rows of one table that a question is about, and the group of each. */
export interface Part {
  table: RunTable;
  rows: Uint32Array;
  /** Place of the row's group among the groups, -1 where the limit left it out; empty where rows are not grouped. */
  group: Int32Array;
}

/** Runs that a question is about and that are summed up already. */
export interface SummedPart {
  firstId: number;
  summary: Summary;
  /** Classes that the question is about. */
  classes: Uint32Array;
  /** By class, the place of its group; -1 where the limit left it out, or the question is not about it. */
  place: Int32Array;
  /** By bucket of the summary's counts, and of its histograms, the bucket of the question that holds it. */
  bucketOf: Int32Array;
  lengthsBucketOf: Int32Array;
  /** 1 for buckets of the histograms that end together with one of the question. */
  lengthsEnds: Uint8Array;
}

const NO_GROUP = new Int32Array(0);

/** What was selected of a stretch. */
interface Held {
  stretch: Stretch;
  /** Of all its runs, or of those that are not summed. */
  rows: Uint32Array;
  group: Int32Array;
  /** Where some are: classes, and the group of each. */
  summed: { classes: Uint32Array; group: Int32Array } | undefined;
}

/**
 * One question about one range: the runs that match and were alive in it, group by group, as rows of tables. Every view
 * begins with one and walks its parts once; what is summed up already, it merges.
 */
export class Question {
  readonly buckets: Buckets;
  readonly groupBy: GroupBy;
  readonly groups: Groups;
  /** Matching runs, those of groups left out included. */
  readonly total: number;
  private readonly held: Held[] = [];
  private readonly filter: RowFilter;
  private readonly grouper: Grouper | undefined;

  /** @throws RangeError, PatternError for a question that cannot be asked, and what the budget throws */
  constructor(
    readonly tables: RunTables,
    readonly asked: Asked
  ) {
    const { range, step, now, groupBy, mostGroups, filter } = asked;
    this.buckets = new Buckets(range, step, now);
    this.groupBy = groupBy;
    this.filter = new RowFilter(tables, filter);
    this.grouper = mostGroups > 0 ? new Grouper(tables, groupBy) : undefined;
    const { grouper, buckets } = this;
    let total = 0;
    const wanted = { ...(grouper !== undefined && { groupBy }), grain: asked.grain ?? 'rows' };
    for (const { stretch, table, rows, summed } of selectStretches(tables, this.filter, buckets, wanted)) {
      const group = grouper === undefined ? NO_GROUP : grouper.group(table, rows, buckets);
      total += rows.length;
      let classes: Held['summed'];
      if (summed !== undefined) {
        const { count } = summed.summary.classes;
        summed.classes.forEach((own) => (total += count[own]!));
        const place = grouper === undefined ? NO_GROUP : grouper.groupClasses(summed.summary.classes, summed.classes);
        classes = { classes: summed.classes, group: place };
      }
      this.held.push({ stretch, rows, group, summed: classes });
    }
    this.total = total;
    this.groups = this.rank();
  }

  get budget(): RunTables['budget'] {
    return this.tables.budget;
  }

  /** The parts, newest table first; runs that are summed already are in none. */
  *each(): Generator<Part> {
    for (const held of this.held) {
      yield this.partOf(held);
    }
  }

  /** What is summed already, newest first. */
  *eachSummed(): Generator<SummedPart> {
    for (const held of this.held) {
      const summed = this.summedOf(held);
      if (summed !== undefined) {
        yield summed;
      }
    }
  }

  /** The parts, newest first, with runs that are summed among them where they are wanted one by one. */
  *eachRun(isWanted: (summed: SummedPart) => boolean): Generator<Part> {
    for (const held of this.held) {
      const summed = this.summedOf(held);
      if (summed === undefined || !isWanted(summed)) {
        yield this.partOf(held);
        continue;
      }
      const table = held.stretch.table();
      const rows = this.filter.select(table, this.asked.range);
      yield { table, rows, group: this.grouper === undefined ? NO_GROUP : this.grouper.placesOf(table, rows) };
    }
  }

  /** The name of a number in a column of names. */
  name(number: number): string {
    return this.tables.names[number] ?? '';
  }

  /**
   * Says how much memory the numbers of a view take. @throws what the budget throws
   *
   * @param bytes per group and bucket
   */
  holdPerBucket(bytes: number): void {
    const groups = this.groups.names.length;
    const width = this.buckets.starts.length;
    this.budget.hold(
      groups * width * bytes,
      () => `${groups.toLocaleString('en-US')} groups of ${width.toLocaleString('en-US')} buckets`
    );
  }

  private partOf({ stretch, rows, group, summed }: Held): Part {
    return { table: summed === undefined ? stretch.table() : stretch.summed()!.others, rows, group };
  }

  private summedOf({ stretch, summed }: Held): SummedPart | undefined {
    return summed === undefined
      ? undefined
      : summedPart(
          stretch,
          { summary: stretch.summed()!.summary, classes: summed.classes },
          summed.group,
          this.buckets
        );
  }

  private rank(): Groups {
    if (this.grouper === undefined) {
      return { names: [], members: [] };
    }
    const { groups, place } = this.grouper.rank(this.asked.mostGroups);
    for (const { group, summed } of this.held) {
      for (const slots of [group, summed?.group ?? NO_GROUP]) {
        for (let k = 0; k < slots.length; k++) {
          slots[k] = place[slots[k]!]!;
        }
      }
    }
    return groups;
  }
}

/** @param group of each class that is asked about; empty where there are no groups */
export function summedPart(
  { firstId }: Stretch,
  { summary, classes }: SelectedClasses,
  group: Int32Array,
  buckets: Buckets
): SummedPart {
  const { from, step, lengthsStep } = summary;
  const place = new Int32Array(summary.classes.length).fill(-1);
  group.forEach((own, k) => {
    place[classes[k]!] = own;
  });
  const lengthsBucketOf = bucketsOf(summary, lengthsStep, buckets);
  const firstEnd = (Math.floor(from / lengthsStep) + 1) * lengthsStep;
  return {
    firstId,
    summary,
    classes,
    place,
    bucketOf: bucketsOf(summary, step, buckets),
    lengthsBucketOf,
    lengthsEnds: Uint8Array.from(lengthsBucketOf, (_, i) => Number((firstEnd + i * lengthsStep) % buckets.step === 0)),
  };
}

/** By bucket of a summary, the bucket of a question that holds it. */
function bucketsOf({ from, to }: SummaryBounds, step: DurationMs, { starts, step: width }: Buckets): Int32Array {
  const first = Math.floor(from / step) * step;
  const count = Math.floor((to - first) / step) + 1;
  // One more: what was over before the last bucket ended is noted there.
  return Int32Array.from({ length: count + 1 }, (_, i) =>
    Math.min(starts.length - 1, Math.floor((first + i * step - starts[0]!) / width))
  );
}

/** Rows that match a filter and were alive in a range, newest table first. */
export function* selectRows(
  tables: RunTables,
  filter: TaskFilter,
  range: TimeRange
): Generator<{ table: RunTable; rows: Uint32Array }> {
  const rowFilter = new RowFilter(tables, filter);
  for (const table of tables.overlapping(range)) {
    const rows = rowFilter.select(table, range);
    if (rows.length > 0) {
      yield { table, rows };
    }
  }
}

interface SelectedClasses {
  summary: Summary;
  classes: Uint32Array;
}

/** What matches of one stretch: rows, or classes and the rows beside them. */
interface Selected {
  stretch: Stretch;
  table: RunTable;
  rows: Uint32Array;
  summed: SelectedClasses | undefined;
}

/** What matches a filter and was alive in the range of the buckets, newest stretch first. */
export function* selectStretches(
  tables: RunTables,
  filter: RowFilter,
  buckets: Buckets,
  { groupBy, grain }: { groupBy?: GroupBy; grain: Grain }
): Generator<Selected> {
  const { range } = buckets;
  const areClasses = filter.isOfClasses && (groupBy === undefined || isOfClasses(groupBy));
  for (const stretch of stretchesOf(tables, range)) {
    const { bounds } = stretch;
    const isHeld = areClasses && bounds !== undefined && holds(buckets, bounds, grain);
    const summed = isHeld ? stretch.summed() : undefined;
    if (summed === undefined) {
      const table = stretch.table();
      const rows = filter.select(table, range);
      if (rows.length > 0) {
        yield { stretch, table, rows, summed: undefined };
      }
      continue;
    }
    const { summary, others } = summed;
    const classes = filter.selectClasses(summary.classes);
    const rows = filter.select(others, range);
    if (classes.length > 0 || rows.length > 0) {
      yield { stretch, table: others, rows, summed: { summary, classes } };
    }
  }
}

/** Whether a summary tells all that is asked of its runs. */
function holds({ range, cap, step }: Buckets, bounds: SummaryBounds, grain: Grain): boolean {
  if (!(bounds.from >= range.from && bounds.to < cap)) {
    return false;
  }
  switch (grain) {
    case 'rows':
      return false;
    case 'range':
      return true;
    case 'counts':
      return step % bounds.step === 0;
    case 'lengths':
      return step % bounds.step === 0 && step % bounds.lengthsStep === 0;
  }
}

function isOfClasses(groupBy: GroupBy): boolean {
  return groupBy === 'task' || groupBy === 'queue' || groupBy === 'source' || groupBy === 'state';
}

function* stretchesOf(tables: RunTables & Partial<SummedTables>, range: TimeRange): Iterable<Stretch> {
  if (tables.stretches !== undefined) {
    yield* tables.stretches(range);
    return;
  }
  for (const table of tables.overlapping(range)) {
    yield { firstId: table.firstId, bounds: undefined, table: () => table, summed: () => undefined };
  }
}
