import type Database from 'better-sqlite3';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import type { RetentionConfig } from '../archive';
import { ABSENT } from '../../../../src/model/run-table';
import { Segment, SEGMENT_SIZE } from '../columns';
import type { RetentionListener } from '../engine';
import { STATE_NUMBER } from '../../../../src/model/word-numbers';
import { decodeRecord } from './run-row';
import type { SampleWriter } from './sample-writer';
import type { SealedRuns } from './sealed-runs';
import type { SealedWriter } from './sealed-writer';
import { idsOf } from './segment-book';
import type { SegmentBook } from './segment-book';
import type { RunTexts } from './text-blocks';

/** Runs deleted or moved in one transaction. */
const CHUNK = 2_000;

interface Row extends RunTexts {
  id: number;
}

/** Who writes the file. */
interface Keeper {
  segments: SegmentBook;
  samples: SampleWriter;
  sealed: SealedRuns;
  sealing: SealedWriter;
  transaction(work: () => void): void;
  /** Called within a transaction that deletes runs. */
  deleting(): void;
  /** Writes the run again at the end; the row with `id` goes. Returns its new id. */
  move(id: number, texts: RunTexts): number;
  /** Nothing is left of a segment. */
  emptied(segment: number): void;
}

/**
 * Applies retention, a little at a time: what may go goes, wherever it stands. A run that may stay stays where it is, unless so
 * few are left around it that its segment is given up: then it moves to the end.
 */
export class Pruner {
  private readonly seenBefore: Database.Statement<[number, number, number, number], Row>;
  private readonly ended: Database.Statement<[number, number, number, number], Row>;
  private readonly rest: Database.Statement<[number, number, number], Row>;
  private readonly oldestOf: Database.Statement<[number, number], number | null>;
  private readonly looseIds: Database.Statement<[number, number], number>;
  private readonly deleteRun: Database.Statement<[number]>;

  constructor(
    private readonly db: Database.Database,
    private readonly keeper: Keeper
  ) {
    const rows = (condition: string) =>
      `SELECT id, run, history FROM runs WHERE id >= ? AND id < ?${condition} LIMIT ?`;
    this.seenBefore = db.prepare(rows(' AND observed < ?'));
    this.ended = db.prepare(rows(' AND state > ?'));
    this.rest = db.prepare(rows(''));
    this.oldestOf = db
      .prepare<[number, number], number | null>('SELECT min(observed) FROM runs WHERE id >= ? AND id < ?')
      .pluck();
    this.looseIds = db.prepare<[number, number], number>('SELECT id FROM runs WHERE id >= ? AND id < ?').pluck();
    this.deleteRun = db.prepare('DELETE FROM runs WHERE id = ?');
  }

  /**
   * Deletes a little of what retention no longer allows. Returns how many runs were deleted, and whether there is more to
   * do at once.
   *
   * @param now by which runs grow old
   * @throws ArchiveError when the file cannot be written
   */
  prune(
    { maxAgeMs, maxBytes }: RetentionConfig,
    now: EpochMs,
    listener: RetentionListener
  ): { deleted: number; more: boolean } {
    const { segments } = this.keeper;
    const horizon = now - maxAgeMs;
    // A segment whose runs come of age one by one is not looked through for each of them.
    for (const segment of segments.seenBefore(horizon - Math.min(3_600_000, maxAgeMs / 100))) {
      const loose = this.seenBefore.all(...idsOf(segment), horizon, CHUNK);
      const rows = loose.length > 0 ? loose : this.sealedRows(segment, ({ observed }, i) => observed[i]! < horizon);
      if (rows.length > 0) {
        this.delete(segment, rows, listener);
        return { deleted: rows.length, more: true };
      }
      if (this.tidy(segment, listener)) {
        return { deleted: 0, more: true };
      }
      segments.looked(segment, this.oldestIn(segment));
    }
    const [oldest] = this.usedBytes() > maxBytes ? segments.withEnded() : [];
    if (oldest === undefined) {
      return { deleted: 0, more: false };
    }
    const loose = this.ended.all(...idsOf(oldest), STATE_NUMBER.running, CHUNK);
    const rows = loose.length > 0 ? loose : this.sealedRows(oldest, () => true);
    this.delete(oldest, rows, listener);
    if (rows.length < CHUNK) {
      this.tidy(oldest, listener);
    }
    return { deleted: rows.length, more: true };
  }

