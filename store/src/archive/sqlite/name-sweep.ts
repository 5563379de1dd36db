import type Database from 'better-sqlite3';
import { ABSENT } from '../../../../src/model/run-table';
import { Segment } from '../columns';
import type { Marks } from './marks';
import type { NameBook } from './name-book';
import { RowPacker } from './packed-row';
import type { SealedRuns } from './sealed-runs';

/** Loose runs looked at in one step; of what is sealed it is one segment. */
const STEP_ROWS = 5_000;
/** Words deleted in one transaction. */
const STEP_NAMES = 5_000;
/** So many runs must have gone before it is worth looking through those that stay: a look at few for each that went. */
const LEAST_DELETED = 10_000;
const SHARE_DELETED = 1 / 4;

/**
 * Finds words that no run has any more (the name of each pod that ever was). Looks through all runs, a step at a time,
 * while new ones come: what is written meanwhile counts as needed, and what is sealed meanwhile was looked at before.
 */
export class NameSweep {
  /** What is still to be looked at, while a sweep is under way: loose rows with higher ids, then segments. */
  private left: { after: number | undefined; segments: number[] } | undefined;
  private deleted = 0;
  private readonly packer = new RowPacker();
  private readonly rows: Database.Statement<[number, number], [id: number, cols: Buffer]>;

  constructor(
    db: Database.Database,
    private readonly names: NameBook,
    private readonly marks: Marks,
    private readonly sealed: SealedRuns
  ) {
    this.rows = db
      .prepare<[number, number], [number, Buffer]>('SELECT id, cols FROM runs WHERE id > ? ORDER BY id LIMIT ?')
      .raw();
  }

  noteDeleted(runs: number): void {
    this.deleted += runs;
  }

  /**
   * One step, where there is something to do.
   *
   * @param runs how many there are
   * @param transaction runs its work in one
   */
  step(runs: number, transaction: (work: () => void) => void): void {
    if (!this.names.isSweeping) {
      if (this.deleted < Math.max(LEAST_DELETED, runs * SHARE_DELETED)) {
        return;
      }
      this.names.beginSweep();
      this.left = { after: 0, segments: [] };
    }
    const { left } = this;
    if (left === undefined) {
      this.drop(transaction);
      return;
    }
    if (left.after !== undefined) {
      left.after = this.lookAtRows(left.after);
      if (left.after === undefined) {
        left.segments = this.sealed.segments().map(({ segment }) => segment);
      }
      // A few runs are done with in one step, with all that is known of them.
      if (left.after !== undefined || left.segments.length > 0) {
        return;
      }
    }
    const segment = left.segments.pop();
    if (segment !== undefined) {
      this.lookAtSegment(segment);
    }
    if (left.segments.length === 0) {
      this.left = undefined;
      this.deleted = 0;
      this.drop(transaction);
    }
  }

  /** The id of the last row it looked at, where there are more. */
  private lookAtRows(after: number): number | undefined {
    let seen = 0;
    let last = after;
    for (const [id, cols] of this.rows.iterate(after, STEP_ROWS)) {
      this.packer.unpack(cols);
      // The last word of a row is a number.
      this.packer.words.subarray(0, 6).forEach((name) => this.names.need(name));
      last = id;
      seen++;
    }
    return seen === STEP_ROWS ? last : undefined;
  }

  private lookAtSegment(number: number): void {
    const segment = new Segment(number);
    this.sealed.fill(segment);
    const { state, source, task, worker, host, queue, ending } = segment;
    for (const column of [source, task, worker, host, queue, ending]) {
      let before = -1;
      for (let i = 0; i < segment.length; i++) {
        if (column[i] !== before && state[i] !== ABSENT) {
          before = column[i]!;
          this.names.need(before);
        }
      }
    }
  }

  private drop(transaction: (work: () => void) => void): void {
    transaction(() => {
      this.names.dropUnneeded(STEP_NAMES);
      // Readers know words by their ids, which others may get now.
      this.marks.set('swept', (this.marks.get('swept') ?? 0) + 1);
    });
  }
}
