import type Database from 'better-sqlite3';
import { NO_NAME } from '../../../../src/model/run-table';

/**
 * The words of the file (tasks, workers, queues …) and their ids, which rows hold in their place. Words that no run has any
 * more are found by a sweep (`name-sweep.ts`) and their ids given to others.
 */
export class NameBook {
  private readonly ids = new Map<string, number>();
  private free: number[] = [];
  private highest = 0;
  private added = 0;
  /** Ids that were not needed since the sweep began; `undefined` while there is none. */
  private unneeded: Set<number> | undefined;
  private readonly insert: Database.Statement<[number, string, number]>;
  private readonly remove: Database.Statement<[number]>;
  private readonly all: Database.Statement<[], { id: number; text: string; added: number }>;

  constructor(db: Database.Database) {
    this.insert = db.prepare('INSERT INTO names (id, text, added) VALUES (?, ?, ?)');
    this.remove = db.prepare('DELETE FROM names WHERE id = ?');
    this.all = db.prepare<[], { id: number; text: string; added: number }>(
      'SELECT id, text, added FROM names ORDER BY id'
    );
    this.reload();
  }

  /** What the file has: after a transaction that failed, memory must not know more. */
  reload(): void {
    this.ids.clear();
    this.free = [];
    this.highest = 0;
    this.unneeded = undefined;
    for (const { id, text, added } of this.all.iterate()) {
      this.ids.set(text, id);
      this.added = Math.max(this.added, added);
      while (++this.highest < id) {
        this.free.push(this.highest);
      }
    }
  }

  get size(): number {
    return this.ids.size;
  }

  /** The id of a word, written to the file when it is new; 0 for none. */
  idOf(text: string | undefined): number {
    if (text === undefined) {
      return NO_NAME;
    }
    let id = this.ids.get(text);
    if (id === undefined) {
      id = this.free.pop() ?? ++this.highest;
      this.insert.run(id, text, ++this.added);
      this.ids.set(text, id);
    }
    this.unneeded?.delete(id);
    return id;
  }

  /** From now on it is noted which words are needed. */
  beginSweep(): void {
    this.unneeded = new Set(this.ids.values());
  }

  /** Whether a sweep is under way: it ends too when memory goes back to what the file has. */
  get isSweeping(): boolean {
    return this.unneeded !== undefined;
  }

  /** A run has the word with this id. */
  need(id: number): void {
    this.unneeded?.delete(id);
  }

  /** Deletes at most `limit` words that no run needed, within a transaction. Returns whether the sweep is done. */
  dropUnneeded(limit: number): boolean {
    const { unneeded } = this;
    if (unneeded === undefined) {
      return true;
    }
    const gone = new Set([...unneeded].slice(0, limit));
    for (const [text, id] of this.ids) {
      if (gone.has(id)) {
        this.remove.run(id);
        this.ids.delete(text);
        this.free.push(id);
        unneeded.delete(id);
      }
    }
    if (unneeded.size === 0) {
      this.unneeded = undefined;
    }
    return this.unneeded === undefined;
  }
}
