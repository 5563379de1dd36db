import type Database from 'better-sqlite3';
import { NO_NAME } from './segment';

/** The words of the file (tasks, workers, queues …) and their ids, which rows hold in their place. */
export class NameBook {
  private readonly ids = new Map<string, number>();
  private readonly insert: Database.Statement<[number, string]>;
  private readonly all: Database.Statement<[], { id: number; text: string }>;

  constructor(db: Database.Database) {
    this.insert = db.prepare('INSERT INTO names (id, text) VALUES (?, ?)');
    this.all = db.prepare<[], { id: number; text: string }>('SELECT id, text FROM names');
    this.reload();
  }

  /** What the file has: after a transaction that failed, memory must not know more. */
  reload(): void {
    this.ids.clear();
    for (const { id, text } of this.all.iterate()) {
      this.ids.set(text, id);
    }
  }

  /** The id of a word, written to the file when it is new; 0 for none. */
  idOf(text: string | undefined): number {
    if (text === undefined) {
      return NO_NAME;
    }
    let id = this.ids.get(text);
    if (id === undefined) {
      id = this.ids.size + 1;
      this.insert.run(id, text);
      this.ids.set(text, id);
    }
    return id;
  }
}
