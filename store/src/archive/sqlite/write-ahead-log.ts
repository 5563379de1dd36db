import { statSync } from 'node:fs';
import type Database from 'better-sqlite3';

/** The log of an archive that is read now and then stays below 64 MiB: SQLite winds it back when nobody reads. */
const MOST_BYTES = 256 * 1024 ** 2;
/** How long the readers of now may take to leave. New ones do not hold it up. */
const PATIENCE_MS = 500;

/**
 * Winds SQLite's write-ahead log back to its beginning when it has grown too long. SQLite does so by itself only at a
 * moment without any reader; on a busy machine there may be none for hours, and the log fills the disk.
 *
 * @param db the writing connection, in no transaction
 * @returns whether it was long and is short now
 */
export function windBack(db: Database.Database, file: string, mostBytes = MOST_BYTES): boolean {
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  if (log === undefined || log.size <= mostBytes) {
    return false;
  }
  const usual = Number(db.pragma('busy_timeout', { simple: true }));
  db.pragma(`busy_timeout = ${PATIENCE_MS}`);
  try {
    const [{ busy } = { busy: 1 }] = db.pragma('wal_checkpoint(TRUNCATE)') as Array<{ busy: number }>;
    return busy === 0;
  } finally {
    db.pragma(`busy_timeout = ${usual}`);
  }
}
