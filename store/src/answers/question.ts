import { Buckets } from '../../../src/analysis/buckets';
import { byText } from '../../../src/analysis/grouping';
import type { GroupBy, TimeRange } from '../../../src/model/task-query';
import { LIFECYCLE_STATES } from '../../../src/model/lifecycle';
import type { ArchiveQuery, ArchiveView } from '../archive/archive';
import type { Budget } from '../archive/budget';
import type { Columns } from '../archive/columns';
import { RowFilter } from './row-filter';
import type { Segment } from '../archive/columns';
import { READ_STEPS, SEGMENT_SIZE } from '../archive/columns';
import { STATE_NUMBER } from '../archive/word-numbers';

const FAILED = STATE_NUMBER.failed;
const scratch = new Uint32Array(SEGMENT_SIZE);

/** A group with its name and its counts. */
const GROUP_BYTES = 250;

/** What an answer holds for each group and bucket: its numbers, and what they are gathered in. */
const BUCKET_BYTES: Readonly<Record<ArchiveView, number>> = {
  runs: 0,
  timeline: 32,
  states: 64,
  throughput: 60,
  durations: 96,
  // Two histograms that are empty at first.
  health: 600,
  failures: 0,
  workers: 0,
  queues: 0,
  resources: 32,
  transitions: 0,
};

/** Rows of one segment that a question is about, and the group of each. */
export interface Part {
  segment: Segment;
  rows: Uint32Array;
  /** Place of the row's group in the answer, -1 where the limit left it out. */
  group: Int32Array;
}

/** Groups in the order of the answer: most failed, most runs, by name. */
export interface Groups {
  names: string[];
  members: number[];
  omitted?: number;
}

/** One question about one range: the runs that match, group by group, as rows of columns. */
export class Question {
  readonly buckets: Buckets;
  readonly groupBy: GroupBy;
  readonly groups: Groups;
  /** Matching runs, those of groups left out included. */
  readonly total: number;
  private readonly parts: Array<{ number: number; rows: Uint32Array; group: Int32Array }> = [];

  constructor(
    readonly columns: Columns,
    readonly query: ArchiveQuery,
    options: { range?: TimeRange; groupLimit?: number } = {}
  ) {
    const { range, now } = query;
    this.buckets = new Buckets(range, query.step, now);
    this.groupBy = query.groupBy ?? 'task';
    const alive = options.range ?? range;
    const filter = new RowFilter(columns, query.filter);
    const grouper = new Grouper(columns, this.groupBy);
    let total = 0;
    for (const segment of columns.overlapping(alive)) {
      const count = filter.select(segment, alive.from, alive.to, scratch);
      if (count === 0) {
        continue;
      }
      total += count;
      const rows = scratch.slice(0, count);
      this.parts.push({ number: segment.segment, rows, group: grouper.group(segment, rows, this.buckets) });
    }
    this.total = total;
    this.groups = this.rank(grouper, options.groupLimit ?? query.limit);
    const { length } = this.groups.names;
    const width = this.buckets.starts.length;
    this.budget.hold(
      length * width * BUCKET_BYTES[query.view],
      () => `${length.toLocaleString('en-US')} groups of ${width.toLocaleString('en-US')} buckets`
    );
  }

  get budget(): Budget {
    return this.columns.budget;
  }

  /** The parts, newest segment first. */
  *each(): Generator<Part> {
    for (const { number, rows, group } of this.parts) {
      yield { segment: this.columns.rowOf(number * SEGMENT_SIZE).segment, rows, group };
    }
  }

  /** JSON text of the run at a row. */
  runText(id: number): string | undefined {
    const text = this.columns.rows.text(id);
    this.budget.spend(READ_STEPS);
    this.budget.hold(text?.length ?? 0, () => 'the texts of the runs');
    return text;
  }

