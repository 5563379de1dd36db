import type Database from 'better-sqlite3';
import type { Stretch } from '../../../../src/analysis/summary';
import { SUMMARY_VERSION } from '../../../../src/analysis/summary';
import type { TimeRange } from '../../../../src/model/task-query';
import { Budget } from '../budget';
import { ABSENT } from '../../../../src/model/run-table';
import { SEGMENT_BYTES, SEGMENT_SIZE } from '../columns';
import type { Columns, Segment } from '../columns';
import { SegmentLoader } from './load-segment';
import { RowReader } from './row-reader';
import { SealedRuns } from './sealed-runs';
import { SumsReader } from './sealed-sums';
import { SEGMENT_COLUMNS, setRow } from './set-row';
import type { NarrowRow } from './set-row';

interface SegmentFacts {
  segment: number;
  first: number;
  last: number;
  open: number;
  /** How many of its runs went: when there are more of these, some that are loaded are not there any more. */
  gone: number;
  /** Differs with each sealing: rows may be sealed that changed after they were loaded. */
  stamp: number;
  /** Of its sums; `null` where there are none. */
  sumsFirst: number | null;
  sumsLast: number | null;
  step: number | null;
  lengthsStep: number | null;
}

const EVER: TimeRange = { from: -Infinity, to: Infinity };
/** Of the memory for columns, what sums may take. */
const SUMS_SHARE = 1 / 4;

/**
 * The columns of the runs that questions were asked about, kept up to date with the file and within a limit of memory:
 * the oldest segment leaves first. Belongs to one reading connection.
 */
export class ColumnCache implements Columns {
  /** Words by their id; `names[0]` is the word of "not reported". */
  readonly names: string[] = [''];
  readonly rows: RowReader;

  private lastChange: number | undefined;

  private readonly loaded = new Map<number, Segment>();
  /** By segment, when what is loaded of it was sealed. */
  private readonly stamps = new Map<number, number>();
  /** A segment that did not find room, while it is asked. */
  private passing: Segment | undefined;
  private readonly loader: SegmentLoader;
  private readonly sums: SumsReader;
  private readonly maxBytes: number;
  /** Causes that were found of runs in segments that are not loaded. */
  private readonly causes = new Map<number, { gone: number; rows: Uint16Array; causes: Uint32Array }>();
  private readonly selectNewest: Database.Statement<[], number>;
  private facts: SegmentFacts[] = [];
  private namesAdded = -1;
  private namesSwept = 0;
  private readonly selectNames: Database.Statement<[number], { id: number; text: string; added: number }>;
  private readonly selectSwept: Database.Statement<[], number>;
  private readonly selectFacts: Database.Statement<[], SegmentFacts>;
  private readonly selectChanged: Database.Statement<[number], NarrowRow>;

  constructor(
    db: Database.Database,
    maxBytes: number,
    /** Of the question under way; all that works for it comes by here. */
    readonly budget = new Budget()
  ) {
    const sealed = new SealedRuns(db);
    this.loader = new SegmentLoader(db, sealed);
    this.sums = new SumsReader(db, maxBytes * SUMS_SHARE);
    this.maxBytes = maxBytes * (1 - SUMS_SHARE);
    this.rows = new RowReader(db, sealed, budget);
    this.selectNames = db.prepare('SELECT id, text, added FROM names WHERE added > ? ORDER BY added');
    this.selectSwept = db.prepare<[], number>("SELECT value FROM marks WHERE name = 'swept'").pluck();
    this.selectFacts = db.prepare(
      `SELECT segments.segment AS segment, segments.first, segments.last, open, gone, coalesce(stamp, 0) AS stamp,
          sums.first AS sumsFirst, sums.last AS sumsLast, step, lengths_step AS lengthsStep
        FROM segments LEFT JOIN sealed ON sealed.segment = segments.segment
        LEFT JOIN sealed_sums AS sums ON sums.segment = segments.segment AND version = ${SUMMARY_VERSION}
        ORDER BY segments.segment`
    );
    this.selectNewest = db.prepare<[], number>('SELECT coalesce(max(change), 0) FROM runs').pluck();
    this.selectChanged = db
      .prepare<[number], NarrowRow>(`SELECT ${SEGMENT_COLUMNS} FROM runs WHERE change > ? ORDER BY change`)
      .raw();
  }

