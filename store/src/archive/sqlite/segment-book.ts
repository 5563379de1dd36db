import type Database from 'better-sqlite3';
import { beganAt } from '../../../../src/model/task-run';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import { SEGMENT_BITS, SEGMENT_SIZE } from '../columns';

interface SegmentFacts {
  first: EpochMs;
  last: EpochMs;
  /** Runs that have not ended. */
  open: number;
  /** Runs that are there. */
  rows: number;
  /** Runs that were deleted or got another id: a reader that has seen fewer of these must look again. */
  gone: number;
}

/**
 * From when to when the runs of each segment live, how many there are and how many of them have not ended: tells readers
 * which segments a range needs, and retention where there is something to delete. Changes are held until `flush` writes
 * them, within the transaction that writes the runs.
 */
export class SegmentBook {
  private readonly facts = new Map<number, SegmentFacts>();
  private readonly changed = new Set<number>();
  /** By segment, before when no run of it was seen last; from a look at its runs, not on disk. */
  private readonly seenFrom = new Map<number, EpochMs>();
  /** By segment, how many rows of it are loose; those of its runs that are not are sealed. */
  private readonly loose = new Map<number, number>();
  private readonly countLoose: Database.Statement<[number, number], number>;
  private readonly sealed: Database.Statement<[], number>;
  private readonly all: Database.Statement<[], SegmentFacts & { segment: number }>;
  private readonly write: Database.Statement<[number, number, number, number, number, number]>;
  private readonly remove: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.all = db.prepare('SELECT segment, first, last, open, rows, gone FROM segments ORDER BY segment');
    this.write = db.prepare(
      'INSERT OR REPLACE INTO segments (segment, first, last, open, rows, gone) VALUES (?, ?, ?, ?, ?, ?)'
    );
    this.remove = db.prepare('DELETE FROM segments WHERE segment = ?');
    this.sealed = db.prepare<[], number>('SELECT segment FROM sealed').pluck();
    // By the index over hashes, which is much smaller than the rows.
    this.countLoose = db
      .prepare<[number, number], number>('SELECT count(*) FROM runs WHERE (id >> 14) >= ? AND (id >> 14) < ?')
      .pluck();
    this.reload();
  }

  /** What the file has: after a transaction that failed, memory must not know more. */
  reload(): void {
    this.changed.clear();
    this.facts.clear();
    this.loose.clear();
    for (const { segment, ...facts } of this.all.iterate()) {
      this.facts.set(segment, facts);
      this.loose.set(segment, facts.rows);
    }
    for (const segment of this.sealed.all()) {
      this.loose.set(segment, this.countLoose.get(...partsOf(segment)) ?? 0);
    }
  }

  /** When anything of any run was seen last; 0 where there is no run. */
  get newest(): EpochMs {
    return Math.max(0, ...[...this.facts.values()].map(({ last }) => last));
  }

  get runs(): number {
    return [...this.facts.values()].reduce((sum, { rows }) => sum + rows, 0);
  }

  /** First and last id (exclusive) of each segment that has runs which have not ended. */
  get withOpenRuns(): Array<[from: number, to: number]> {
    return [...this.facts].filter(([, { open }]) => open > 0).map(([segment]) => idsOf(segment));
  }

  /** Segments that may have runs which nobody has seen since `horizon`, the oldest arrivals first. */
  seenBefore(horizon: EpochMs): number[] {
    return this.numbers(([segment, { first }]) => (this.seenFrom.get(segment) ?? first) < horizon);
  }

  /** Segments with runs that have ended, the oldest arrivals first. */
  withEnded(): number[] {
    return this.numbers(([, { rows, open }]) => rows > open);
  }

  /** Whether so little is left of a segment that it is worth giving up. Never of the newest, which new runs go to. */
  isSparse(segment: number): boolean {
    const newest = Math.max(...this.facts.keys());
    return segment < newest && (this.facts.get(segment)?.rows ?? 0) <= SEGMENT_SIZE / 16;
  }

  /** How many runs went from the segment. */
  goneFrom(segment: number): number | undefined {
    return this.facts.get(segment)?.gone;
  }

  /** Segments with loose rows, the newest first. */
  get withLoose(): number[] {
    return [...this.loose].flatMap(([segment, rows]) => (rows > 0 ? [segment] : [])).sort((a, b) => b - a);
  }

  /** So many rows of the segment became loose (or, less than none, are no more). */
  noteLoose(segment: number, rows: number): void {
    this.loose.set(segment, (this.loose.get(segment) ?? 0) + rows);
  }

  /**
   * The first segment with many loose rows that could be sealed.
   *
   * @param stay so many of the newest segments stay as they are: events about their runs still come
   * @param least loose rows of runs that have ended
   */
  sealable(stay: number, least: number): number | undefined {
    const newest = Math.max(...this.facts.keys());
    return this.numbers(
      ([segment, { open }]) => segment <= newest - stay && (this.loose.get(segment) ?? 0) - open >= least
    )[0];
  }

  /** All runs of the segment were looked at: none was seen last before this. */
  looked(segment: number, seenFrom: EpochMs): void {
    this.seenFrom.set(segment, seenFrom);
  }

  /** The run with this id is now `after`; the file has it as `before`. */
  note(id: number, after: TaskRun, before: TaskRun | undefined): void {
    const segment = segmentOf(id);
    let facts = this.facts.get(segment);
    if (facts === undefined) {
      facts = { first: Infinity, last: 0, open: 0, rows: 0, gone: 0 };
      this.facts.set(segment, facts);
    }
    facts.first = Math.min(facts.first, beganAt(after));
    facts.last = Math.max(facts.last, after.observedAt, after.finishedAt ?? 0);
    facts.open += Number(isOpen(after)) - Number(before !== undefined && isOpen(before));
    facts.rows += Number(before === undefined);
    const seenFrom = this.seenFrom.get(segment);
    if (seenFrom !== undefined && after.observedAt < seenFrom) {
      this.seenFrom.set(segment, after.observedAt);
    }
    this.changed.add(segment);
  }

  /** The run with this id is gone from there: deleted, or it got another id. */
  left(id: number, run: TaskRun): void {
    const segment = segmentOf(id);
    const facts = this.facts.get(segment);
    if (facts !== undefined) {
      facts.open -= Number(isOpen(run));
      facts.rows--;
      facts.gone++;
      this.changed.add(segment);
    }
  }

  /** @returns segments that are empty and given up */
  flush(): number[] {
    const emptied: number[] = [];
    const newest = Math.max(...this.facts.keys());
    for (const segment of this.changed) {
      const facts = this.facts.get(segment);
      if (facts === undefined) {
        continue;
      }
      if (facts.rows === 0 && segment < newest) {
        this.remove.run(segment);
        this.facts.delete(segment);
        this.seenFrom.delete(segment);
        this.loose.delete(segment);
        emptied.push(segment);
      } else {
        this.write.run(segment, facts.first, facts.last, facts.open, facts.rows, facts.gone);
      }
    }
    this.changed.clear();
    return emptied;
  }

  private numbers(wanted: (entry: [segment: number, facts: SegmentFacts]) => boolean): number[] {
    return [...this.facts]
      .filter((entry) => entry[1].rows > 0 && wanted(entry))
      .map(([segment]) => segment)
      .sort((a, b) => a - b);
  }
}

/** First id of the segment, and the first one after it. */
export function idsOf(segment: number): [from: number, to: number] {
  return [segment * SEGMENT_SIZE, (segment + 1) * SEGMENT_SIZE];
}

/** The same of `id >> 14`, which an index begins with. */
export function partsOf(segment: number): [from: number, to: number] {
  return [segment << (SEGMENT_BITS - 14), (segment + 1) << (SEGMENT_BITS - 14)];
}

function isOpen(run: TaskRun): boolean {
  return run.state === 'pending' || run.state === 'running';
}

export function segmentOf(id: number): number {
  return Math.floor(id / 2 ** SEGMENT_BITS);
}
