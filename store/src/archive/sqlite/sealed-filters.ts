import type Database from 'better-sqlite3';
import { KeyFilter } from './key-filter';
import type { SealedRuns } from './sealed-runs';

/** The filters of all that is sealed, kept up to date for one who reads single runs. */
export class SealedFilters {
  private readonly filter = new KeyFilter();
  private readonly stamps = new Map<number, number>();
  private sealings: number | undefined;
  private readonly newest: Database.Statement<[], number>;
  private readonly filterBlob: Database.Statement<[number], Buffer>;

  constructor(
    db: Database.Database,
    private readonly sealed: SealedRuns
  ) {
    this.newest = db.prepare<[], number>("SELECT value FROM marks WHERE name = 'sealings'").pluck();
    this.filterBlob = db.prepare<[number], Buffer>('SELECT filter FROM sealed_filters WHERE segment = ?').pluck();
  }

  /** Sealed segments that may hold a run with the hash, the newest first. */
  candidates(hash: number): number[] {
    this.catchUp();
    return this.filter.candidates(hash);
  }

  private catchUp(): void {
    const newest = this.newest.get();
    if (newest === this.sealings) {
      return;
    }
    this.sealings = newest;
    const now = new Map(this.sealed.segments().map(({ segment, stamp }) => [segment, stamp]));
    for (const segment of this.stamps.keys()) {
      if (!now.has(segment)) {
        this.filter.drop(segment);
        this.stamps.delete(segment);
      }
    }
    for (const [segment, stamp] of now) {
      if (this.stamps.get(segment) !== stamp) {
        this.filter.fill(segment, this.filterBlob.get(segment)!);
        this.stamps.set(segment, stamp);
      }
    }
  }
}
