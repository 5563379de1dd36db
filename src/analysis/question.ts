import type { RunTable, RunTables } from '../model/run-table';
import type { GroupBy, TaskFilter, TimeRange } from '../model/task-query';
import type { DurationMs, EpochMs } from '../model/units';
import { Buckets } from './buckets';
import { Grouper } from './grouper';
import type { Groups } from './grouper';
import { RowFilter } from './row-filter';

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
}

/** Rows of one table that a question is about, and the group of each. */
export interface Part {
  table: RunTable;
  rows: Uint32Array;
  /** Place of the row's group among the groups, -1 where the limit left it out; empty where rows are not grouped. */
  group: Int32Array;
}

let scratch = new Uint32Array(0);
const NO_GROUP = new Int32Array(0);

/**
 * One question about one range: the runs that match and were alive in it, group by group, as rows of tables. Every view
 * begins with one and walks its parts once.
 */
export class Question {
  readonly buckets: Buckets;
  readonly groupBy: GroupBy;
  readonly groups: Groups;
  /** Matching runs, those of groups left out included. */
  readonly total: number;
  private readonly parts: Array<{ firstId: number; rows: Uint32Array; group: Int32Array }> = [];

  /** @throws RangeError, PatternError for a question that cannot be asked, and what the budget throws */
  constructor(
    readonly tables: RunTables,
    readonly asked: Asked
  ) {
    const { range, step, now, groupBy, mostGroups } = asked;
    this.buckets = new Buckets(range, step, now);
    this.groupBy = groupBy;
    const grouper = mostGroups > 0 ? new Grouper(tables, groupBy) : undefined;
    let total = 0;
    for (const { table, rows } of selectRows(tables, asked.filter, range)) {
      total += rows.length;
      const group = grouper === undefined ? NO_GROUP : grouper.group(table, rows, this.buckets);
      this.parts.push({ firstId: table.firstId, rows, group });
    }
    this.total = total;
    this.groups = this.rank(grouper);
  }

  get budget(): RunTables['budget'] {
    return this.tables.budget;
  }

  /** The parts, newest table first. */
  *each(): Generator<Part> {
    for (const { firstId, rows, group } of this.parts) {
      yield { table: this.tables.rowOf(firstId).table, rows, group };
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

  private rank(grouper: Grouper | undefined): Groups {
    if (grouper === undefined) {
      return { names: [], members: [] };
    }
    const { groups, place } = grouper.rank(this.asked.mostGroups);
    for (const { group } of this.parts) {
      for (let k = 0; k < group.length; k++) {
        group[k] = place[group[k]!]!;
      }
    }
    return groups;
  }
}

/** Rows that match a filter and were alive in a range, newest table first. */
export function* selectRows(
  tables: RunTables,
  filter: TaskFilter,
  { from, to }: TimeRange
): Generator<{ table: RunTable; rows: Uint32Array }> {
  const rowFilter = new RowFilter(tables, filter);
  for (const table of tables.overlapping({ from, to })) {
    if (scratch.length < table.length) {
      scratch = new Uint32Array(table.length);
    }
    const count = rowFilter.select(table, from, to, scratch);
    if (count > 0) {
      yield { table, rows: scratch.slice(0, count) };
    }
  }
}
