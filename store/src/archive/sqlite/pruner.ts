import type Database from 'better-sqlite3';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import type { RetentionConfig } from '../archive';
import { decodeRecord, STATE_NUMBER } from './run-row';
import { idsOf } from './segment-book';
import type { SegmentBook } from './segment-book';

/** Runs deleted or moved in one transaction. */
const CHUNK = 2_000;

interface Row {
  id: number;
  run: string;
  history: string;
}

/** Who holds the runs in memory. */
export interface RunKeeper {
  /** Runs `work` in a transaction; when that fails, memory goes back to what the file has. */
  transaction(work: () => void): void;
  /** Called within a transaction that deletes runs. */
  deleting(): void;
  /** Writes the run again under the next id; the row with `id` goes. */
  move(id: number, run: TaskRun): void;
  /** The run is gone from the file. */
  forget(id: number, run: TaskRun): void;
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
  private readonly deleteSamples: Database.Statement<[number]>;

  constructor(
    private readonly db: Database.Database,
    private readonly segments: SegmentBook,
    private readonly keeper: RunKeeper
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
    this.deleteSamples = db.prepare('DELETE FROM samples WHERE run = ?');
  }

  /**
   * Deletes a little of what retention no longer allows. Returns how many runs were deleted, and whether there is more to
   * do at once.
   *
   * @param now by which runs grow old
   * @throws ArchiveError when the file cannot be written
   */
  prune({ maxAgeMs, maxBytes }: RetentionConfig, now: EpochMs): { deleted: number; more: boolean } {
    const horizon = now - maxAgeMs;
    // A segment whose runs come of age one by one is not looked through for each of them.
    for (const segment of this.segments.seenBefore(horizon - Math.min(3_600_000, maxAgeMs / 100))) {
      const [from, to] = idsOf(segment);
      const rows = this.seenBefore.all(from, to, horizon, CHUNK);
      if (rows.length > 0) {
        this.delete(rows);
        return { deleted: rows.length, more: true };
      }
      if (this.tidy(segment)) {
        return { deleted: 0, more: true };
      }
      this.segments.looked(segment, this.oldestOf.get(from, to) ?? Infinity);
    }
    const [oldest] = this.usedBytes() > maxBytes ? this.segments.withEnded() : [];
    if (oldest === undefined) {
      return { deleted: 0, more: false };
    }
    const rows = this.ended.all(...idsOf(oldest), STATE_NUMBER.running, CHUNK);
    this.delete(rows);
    if (rows.length < CHUNK) {
      this.tidy(oldest);
    }
    return { deleted: rows.length, more: true };
  }

  usedBytes(): number {
    const pages =
      Number(this.db.pragma('page_count', { simple: true })) -
      Number(this.db.pragma('freelist_count', { simple: true }));
    return pages * Number(this.db.pragma('page_size', { simple: true }));
  }

  private delete(rows: readonly Row[]): void {
    const runs = rows.map(({ id, run, history }) => ({ id, run: decodeRecord(run, history).record.run }));
    this.keeper.transaction(() => {
      this.keeper.deleting();
      for (const { id, run } of runs) {
        this.deleteRun.run(id);
        this.deleteSamples.run(id);
        this.segments.left(id, run);
      }
      this.segments.flush();
    });
    runs.forEach(({ id, run }) => this.keeper.forget(id, run));
    this.db.pragma('incremental_vacuum(4000)');
  }

  /** Gives up a segment of which little is left. Returns whether it did. */
  private tidy(segment: number): boolean {
    if (!this.segments.isSparse(segment)) {
      return false;
    }
    const rows = this.rest.all(...idsOf(segment), CHUNK);
    this.keeper.transaction(() => {
      for (const { id, run, history } of rows) {
        const moved = decodeRecord(run, history).record.run;
        this.keeper.move(id, moved);
        this.deleteRun.run(id);
        this.segments.left(id, moved);
      }
      this.segments.flush();
    });
    return rows.length > 0;
  }
}