  /** Catches up with what was committed. Call it inside the transaction whose snapshot the questions are about. */
  refresh(): void {
    this.refreshNames();
    this.sums.refresh();
    this.facts = this.selectFacts.all();
    const facts = new Map(this.facts.map((own) => [own.segment, own]));
    const isStale = ({ segment, gone }: { segment: number; gone: number }) => {
      const now = facts.get(segment);
      return now?.gone !== gone || now.stamp !== this.stamps.get(segment);
    };
    for (const segment of [...this.loaded.values(), ...(this.passing === undefined ? [] : [this.passing])]) {
      if (isStale(segment)) {
        this.drop(segment);
      }
    }
    for (const [number, { gone }] of this.causes) {
      if (facts.get(number)?.gone !== gone) {
        this.causes.delete(number);
      }
    }
    if (this.lastChange === undefined) {
      // Nothing is loaded yet that could be behind.
      this.lastChange = this.selectNewest.get() ?? 0;
      return;
    }
    for (const row of this.selectChanged.iterate(this.lastChange)) {
      this.lastChange = row[1];
      const number = Math.floor(row[0] / SEGMENT_SIZE);
      this.causes.delete(number);
      const segment = this.held(number);
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
    for (const { segment } of this.alive(range)) {
      yield this.segment(segment);
    }
  }

  /** The same, before they are read. */
  *stretches(range: TimeRange): Generator<Stretch> {
    for (const { segment, stamp, sumsFirst, sumsLast, step, lengthsStep } of this.alive(range)) {
      const isSummed = sumsFirst !== null && sumsLast !== null && step !== null && lengthsStep !== null;
      yield {
        firstId: segment * SEGMENT_SIZE,
        table: () => this.segment(segment),
        bounds: isSummed ? { from: sumsFirst, to: sumsLast, step, lengthsStep } : undefined,
        summed: () => {
          this.budget.look();
          return isSummed ? this.sums.summed(segment, stamp) : undefined;
        },
      };
    }
  }

  private *alive(range: TimeRange): Generator<SegmentFacts> {
    for (let i = this.facts.length - 1; i >= 0; i--) {
      const facts = this.facts[i]!;
      if (facts.first < range.to && (facts.open > 0 || facts.last >= range.from)) {
        yield facts;
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
    this.causes.clear();
    this.passing?.cause.fill(0);
    for (const { cause } of this.loaded.values()) {
      cause.fill(0);
    }
  }

  /** How many different tasks or sources have runs. */
  distinct(column: 'task' | 'source'): number {
    const present = new Set<number>();
    for (const { summed, table } of this.stretches(EVER)) {
      const own = summed();
      const rows = own === undefined ? table() : own.others;
      for (const number of own?.summary.classes[column] ?? []) {
        present.add(number);
      }
      for (let i = rows.first; i < rows.length; i++) {
        if (rows.state[i] !== ABSENT) {
          present.add(rows[column][i]!);
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
    return this.held(number) ?? this.load(number);
  }

  private held(number: number): Segment | undefined {
    return this.loaded.get(number) ?? (this.passing?.segment === number ? this.passing : undefined);
  }

  /**
   * The newest segments stay, as most questions are about them; an older one that finds no room is held until the next of
   * its kind comes. Were those kept that were asked for last, each question about more than there is room for would
   * find none of what the one before it had loaded.
   */
  private load(number: number): Segment {
    const facts = this.facts.find(({ segment }) => segment === number);
    const segment = this.loader.load(number);
    segment.gone = facts?.gone ?? 0;
    this.restoreCauses(segment);
    this.stamps.set(number, facts?.stamp ?? 0);
    this.loaded.set(number, segment);
    const byAge = [...this.loaded.keys()].sort((a, b) => a - b);
    let held = this.heldBytes();
    for (const oldest of byAge) {
      if (held <= this.maxBytes || this.loaded.size <= 1) {
        break;
      }
      const leaving = this.loaded.get(oldest)!;
      held -= leaving.bytes;
      this.drop(leaving);
      if (leaving === segment) {
        this.pass(segment, facts?.stamp ?? 0);
      }
    }
    return segment;
  }

  private pass(segment: Segment, stamp: number): void {
    if (this.passing !== undefined) {
      this.drop(this.passing);
    }
    this.passing = segment;
    this.stamps.set(segment.segment, stamp);
  }

  private drop(segment: Segment): void {
    this.keepCauses(segment);
    if (this.passing === segment) {
      this.passing = undefined;
    }
    this.loaded.delete(segment.segment);
    this.stamps.delete(segment.segment);
  }

  /** Causes of failures take long to find and little room: they outlive the columns. */
  private keepCauses(segment: Segment): void {
    const { cause, length, gone } = segment;
    const rows: number[] = [];
    for (let i = 0; i < length; i++) {
      if (cause[i] !== 0) {
        rows.push(i);
      }
    }
    if (rows.length > 0) {
      this.causes.set(segment.segment, {
        gone,
        rows: Uint16Array.from(rows),
        causes: Uint32Array.from(rows, (row) => cause[row]!),
      });
    }
  }

  private restoreCauses(segment: Segment): void {
    const kept = this.causes.get(segment.segment);
    kept?.rows.forEach((row, i) => {
      segment.cause[row] = kept.causes[i]!;
    });
    this.causes.delete(segment.segment);
  }

  private heldBytes(): number {
    let held = 0;
    for (const { bytes } of this.loaded.values()) {
      held += bytes;
    }
    return held;
  }
}
