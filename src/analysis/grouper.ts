import { LIFECYCLE_STATES } from '../model/lifecycle';
import { labelOf } from '../model/group-of';
import type { RunTable, RunTables } from '../model/run-table';
import type { GroupBy } from '../model/task-query';
import { STATE_NUMBER } from '../model/word-numbers';
import type { Buckets } from './buckets';
import { byText } from './order';
import type { ClassColumn, Classes } from './summary';

const FAILED = STATE_NUMBER.failed;

/** A group with its name and its counts. */
const GROUP_BYTES = 250;

/** Groups in the order of the answer, trouble first: most failed, then most runs, then by name. */
export interface Groups {
  names: string[];
  members: number[];
  /** How many the limit left out; absent when none. */
  omitted?: number;
}

/** Numbers groups as they are met, and ranks them. */
export class Grouper {
  private readonly names: string[] = [];
  private readonly members: number[] = [];
  private readonly failed: number[] = [];
  private readonly slots = new Map<string, number>();
  /** Slot + 1 by the number of the name, for the columns whose names have numbers. */
  private byName = new Uint32Array(LIFECYCLE_STATES.length);
  private places = new Int32Array(0);

  constructor(
    private readonly tables: RunTables,
    private readonly groupBy: GroupBy
  ) {}

  /** The group of each row, by its number here. */
  group(table: RunTable, rows: Uint32Array, { range, cap }: Buckets): Int32Array {
    const group = this.slotsOf(table, rows);
    const { members, failed } = this;
    const { from } = range;
    const { state, retried, end } = table;
    for (let k = 0; k < rows.length; k++) {
      const i = rows[k]!;
      const slot = group[k]!;
      members[slot]!++;
      if (state[i] === FAILED && retried[i] === 0 && end[i]! >= from && end[i]! < cap) {
        failed[slot]!++;
      }
    }
    return group;
  }

  /** The same of classes of runs, none of which failed. */
  groupClasses(classes: Classes, places: Uint32Array): Int32Array {
    const { groupBy, tables, members } = this;
    return Int32Array.from(places, (i) => {
      const slot = this.slot(groupOfClass(tables, classes, groupBy, i));
      members[slot]! += classes.count[i]!;
      return slot;
    });
  }

  /** Once groups were ranked: the place of the group of each row. */
  placesOf(table: RunTable, rows: Uint32Array): Int32Array {
    return this.slotsOf(table, rows).map((slot) => this.places[slot] ?? -1);
  }

  /** The first groups, and the place of each among them by its number here; -1 for those left out. */
  rank(limit: number): { groups: Groups; place: Int32Array } {
    const ranked = this.names.map((name, slot) => ({
      name,
      slot,
      members: this.members[slot] ?? 0,
      failed: this.failed[slot] ?? 0,
    }));
    ranked.sort((a, b) => b.failed - a.failed || b.members - a.members || byText(a.name, b.name));
    const kept = ranked.slice(0, limit);
    const place = new Int32Array(ranked.length).fill(-1);
    kept.forEach(({ slot }, rank) => {
      place[slot] = rank;
    });
    this.places = place;
    return {
      groups: {
        names: kept.map(({ name }) => name),
        members: kept.map(({ members }) => members),
        ...(ranked.length > kept.length && { omitted: ranked.length - kept.length }),
      },
      place,
    };
  }

  private slotsOf(table: RunTable, rows: Uint32Array): Int32Array {
    const { column, nameOf, slots } = this.columnOf(table);
    const group = new Int32Array(rows.length);
    for (let k = 0; k < rows.length; k++) {
      const number = column[rows[k]!]!;
      let slot = slots[number]! - 1;
      if (slot < 0) {
        slot = this.slot(nameOf(number));
        slots[number] = slot + 1;
      }
      group[k] = slot;
    }
    return group;
  }

  private columnOf(table: RunTable): {
    column: ArrayLike<number>;
    nameOf: (number: number) => string;
    slots: Uint32Array;
  } {
    const { column, nameOf, count } = groupColumn(this.tables, table, this.groupBy);
    if (this.groupBy.startsWith('label:')) {
      return { column, nameOf, slots: new Uint32Array(count) };
    }
    if (this.byName.length < count) {
      const grown = new Uint32Array(count);
      grown.set(this.byName);
      this.byName = grown;
    }
    return { column, nameOf, slots: this.byName };
  }

  private slot(name: string): number {
    let slot = this.slots.get(name);
    if (slot === undefined) {
      this.tables.budget.hold(GROUP_BYTES, () => `more than ${this.names.length.toLocaleString('en-US')} groups`);
      slot = this.names.push(name) - 1;
      this.members.push(0);
      this.failed.push(0);
      this.slots.set(name, slot);
    }
    return slot;
  }
}

/** The group of a class of runs, where groups are made by what the runs of a class have in common. */
export function groupOfClass(
  { names }: Pick<RunTables, 'names'>,
  classes: Classes,
  groupBy: GroupBy,
  i: number
): string {
  return groupBy === 'state' ? stateName(classes.state[i]!) : (names[classes[groupBy as ClassColumn][i]!] ?? '');
}

function stateName(number: number): string {
  return LIFECYCLE_STATES[number] ?? 'unknown';
}

/** The column that groups are made by, what its numbers stand for (`''` for not reported), and how many there are. */
export function groupColumn(
  tables: RunTables,
  table: RunTable,
  groupBy: GroupBy
): { column: ArrayLike<number>; nameOf: (number: number) => string; count: number } {
  switch (groupBy) {
    case 'task':
    case 'worker':
    case 'host':
    case 'queue':
    case 'source': {
      const column = table[groupBy];
      return { column, nameOf: (number) => tables.names[number] ?? '', count: tables.names.length };
    }
    case 'state':
      return {
        column: table.state,
        nameOf: stateName,
        count: LIFECYCLE_STATES.length,
      };
    default: {
      const name = groupBy.slice('label:'.length);
      const { sets, of } = tables.rows.labels(table);
      return { column: of, nameOf: (number) => labelOf({ labels: sets[number] }, name), count: sets.length };
    }
  }
}
