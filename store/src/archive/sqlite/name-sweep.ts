import type Database from 'better-sqlite3';
import { HashFilter } from './hash-filter';
import type { Marks } from './marks';
import type { NameBook } from './name-book';
import { RowPacker } from './packed-row';

/** Runs looked at in one step. */
const STEP_ROWS = 5_000;
/** Words deleted in one transaction. */
const STEP_NAMES = 5_000;
/** So many runs must have gone before it is worth looking through those that stay: a look at few for each that went. */
const LEAST_DELETED = 10_000;
const SHARE_DELETED = 1 / 4;

/**
 * Finds what is remembered of runs that are deleted: words that no run has any more (the name of each pod that ever was),
 * and hashes. Looks through all runs, a step at a time, while new ones come: what is written meanwhile counts as needed.
 */
export class NameSweep {
  /** Hashes of the runs that stay, while a sweep is under way. */
  private hashes: HashFilter | undefined;
  private lookedUpTo = 0;
  private deleted = 0;
  private readonly packer = new RowPacker();
  private readonly rows: Database.Statement<[number, number], [id: number, hash: number, cols: Buffer]>;

  constructor(
    db: Database.Database,
    private readonly names: NameBook,
    private readonly marks: Marks
  ) {
    this.rows = db
      .prepare<[number, number], [number, number, Buffer]>(
        'SELECT id, hash, cols FROM runs WHERE id > ? ORDER BY id LIMIT ?'
      )
      .raw();
  }

  noteDeleted(runs: number): void {
    this.deleted += runs;
  }

  noteHash(hash: number): void {
    this.hashes?.add(hash);
  }

  /**
   * One step, where there is something to do.
   *
   * @param runs how many there are
   * @param transaction runs its work in one
   * @returns the hashes of all runs, once the sweep has seen all of them
   */
  step(runs: number, transaction: (work: () => void) => void): HashFilter | undefined {
    if (!this.names.isSweeping) {
      if (this.deleted < Math.max(LEAST_DELETED, runs * SHARE_DELETED)) {
        return undefined;
      }
      this.names.beginSweep();
      this.hashes = new HashFilter();
      this.lookedUpTo = 0;
    }
    if (this.hashes === undefined) {
      this.drop(transaction);
      return undefined;
    }
    let seen = 0;
    for (const [id, hash, cols] of this.rows.iterate(this.lookedUpTo, STEP_ROWS)) {
      this.packer.unpack(cols);
      // The last word of a row is a number.
      this.packer.words.subarray(0, 6).forEach((name) => this.names.need(name));
      this.hashes.add(hash);
      this.lookedUpTo = id;
      seen++;
    }
    if (seen === STEP_ROWS) {
      return undefined;
    }
    const { hashes } = this;
    this.hashes = undefined;
    this.deleted = 0;
    this.drop(transaction);
    return hashes;
  }

  private drop(transaction: (work: () => void) => void): void {
    transaction(() => {
      this.names.dropUnneeded(STEP_NAMES);
      // Readers know words by their ids, which others may get now.
      this.marks.set('swept', (this.marks.get('swept') ?? 0) + 1);
    });
  }
}
