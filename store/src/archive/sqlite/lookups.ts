import type Database from 'better-sqlite3';
import type { EpochMs } from '../../../../src/model/units';
import type { ArchiveSize, ChangePage } from '../archive';
import { RunDetail } from './run-detail';
import { partsOfKey } from '../run-key';
import { RunsByKey } from './runs-by-key';
import { SampleReader } from './sample-reader';
import { SealedFilters } from './sealed-filters';
import { SealedRuns } from './sealed-runs';

/** A page of changes ends when its runs have so much text, however many may be in it. */
const MOST_PAGE_CHARS = 8 * 1024 * 1024;

/** What an index answers at once: one run, what changed, how much there is. */
export class Lookups {
  private readonly detail: RunDetail;
  private readonly sealed: SealedRuns;
  private readonly runs: RunsByKey;
  private readonly changed: Database.Statement<[number, number], { change: number; id: number }>;
  private readonly isLoose: Database.Statement<[number], number>;
  private readonly newestChange: Database.Statement<[], number>;
  private readonly attemptCount: Database.Statement<[], number>;

  constructor(private readonly db: Database.Database) {
    this.sealed = new SealedRuns(db);
    const filters = new SealedFilters(db, this.sealed);
    this.runs = new RunsByKey(db, this.sealed, (hash) => filters.candidates(hash));
    this.detail = new RunDetail(new SampleReader(db));
    this.changed = db.prepare('SELECT change, id FROM runs WHERE change > ? ORDER BY change LIMIT ?');
    this.isLoose = db.prepare<[number], number>('SELECT 1 FROM runs WHERE id = ?').pluck();
    // The newest change may be that of a run which is deleted or sealed.
    this.newestChange = db
      .prepare<[], number>(
        "SELECT max(coalesce((SELECT max(change) FROM runs), 0), coalesce((SELECT value FROM marks WHERE name = 'change'), 0))"
      )
      .pluck();
    this.attemptCount = db.prepare<[], number>('SELECT coalesce(sum(rows), 0) FROM segments').pluck();
  }

  run(key: string): string | undefined {
    const { source, runId, attempt } = partsOfKey(key);
    // The newest arrivals come first; the rest of the archive is not asked once the run is found.
    for (const { found, run } of this.runs.attempts(source, runId)) {
      if (run.attempt === attempt) {
        return this.detail.text(found.id, found);
      }
    }
    return undefined;
  }

  changes(cursor: number, limit: number): ChangePage {
    const page: ChangePage = { cursor, runs: [], more: false };
    let chars = 0;
    for (const { change, id } of this.changedAfter(cursor, limit + 1)) {
      if (page.runs.length === limit || chars > MOST_PAGE_CHARS) {
        return { ...page, more: true };
      }
      const { run } = this.runs.texts(id)!;
      page.cursor = change;
      page.runs.push(run);
      chars += run.length;
    }
    return page;
  }

  /** The first changes after a cursor, of loose and of sealed runs. */
  private changedAfter(cursor: number, limit: number): Array<{ change: number; id: number }> {
    let changes = this.changed.all(cursor, limit);
    for (const { first, changes: sealed } of this.sealed.changedAfter(cursor)) {
      const last = changes[limit - 1];
      if (last !== undefined && first > last.change) {
        break;
      }
      const fresh: typeof changes = [];
      for (const next of sealed) {
        if (fresh.length === limit || (last !== undefined && next.change > last.change)) {
          break;
        }
        if (this.isLoose.get(next.id) === undefined) {
          fresh.push(next);
        }
      }
      changes = [...changes, ...fresh].sort((a, b) => a.change - b.change).slice(0, limit);
    }
    return changes;
  }

  size(): ArchiveSize {
    const { db } = this;
    const pages =
      Number(db.pragma('page_count', { simple: true })) - Number(db.pragma('freelist_count', { simple: true }));
    return {
      attempts: this.attemptCount.get() ?? 0,
      bytes: pages * Number(db.pragma('page_size', { simple: true })),
      cursor: this.newestChange.get() ?? 0,
    };
  }

  oldestAt(): EpochMs | undefined {
    return this.db.prepare<[], number | null>('SELECT min(first) FROM segments').pluck().get() ?? undefined;
  }
}
