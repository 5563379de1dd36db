import type Database from 'better-sqlite3';
import { MOST_SAMPLES } from '../engine';
import type { ChangedRun, Sample } from '../engine';

/** Writes resource samples, within a transaction of who calls; those of a long run get thinner. */
export class SampleWriter {
  private readonly insert: Database.Statement<[number, number, number | null, number | null]>;
  private readonly count: Database.Statement<[number], number>;
  private readonly thin: Database.Statement<[number, number]>;
  private readonly renumber: Database.Statement<[number, number]>;
  private readonly remove: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.insert = db.prepare('INSERT OR IGNORE INTO samples (run, at, cpu, rss) VALUES (?, ?, ?, ?)');
    this.count = db.prepare<[number], number>('SELECT count(*) FROM samples WHERE run = ?').pluck();
    // Every second one goes, the newest stays.
    this.thin = db.prepare(
      'DELETE FROM samples WHERE run = ? AND at IN (SELECT at FROM (SELECT at, row_number() OVER (ORDER BY at DESC) AS place FROM samples WHERE run = ?) WHERE place % 2 = 0)'
    );
    this.renumber = db.prepare('UPDATE OR IGNORE samples SET run = ? WHERE run = ?');
    this.remove = db.prepare('DELETE FROM samples WHERE run = ?');
  }

  write(run: ChangedRun, { at, cpu, rss }: Sample): void {
    const { changes } = this.insert.run(run.id, at, cpu, rss);
    run.samples = run.samples === undefined ? (this.count.get(run.id) ?? 0) : run.samples + changes;
    if (run.samples > MOST_SAMPLES) {
      run.samples -= this.thin.run(run.id, run.id).changes;
    }
  }

  /** The run has another id. */
  move(from: number, to: number): void {
    this.renumber.run(to, from);
  }

  delete(run: number): void {
    this.remove.run(run);
  }
}