  private rank(grouper: Grouper, limit: number): Groups {
    const ranked = grouper.names.map((name, slot) => ({
      name,
      slot,
      members: grouper.members[slot] ?? 0,
      failed: grouper.failed[slot] ?? 0,
    }));
    ranked.sort((a, b) => b.failed - a.failed || b.members - a.members || byText(a.name, b.name));
    const kept = ranked.slice(0, Math.max(0, limit));
    const place = new Int32Array(ranked.length).fill(-1);
    kept.forEach(({ slot }, rank) => {
      place[slot] = rank;
    });
    for (const { group } of this.parts) {
      for (let k = 0; k < group.length; k++) {
        group[k] = place[group[k]!]!;
      }
    }
    return {
      names: kept.map(({ name }) => name),
      members: kept.map(({ members }) => members),
      ...(ranked.length > kept.length && { omitted: ranked.length - kept.length }),
    };
  }
}

/** Rows of another range under the question's filter, newest segment first, with the name of each row's group. */
export function* groupRowsByName(
  question: Question,
  range: TimeRange
): Generator<{ segment: Segment; rows: Uint32Array; name: (row: number) => string }> {
  const { columns, query, groupBy } = question;
  const filter = new RowFilter(columns, query.filter);
  const grouper = new Grouper(columns, groupBy);
  for (const segment of columns.overlapping(range)) {
    const count = filter.select(segment, range.from, range.to, scratch);
    if (count > 0) {
      yield { segment, rows: scratch.slice(0, count), name: grouper.nameIn(segment) };
    }
  }
}

/** Numbers groups as they are met. */
class Grouper {
  readonly names: string[] = [];
  readonly members: number[] = [];
  readonly failed: number[] = [];
  private readonly slots = new Map<string, number>();
  /** Slot + 1 by word number, for the columns whose words have numbers. */
  private readonly byWord: Uint32Array;

  constructor(
    private readonly columns: Columns,
    private readonly groupBy: GroupBy
  ) {
    this.byWord = new Uint32Array(Math.max(columns.names.length, LIFECYCLE_STATES.length));
  }

  group(segment: Segment, rows: Uint32Array, buckets: Buckets): Int32Array {
    const group = new Int32Array(rows.length);
    const { column, word, byWord } = this.columnOf(segment);
    const { members, failed } = this;
    const { from, to } = buckets.range;
    const { state, retried, end } = segment;
    for (let k = 0; k < rows.length; k++) {
      const i = rows[k]!;
      const number = column[i]!;
      let slot = byWord[number]! - 1;
      if (slot < 0) {
        slot = this.slot(word(number));
        byWord[number] = slot + 1;
      }
      group[k] = slot;
      members[slot]!++;
      if (state[i] === FAILED && retried[i] === 0 && end[i]! >= from && end[i]! < to) {
        failed[slot]!++;
      }
    }
    return group;
  }

  nameIn(segment: Segment): (row: number) => string {
    const { column, word } = this.columnOf(segment);
    return (row) => word(column[row]!);
  }

  private columnOf(segment: Segment): {
    column: ArrayLike<number>;
    word: (number: number) => string;
    byWord: Uint32Array;
  } {
    const { groupBy, byWord } = this;
    const word = (number: number) => this.columns.names[number] ?? '';
    switch (groupBy) {
      case 'task':
      case 'worker':
      case 'host':
      case 'queue':
      case 'source':
        return { column: segment[groupBy], word, byWord };
      case 'state':
        return { column: segment.state, word: (number) => LIFECYCLE_STATES[number] ?? 'unknown', byWord };
      default: {
        const name = groupBy.slice('label:'.length);
        const { sets, of } = this.columns.rows.labels(segment);
        const label = (number: number) => (Object.hasOwn(sets[number]!, name) ? (sets[number]![name] ?? '') : '');
        return { column: of, word: label, byWord: new Uint32Array(sets.length) };
      }
    }
  }

  private slot(name: string): number {
    let slot = this.slots.get(name);
    if (slot === undefined) {
      this.columns.budget.hold(GROUP_BYTES, () => `more than ${this.names.length.toLocaleString('en-US')} groups`);
      slot = this.names.push(name) - 1;
      this.members.push(0);
      this.failed.push(0);
      this.slots.set(name, slot);
    }
    return slot;
  }
}
