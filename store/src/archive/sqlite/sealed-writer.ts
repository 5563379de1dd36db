import type Database from 'better-sqlite3';
import { SEGMENT_SIZE } from '../columns';
import { STATE_NUMBER } from '../../../../src/model/word-numbers';
import { SUMMARY_VERSION } from '../../../../src/analysis/summary';
import { pagesOf } from './key-pages';
import type { SealedParts, SumsOfSealed } from './seal';
import type { Marks } from './marks';
import { bundleOf } from './sealed-runs';
import type { SealedSums } from './sealed-sums';

const GONE_BYTES = SEGMENT_SIZE / 8;

/** Writes what is sealed, within a transaction of who calls. */
export class SealedWriter {
  private readonly insertFacts: Database.Statement<unknown[]>;
  private readonly insertColumns: Database.Statement<[number, Uint8Array]>;
  private readonly insertFilter: Database.Statement<[number, Uint8Array]>;
  private readonly insertTexts: Database.Statement<[number, Uint8Array]>;
  private readonly insertKeys: Database.Statement<[number, Uint8Array]>;
  private readonly insertSums: Database.Statement<unknown[]>;
  private readonly selectUnsummed: Database.Statement<[], number>;
  private readonly stampOf: Database.Statement<[number], number>;
  private readonly insertGone: Database.Statement<[number, Uint8Array]>;
  private readonly selectGone: Database.Statement<[number], Buffer>;
  private readonly removeOf: Array<(segment: number) => void>;
  private readonly removeGone: Database.Statement<[number]>;
  private readonly isThere: Database.Statement<[number], number>;
  private readonly deleteLoose: Database.Statement<[number, number, number, number]>;

  constructor(
    db: Database.Database,
    private readonly marks: Marks
  ) {
    const insert = (sql: string) => db.prepare<[number, Uint8Array]>(sql);
    this.insertFacts = db.prepare(
      'INSERT INTO sealed (segment, stamp, length, first_change, last_change, blocks, labels) VALUES (?, ?, ?, ?, ?, ?, ?)'
    );
    this.insertColumns = insert('INSERT INTO sealed_columns (segment, columns) VALUES (?, ?)');
    this.insertFilter = insert('INSERT INTO sealed_filters (segment, filter) VALUES (?, ?)');
    this.insertTexts = insert('INSERT INTO sealed_texts (bundle, texts) VALUES (?, ?)');
    this.insertKeys = insert('INSERT INTO sealed_keys (page, keys) VALUES (?, ?)');
    this.insertSums = db.prepare(
      'INSERT OR REPLACE INTO sealed_sums (segment, version, first, last, step, lengths_step, sums) VALUES (?, ?, ?, ?, ?, ?, ?)'
    );
    this.selectUnsummed = db
      .prepare<[], number>(
        `SELECT max(segment) FROM sealed WHERE segment NOT IN (SELECT segment FROM sealed_sums WHERE version = ${SUMMARY_VERSION})`
      )
      .pluck();
    this.stampOf = db.prepare<[number], number>('SELECT stamp FROM sealed WHERE segment = ?').pluck();
    this.insertGone = insert('INSERT OR REPLACE INTO sealed_gone (segment, rows) VALUES (?, ?)');
    this.selectGone = db.prepare<[number], Buffer>('SELECT rows FROM sealed_gone WHERE segment = ?').pluck();
    const removes = ['sealed', 'sealed_columns', 'sealed_filters', 'sealed_sums'].map((table) =>
      db.prepare<[number]>(`DELETE FROM ${table} WHERE segment = ?`)
    );
    const removeTexts = db.prepare<[number, number]>('DELETE FROM sealed_texts WHERE bundle >= ? AND bundle < ?');
    const removeKeys = db.prepare<[number, number]>('DELETE FROM sealed_keys WHERE page >= ? AND page < ?');
    this.removeGone = db.prepare('DELETE FROM sealed_gone WHERE segment = ?');
    this.removeOf = [
      ...removes.map((statement) => (segment: number) => void statement.run(segment)),
      (segment) => void removeTexts.run(bundleOf(segment, 0), bundleOf(segment + 1, 0)),
      (segment) => void removeKeys.run(...pagesOf(segment)),
      (segment) => void this.removeGone.run(segment),
    ];
    this.isThere = db.prepare<[number], number>('SELECT 1 FROM sealed WHERE segment = ?').pluck();
    this.deleteLoose = db.prepare('DELETE FROM runs WHERE id >= ? AND id < ? AND state > ? AND change <= ?');
  }

  isSealed(segment: number): boolean {
    return this.isThere.get(segment) !== undefined;
  }

  /** Puts a sealed segment in the place of what was sealed of it before. The rows in it may be loose as well. */
  put(parts: SealedParts): void {
    const { segment } = parts;
    this.drop(segment);
    const stamp = this.countSealing();
    this.insertFacts.run(segment, stamp, parts.length, parts.firstChange, parts.lastChange, parts.table, parts.labels);
    this.insertColumns.run(segment, parts.columns);
    this.writeSums(segment, parts.sums);
    this.insertFilter.run(segment, parts.filter);
    parts.textEnds.forEach((end, bundle) => {
      this.insertTexts.run(bundleOf(segment, bundle), parts.texts.subarray(parts.textEnds[bundle - 1] ?? 0, end));
    });
    const [firstPage] = pagesOf(segment);
    parts.keyEnds.forEach((end, i) => {
      this.insertKeys.run(firstPage + parts.keyPages[i]!, parts.keys.subarray(parts.keyEnds[i - 1] ?? 0, end));
    });
  }

  /** The newest sealed segment that should be summed up, if any. */
  get unsummed(): number | undefined {
    return this.selectUnsummed.get() ?? undefined;
  }

  /** Takes over the sums of a segment, unless it was sealed again meanwhile. */
  putSums({ segment, stamp, sums }: SumsOfSealed): void {
    if (this.stampOf.get(segment) === stamp) {
      this.writeSums(segment, sums);
    }
  }

  private writeSums(segment: number, sums: SealedSums | null): void {
    const { from = null, to = null, step = null, lengthsStep = null } = sums?.bounds ?? {};
    this.insertSums.run(segment, SUMMARY_VERSION, from, to, step, lengthsStep, sums?.sums ?? null);
  }

  /**
   * Deletes loose rows that are sealed as they are, with ids in a range.
   *
   * @param asOf the newest change that was sealed
   * @returns how many
   */
  deleteSealed(from: number, to: number, asOf: number): number {
    return this.deleteLoose.run(from, to, STATE_NUMBER.running, asOf).changes;
  }

  /** Sealed rows are deleted, or lie elsewhere now. */
  markGone(segment: number, rows: Iterable<number>): void {
    if (this.isSealed(segment)) {
      const bits = this.selectGone.get(segment) ?? Buffer.alloc(GONE_BYTES);
      for (const row of rows) {
        bits[row >> 3]! |= 1 << (row & 7);
      }
      this.insertGone.run(segment, bits);
    }
  }

  /** Nothing is sealed of the segment any more. */
  drop(segment: number): void {
    if (this.isSealed(segment)) {
      this.removeOf.forEach((remove) => remove(segment));
      this.countSealing();
    }
  }

  /** Each sealing has a number of its own, by which readers see that there was one. */
  private countSealing(): number {
    const stamp = 1 + (this.marks.get('sealings') ?? 0);
    this.marks.set('sealings', stamp);
    return stamp;
  }
}
