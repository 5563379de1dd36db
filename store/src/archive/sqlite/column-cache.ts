import type Database from 'better-sqlite3';
import type { TimeRange } from '../../../../src/model/task-query';
import { Budget } from '../budget';
import { ABSENT } from '../../../../src/model/run-table';
import { SEGMENT_BYTES, SEGMENT_SIZE } from '../columns';
import type { Columns, Segment } from '../columns';
import { loadSegment, SEGMENT_COLUMNS, setRow } from './load-segment';
import type { NarrowRow } from './load-segment';
import { RowReader } from './row-reader';

interface SegmentFacts {
  segment: number;
  first: number;
  last: number;
  open: number;
  /** How many of its runs went: when there are more of these, some that are loaded are not there any more. */
  gone: number;
}

/**
 * The columns of the runs that questions were asked about, kept up to date with the file and within a limit of memory:
 * the segment not used for the longest time leaves first. Belongs to one reading connection.
 */
export class ColumnCache implements Columns {
  /** Words by their id; `names[0]` is the word of "not reported". */
  readonly names: string[] = [''];
  readonly rows: RowReader;

  private lastChange = 0;

  private readonly loaded = new Map<number, Segment>();
  private facts: SegmentFacts[] = [];
  private namesAdded = -1;
  private namesSwept = 0;
  private readonly selectNames: Database.Statement<[number], { id: number; text: string; added: number }>;
  private readonly selectSwept: Database.Statement<[], number>;
  private readonly selectFacts: Database.Statement<[], SegmentFacts>;
  private readonly selectChanged: Database.Statement<[number], NarrowRow>;

  constructor(
    private readonly db: Database.Database,
    private readonly maxBytes: number,
    /** Of the question under way; all that works for it comes by here. */
    readonly budget = new Budget()
  ) {
    this.rows = new RowReader(db, budget);
    this.selectNames = db.prepare('SELECT id, text, added FROM names WHERE added > ? ORDER BY added');
    this.selectSwept = db.prepare<[], number>("SELECT value FROM marks WHERE name = 'swept'").pluck();
    this.selectFacts = db.prepare('SELECT segment, first, last, open, gone FROM segments ORDER BY segment');
    this.selectChanged = db
      .prepare<[number], NarrowRow>(`SELECT ${SEGMENT_COLUMNS} FROM runs WHERE change > ? ORDER BY change`)
      .raw();
  }

  /** Catches up with what was committed. Call it inside the transaction whose snapshot the questions are about. */
  refresh(): void {
    this.refreshNames();
    this.facts = this.selectFacts.all();
    const gone = new Map(this.facts.map((facts) => [facts.segment, facts.gone]));
    for (const [number, segment] of this.loaded) {
      if (gone.get(number) !== segment.gone) {
        this.loaded.delete(number);
      }
    }
    for (const row of this.selectChanged.iterate(this.lastChange)) {
      this.lastChange = row[1];
      const segment = this.loaded.get(Math.floor(row[0] / SEGMENT_SIZE));
      if (segment !== undefined) {
        setRow(segment, row);
        segment.labels = undefined;
      }
    }
  }

  private refreshNames(): void {
    const swept = this.selectSwept.get() ?? 0;
    if (swept !== this.namesSwept) {
      this.names.length = 1;
      this.namesAdded = -1;
      this.namesSwept = swept;
    }
    for (const { id, text, added } of this.selectNames.iterate(this.namesAdded)) {
      this.names[id] = text;
      this.namesAdded = added;
    }
  }

  /** Segments that can hold runs alive in the range, newest first. */
  *overlapping(range: TimeRange): Generator<Segment> {
    for (let i = this.facts.length - 1; i >= 0; i--) {
      const facts = this.facts[i]!;
      if (facts.first < range.to && (facts.open > 0 || facts.last >= range.from)) {
        yield this.segment(facts.segment);
      }
    }
  }

  /** Loads one more segment that fits into memory, the newest first. Returns whether there was one. */
  warm(): boolean {
    if (this.heldBytes() + SEGMENT_BYTES > this.maxBytes) {
      return false;
    }
    for (let i = this.facts.length - 1; i >= 0; i--) {
      const { segment } = this.facts[i]!;
      if (!this.loaded.has(segment)) {
        this.segment(segment);
        return true;
      }
    }
    return false;
  }

  /** Numbers of causes mean nothing any more. */
  forgetCauses(): void {
    for (const { cause } of this.loaded.values()) {
      cause.fill(0);
    }
  }

  /** How many different tasks or sources have runs. */
  distinct(column: 'task' | 'source'): number {
    const present = new Set<number>();
    for (const { segment } of this.facts) {
      const loaded = this.segment(segment);
      for (let i = loaded.first; i < loaded.length; i++) {
        if (loaded.state[i] !== ABSENT) {
          present.add(loaded[column][i]!);
        }
      }
    }
    return present.size;
  }

  /** The segment that holds the run `id`, and the row in it. */
  rowOf(id: number): { table: Segment; row: number } {
    const table = this.segment(Math.floor(id / SEGMENT_SIZE));
    return { table, row: id - table.firstId };
  }

  private segment(number: number): Segment {
    this.budget.look();
    let segment = this.loaded.get(number);
    if (segment === undefined) {
      segment = loadSegment(this.db, number);
      segment.gone = this.facts.find((facts) => facts.segment === number)?.gone ?? 0;
    } else {
      this.loaded.delete(number);
    }
    // Map keeps the order of insertion: the first is the one not used for the longest time.
    this.loaded.set(number, segment);
    let held = this.heldBytes();
    for (const [oldest, { bytes }] of this.loaded) {
      if (held <= this.maxBytes || this.loaded.size <= 1) {
        break;
      }
      held -= bytes;
      this.loaded.delete(oldest);
    }
    return segment;
  }

  private heldBytes(): number {
    let held = 0;
    for (const { bytes } of this.loaded.values()) {
      held += bytes;
    }
    return held;
  }
}
