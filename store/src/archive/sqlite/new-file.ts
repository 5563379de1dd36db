import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

/** What SQLite keeps beside a file. */
const COMPANIONS = ['-journal', '-wal', '-shm'];
/** The smallest page of SQLite: what is shorter holds no table. */
const SMALLEST_PAGE = 512;
const MAGIC = Buffer.from('SQLite format 3\0');

/**
 * Makes the file whole or not at all: under another name, which becomes its own once everything in it is on disk. Whatever
 * a start that died on the way has left is cleared away first. Call it under the lock of the file.
 *
 * @param fill makes the tables
 * @throws what SQLite or the file system throws; the next call begins again
 */
export function makeWhole(file: string, fill: (db: Database.Database) => void): void {
  const draft = `${file}.new`;
  remove(draft);
  const db = new Database(draft);
  try {
    db.pragma('synchronous = FULL');
    fill(db);
  } finally {
    db.close();
  }
  // A log left beside would be taken for one of the new file.
  for (const suffix of COMPANIONS) {
    rmSync(file + suffix, { force: true });
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
}

/**
 * Whether there is nothing in the file yet: it is not there, is empty, or is what a first start of an earlier version left
 * that died before it had made the first table. A file that holds anything, of whatever program, is not.
 */
export function isUnfinished(file: string): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) {
    return true;
  }
  if (size < SMALLEST_PAGE) {
    const head = Buffer.alloc(size);
    const fd = openSync(file, 'r');
    readSync(fd, head);
    closeSync(fd);
    const magic = MAGIC.subarray(0, size);
    return head.every((byte) => byte === 0) || head.subarray(0, magic.length).equals(magic);
  }
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { timeout: 2_000 });
    const anything = db.prepare('SELECT 1 FROM sqlite_master').get();
    return anything === undefined && db.pragma('application_id', { simple: true }) === 0;
  } catch {
    // Whoever opens the file next says what is wrong with it.
    return false;
  } finally {
    db?.close();
  }
}

function remove(file: string): void {
  for (const suffix of ['', ...COMPANIONS]) {
    rmSync(file + suffix, { force: true });
  }
}

/** The new name is on disk too. Where folders cannot be synced (Windows), the system does it in its own time. */
function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r');
    fsyncSync(fd);
    closeSync(fd);
  } catch {
    return;
  }
}
