import type Database from 'better-sqlite3';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import type { RetentionConfig } from '../archive';
import type { RetentionListener } from '../engine';
import { STATE_NUMBER } from '../../../../src/model/word-numbers';
import { decodeRecord } from './run-row';
import type { SampleWriter } from './sample-writer';
import { idsOf } from './segment-book';
import type { SegmentBook } from './segment-book';

/** Runs deleted or moved in one transaction. */
const CHUNK = 2_000;

interface Row {
  id: number;
  run: string;
  history: string;
}

/** Who writes the file. */
interface Keeper {
  transaction(work: () => void): void;
  /** Called within a transaction that deletes runs. */
  deleting(): void;
  /** Writes the run again at the end; the row with `id` goes. Returns its new id. */
  move(id: number, run: TaskRun): number;
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
  private readonly deleteRun: Database.Statement<[number]>;

  constructor(
    private readonly db: Database.Database,
    private readonly segments: SegmentBook,
    private readonly samples: SampleWriter,
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
    const horizon = now - maxAgeMs;
    // A segment whose runs come of age one by one is not looked through for each of them.
    for (const segment of this.segments.seenBefore(horizon - Math.min(3_600_000, maxAgeMs / 100))) {
      const [from, to] = idsOf(segment);
      const rows = this.seenBefore.all(from, to, horizon, CHUNK);
      if (rows.length > 0) {
        this.delete(rows, listener);
        return { deleted: rows.length, more: true };
      }
      if (this.tidy(segment, listener)) {
        return { deleted: 0, more: true };
      }
      this.segments.looked(segment, this.oldestOf.get(from, to) ?? Infinity);
    }
    const [oldest] = this.usedBytes() > maxBytes ? this.segments.withEnded() : [];
    if (oldest === undefined) {
      return { deleted: 0, more: false };
    }
    const rows = this.ended.all(...idsOf(oldest), STATE_NUMBER.running, CHUNK);
    this.delete(rows, listener);
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

  private delete(rows: readonly Row[], listener: RetentionListener): void {
    const runs = rows.map(({ id, run, history }) => ({ id, run: decodeRecord(run, history).record.run }));
    this.keeper.transaction(() => {
      this.keeper.deleting();
      for (const { id, run } of runs) {
        this.deleteRun.run(id);
        this.samples.delete(id);
        this.segments.left(id, run);
      }
      this.segments.flush();
    });
    runs.forEach(({ id, run }) => listener.deleted(id, run));
    this.db.pragma('incremental_vacuum(4000)');
  }

  /** Gives up a segment of which little is left. Returns whether it did. */
  private tidy(segment: number, listener: RetentionListener): boolean {
    if (!this.segments.isSparse(segment)) {
      return false;
    }
    const moved: Array<{ from: number; to: number; run: TaskRun }> = [];
    this.keeper.transaction(() => {
      for (const { id, run: text, history } of this.rest.all(...idsOf(segment), CHUNK)) {
        const { run } = decodeRecord(text, history).record;
        moved.push({ from: id, to: this.keeper.move(id, run), run });
        this.deleteRun.run(id);
        this.segments.left(id, run);
      }
      this.segments.flush();
    });
    moved.forEach(({ from, to, run }) => listener.moved(from, to, run));
    return moved.length > 0;
  }
}
