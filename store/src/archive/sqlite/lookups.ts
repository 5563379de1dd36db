import type Database from 'better-sqlite3';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import type { ArchiveSize, ChangePage } from '../archive';
import { RunDetail } from './run-detail';
import { partsOfKey } from '../run-key';
import { hashText } from './hash-text';
import { SampleReader } from './sample-reader';
import { selectByHash } from './schema';

/** A page of changes ends when its runs have so much text, however many may be in it. */
const MOST_PAGE_CHARS = 8 * 1024 * 1024;

interface FoundRow {
  id: number;
  attempt: number;
  run: string;
  history: string;
}

/** What an index answers at once: one run, what changed, how much there is. */
export class Lookups {
  private readonly detail: RunDetail;
  private readonly byHash: Database.Statement<[number], FoundRow>;
  private readonly changed: Database.Statement<[number, number], { change: number; run: string }>;

  constructor(private readonly db: Database.Database) {
    this.detail = new RunDetail(new SampleReader(db));
    this.byHash = db.prepare(selectByHash('id, attempt, run, history'));
    this.changed = db.prepare('SELECT change, run FROM runs WHERE change > ? ORDER BY change LIMIT ?');
  }

  run(key: string): string | undefined {
    const { source, runId, attempt } = partsOfKey(key);
    // The newest arrivals come first; the rest of the archive is not asked once the run is found.
    for (const row of this.byHash.iterate(hashText(runId))) {
      if (row.attempt === attempt) {
        const run = JSON.parse(row.run) as TaskRun;
        if (run.source === source && run.runId === runId) {
          return this.detail.text(row);
        }
      }
    }
    return undefined;
  }

  changes(cursor: number, limit: number): ChangePage {
    const page: ChangePage = { cursor, runs: [], more: false };
    let chars = 0;
    for (const { change, run } of this.changed.iterate(cursor, limit + 1)) {
      if (page.runs.length === limit || chars > MOST_PAGE_CHARS) {
        return { ...page, more: true };
      }
      page.cursor = change;
      page.runs.push(run);
      chars += run.length;
    }
    return page;
  }

  size(): ArchiveSize {
    const { db } = this;
    const pages =
      Number(db.pragma('page_count', { simple: true })) - Number(db.pragma('freelist_count', { simple: true }));
    return {
      runs: db.prepare<[], number | null>('SELECT sum(rows) FROM segments').pluck().get() ?? 0,
      bytes: pages * Number(db.pragma('page_size', { simple: true })),
      cursor: db.prepare<[], number | null>('SELECT max(change) FROM runs').pluck().get() ?? 0,
    };
  }

  oldestAt(): EpochMs | undefined {
    return this.db.prepare<[], number | null>('SELECT min(first) FROM segments').pluck().get() ?? undefined;
  }
}
