import type Database from 'better-sqlite3';
import type { EpochMs } from '../../../../src/model/units';
import { DEFAULT_CACHE_BYTES } from '../archive';
import type { ArchiveSize, ChangePage } from '../archive';
import { Budget } from '../budget';
import type { ReadPort } from '../engine';
import { ColumnCache } from './column-cache';
import { Lookups } from './lookups';
import { inSnapshot, openForReading } from './schema';
import { readSchedules } from './schedules';

/** Segments are read in one go and kept as columns: pages are seldom asked for again. */
const PAGE_CACHE_BYTES = 16 * 1024 * 1024;

/** Reads an archive in a SQLite file, from a connection of its own, so that reading never waits for writing. */
export class SqliteReads implements ReadPort {
  readonly scan: { columns: ColumnCache };
  private readonly db: Database.Database;
  private readonly lookups: Lookups;

  /**
   * @param cacheBytes most memory for columns
   * @throws ArchiveError when the file cannot be used, or is not open for writing.
   */
  constructor(
    private readonly path: string,
    readonly budget = new Budget(),
    cacheBytes = DEFAULT_CACHE_BYTES
  ) {
    this.db = openForReading(path, PAGE_CACHE_BYTES);
    this.scan = { columns: new ColumnCache(this.db, cacheBytes, budget) };
    this.lookups = new Lookups(this.db);
  }

  snapshot<T>(work: () => T): T {
    return inSnapshot(this.db, this.path, () => {
      this.scan.columns.refresh();
      return work();
    });
  }

  run(key: string): string | undefined {
    return this.look(() => this.lookups.run(key));
  }

  changes(cursor: number, limit: number): ChangePage {
    return this.look(() => this.lookups.changes(cursor, limit));
  }

  size(): ArchiveSize {
    return this.look(() => this.lookups.size());
  }

  oldestAt(): EpochMs | undefined {
    return this.look(() => this.lookups.oldestAt());
  }

  schedules(): ReadonlyMap<string, EpochMs> {
    return this.look(() => readSchedules(this.db));
  }

  close(): void {
    this.db.close();
  }

  /** In the snapshot that is open, or in one of its own, for which columns need not be brought up to date. */
  private look<T>(work: () => T): T {
    return this.db.inTransaction ? work() : inSnapshot(this.db, this.path, work);
  }
}
