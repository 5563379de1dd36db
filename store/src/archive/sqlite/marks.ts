import type Database from 'better-sqlite3';

/** Single figures that the file remembers over restarts, by name. */
export class Marks {
  private readonly read: Database.Statement<[string], number>;
  private readonly write: Database.Statement<[string, number]>;

  constructor(db: Database.Database) {
    this.read = db.prepare<[string], number>('SELECT value FROM marks WHERE name = ?').pluck();
    this.write = db.prepare('INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)');
  }

  get(name: string): number | undefined {
    return this.read.get(name);
  }

  set(name: string, value: number): void {
    this.write.run(name, value);
  }
}