  private usedBytes(): number {
    const pages =
      Number(this.db.pragma('page_count', { simple: true })) -
      Number(this.db.pragma('freelist_count', { simple: true }));
    return pages * Number(this.db.pragma('page_size', { simple: true }));
  }

  private delete(segment: number, rows: readonly Row[], listener: RetentionListener): void {
    const { segments, sealing, samples } = this.keeper;
    const runs = rows.map(({ id, run, history }) => ({ id, run: decodeRecord(run, history).record.run }));
    let emptied: number[] = [];
    this.keeper.transaction(() => {
      this.keeper.deleting();
      for (const { id, run } of runs) {
        this.forget(segment, id, run);
        samples.delete(id);
      }
      sealing.markGone(
        segment,
        runs.map(({ id }) => id % SEGMENT_SIZE)
      );
      emptied = segments.flush();
      emptied.forEach((empty) => sealing.drop(empty));
    });
    emptied.forEach((empty) => this.keeper.emptied(empty));
    runs.forEach(({ id, run }) => listener.deleted(id, run));
    this.db.pragma('incremental_vacuum(4000)');
  }

  /** Gives up a segment of which little is left. Returns whether it did. */
  private tidy(segment: number, listener: RetentionListener): boolean {
    const { segments, sealing } = this.keeper;
    if (!segments.isSparse(segment)) {
      return false;
    }
    const loose = this.rest.all(...idsOf(segment), CHUNK);
    const rows = loose.length > 0 ? loose : this.sealedRows(segment, () => true);
    const moved: Array<{ from: number; to: number; run: TaskRun }> = [];
    let emptied: number[] = [];
    this.keeper.transaction(() => {
      for (const { id, ...texts } of rows) {
        const { run } = decodeRecord(texts.run, texts.history).record;
        moved.push({ from: id, to: this.keeper.move(id, texts), run });
        this.forget(segment, id, run);
      }
      sealing.markGone(
        segment,
        rows.map(({ id }) => id % SEGMENT_SIZE)
      );
      this.keeper.deleting();
      emptied = segments.flush();
      emptied.forEach((empty) => sealing.drop(empty));
    });
    emptied.forEach((empty) => this.keeper.emptied(empty));
    moved.forEach(({ from, to, run }) => listener.moved(from, to, run));
    return moved.length > 0;
  }

  private forget(segment: number, id: number, run: TaskRun): void {
    const { segments } = this.keeper;
    segments.noteLoose(segment, -this.deleteRun.run(id).changes);
    segments.left(id, run);
  }

  /** Some rows of a segment that are sealed and not loose. */
  private sealedRows(number: number, wanted: (segment: Segment, row: number) => boolean): Row[] {
    const rows: Row[] = [];
    for (const { segment, row } of this.sealedIn(number)) {
      const id = segment.firstId + row;
      const texts = wanted(segment, row) ? this.keeper.sealed.texts(id) : undefined;
      if (texts !== undefined && rows.push({ id, ...texts }) === CHUNK) {
        break;
      }
    }
    return rows;
  }

  private *sealedIn(number: number): Generator<{ segment: Segment; row: number }> {
    if (!this.keeper.sealed.isSealed(number)) {
      return;
    }
    const segment = new Segment(number);
    this.keeper.sealed.fill(segment);
    for (const id of this.looseIds.iterate(...idsOf(number))) {
      segment.state[id - segment.firstId] = ABSENT;
    }
    for (let row = 0; row < segment.length; row++) {
      if (segment.state[row] !== ABSENT) {
        yield { segment, row };
      }
    }
  }

  private oldestIn(number: number): EpochMs {
    let oldest = this.oldestOf.get(...idsOf(number)) ?? Infinity;
    for (const { segment, row } of this.sealedIn(number)) {
      oldest = Math.min(oldest, segment.observed[row]!);
    }
    return oldest;
  }
}
