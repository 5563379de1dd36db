import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { ArchiveError } from '../archive';
import { isUnfinished, makeWhole } from './new-file';
import { FULL_CODES, giveUpReserve, keepReserve } from './reserve';

/** `RUNL`: tells our files from other SQLite files. */
const APPLICATION_ID = 0x52554e4c;

/** Files up to this size are checked whole when they are opened; larger ones would hold up the start. */
const CHECK_UP_TO_BYTES = 64 * 1024 * 1024;

/**
 * Steps from one format to the next. `MIGRATIONS[i]` takes a file of version `i` to `i + 1`; published steps never
 * change. Times are epoch ms, words are ids of `names`; `cols` is described in `packed-row.ts`.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE names (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    change INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    root INTEGER,
    trace INTEGER,
    attempt INTEGER NOT NULL,
    source INTEGER NOT NULL,
    state INTEGER NOT NULL,
    observed REAL NOT NULL,
    cols BLOB NOT NULL,
    run TEXT NOT NULL,
    history TEXT NOT NULL
  ) STRICT;
  CREATE INDEX runs_hash ON runs (id >> 14, hash);
  CREATE INDEX runs_change ON runs (change);
  CREATE INDEX runs_root ON runs (root) WHERE root IS NOT NULL;
  CREATE INDEX runs_trace ON runs (trace) WHERE trace IS NOT NULL;
  CREATE TABLE segments (
    segment INTEGER PRIMARY KEY,
    first REAL NOT NULL,
    last REAL NOT NULL,
    open INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE samples (
    run INTEGER NOT NULL,
    at REAL NOT NULL,
    cpu REAL,
    rss REAL,
    PRIMARY KEY (run, at)
  ) STRICT, WITHOUT ROWID;
  `,
  // Columns of a run may have limits behind them, which a store of before would take for damage.
  '',
  // When the store first learned of each schedule, by what says when runs are expected.
  'CREATE TABLE schedules (schedule TEXT PRIMARY KEY, since REAL NOT NULL) STRICT, WITHOUT ROWID;',
  // Runs may be deleted wherever they stand, and names once no run has them: how many runs each segment has, which names
  // were added since (`added` grows with each), and figures that outlive what they were counted from.
  `
  ALTER TABLE segments ADD COLUMN rows INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE segments ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
  UPDATE segments SET rows = (
    SELECT count(*) FROM runs WHERE (id >> 14) >= (segments.segment << 2) AND (id >> 14) < ((segments.segment + 1) << 2)
  );
  ALTER TABLE names ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX names_added ON names (added);
  CREATE TABLE marks (name TEXT PRIMARY KEY, value REAL NOT NULL) STRICT, WITHOUT ROWID;
  `,
  // Attempts that a later one of the same run follows are marked: in the run, and as bit 1 of the last of the 88 bytes.
  `
  CREATE TEMP TABLE tried AS
    SELECT hash, source, max(attempt) AS last FROM runs GROUP BY hash, source HAVING max(attempt) > 1 AND count(*) > 1;
  CREATE INDEX temp.tried_by_hash ON tried (hash, source);
  UPDATE runs SET
    run = json_set(run, '$.retried', json('true')),
    cols = CAST(
      substr(cols, 1, 87) || CASE substr(cols, 88, 1) WHEN x'01' THEN x'03' ELSE x'02' END || substr(cols, 89) AS BLOB
    )
  WHERE EXISTS (
    SELECT 1 FROM tried WHERE tried.hash = runs.hash AND tried.source = runs.source AND tried.last > runs.attempt
  );
  DROP TABLE tried;
  `,
  // Segments of which runs are sealed, in `seal.ts`: facts (`blocks` and `labels` as in `text-blocks.ts` and `seal.ts`),
  // columns, hashes of keys, texts, and what went since. Each is read alone, so each has a table. A store of before would
  // take what is sealed for gone.
  `
  CREATE TABLE sealed (
    segment INTEGER PRIMARY KEY,
    stamp INTEGER NOT NULL,
    length INTEGER NOT NULL,
    first_change INTEGER NOT NULL,
    last_change INTEGER NOT NULL,
    blocks BLOB NOT NULL,
    labels BLOB
  ) STRICT;
  CREATE TABLE sealed_columns (segment INTEGER PRIMARY KEY, columns BLOB NOT NULL) STRICT;
  CREATE TABLE sealed_filters (segment INTEGER PRIMARY KEY, filter BLOB NOT NULL) STRICT;
  CREATE TABLE sealed_keys (page INTEGER PRIMARY KEY, keys BLOB NOT NULL) STRICT;
  CREATE TABLE sealed_texts (bundle INTEGER PRIMARY KEY, texts BLOB NOT NULL) STRICT;
  CREATE TABLE sealed_gone (segment INTEGER PRIMARY KEY, rows BLOB NOT NULL) STRICT;
  `,
  // What is known of sealed segments as a whole (`sealed-sums.ts`), by the version of the sums; `sums` is NULL where they are
  // not worth it. They are made of what is sealed, and made again where they are missing.
  `
  CREATE TABLE sealed_sums (
    segment INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    first REAL,
    last REAL,
    step REAL,
    lengths_step REAL,
    sums BLOB
  ) STRICT;
  `,
];

/**
 * Finds loose runs by the hash of their run id (`?`). Hashes are random, and an index over them alone would touch pages all
 * over the file with every commit; ordered by arrival first, new ones go to the end, and a look-up asks each 16,384
 * arrivals of which any is loose in turn, the newest first.
 */
export function selectByHash(columns: string): string {
  return `WITH RECURSIVE arrivals(part) AS (
      SELECT (SELECT max(id) FROM runs) >> 14
      UNION ALL SELECT (SELECT max(id) FROM runs WHERE id < part << 14) >> 14 FROM arrivals WHERE part IS NOT NULL
    )
    SELECT ${columns} FROM arrivals CROSS JOIN runs ON (id >> 14) = part AND hash = ?`;
}

export const FORMAT_VERSION = MIGRATIONS.length;

export interface OpenFile {
  db: Database.Database;
  /** Lets go of the file. */
  close(): void;
}

/**
 * Opens the archive for writing, brings its format up to date and keeps every other store away from it until it is
 * closed (or the process dies).
 *
 * @throws ArchiveError that says what is wrong with the file and what to do.
 */
export function openForWriting(file: string, options: { maxPages?: number } = {}): OpenFile {
  checkAccess(file, existsSync(file));
  const lock = takeLock(file);
  try {
    const db = openWithReserve(file, options);
    return {
      db,
      close: () => {
        db.close();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

function openWithReserve(file: string, options: { maxPages?: number }): Database.Database {
  for (;;) {
    try {
      const db = openLocked(file, options);
      keepReserve(file);
      return db;
    } catch (error) {
      if (!(error instanceof ArchiveError) || error.kind !== 'full' || !giveUpReserve(file)) {
        throw error;
      }
    }
  }
}

/** @throws ArchiveError */
function openLocked(file: string, options: { maxPages?: number }): Database.Database {
  let db: Database.Database | undefined;
  try {
    const isNew = isUnfinished(file);
    if (isNew) {
      makeWhole(file, (fresh) => {
        fresh.pragma('auto_vacuum = INCREMENTAL');
        migrate(fresh);
      });
    }
    db = new Database(file, { timeout: 2_000 });
    checkFormat(db, file);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('cache_size = -65536');
    db.pragma('wal_autocheckpoint = 8000');
    db.pragma('journal_size_limit = 67108864');
    db.pragma('temp_store = MEMORY');
    if (options.maxPages !== undefined) {
      db.pragma(`max_page_count = ${options.maxPages}`);
    }
    migrate(db);
    if (!isNew && statSync(file).size <= CHECK_UP_TO_BYTES) {
      const found = db.pragma('quick_check(1)', { simple: true });
      if (found !== 'ok') {
        throw new ArchiveError('corrupt', `${file} is damaged: ${String(found)}. ${RESCUE}`);
      }
    }
    return db;
  } catch (error) {
    db?.close();
    throw toArchiveError(error, file);
  }
}

/**
 * A connection that can only read. The file must be open for writing already.
 *
 * @param cacheBytes memory for its pages; the system has them in memory too
 */
export function openForReading(file: string, cacheBytes: number): Database.Database {
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 2_000 });
    db.pragma(`cache_size = -${Math.round(cacheBytes / 1024)}`);
    db.pragma('temp_store = MEMORY');
    return db;
  } catch (error) {
    throw toArchiveError(error, file);
  }
}

/**
 * Runs `work` on one state of the file, whatever is written meanwhile.
 * @throws ArchiveError
 */
export function inSnapshot<T>(db: Database.Database, file: string, work: () => T): T {
  try {
    db.exec('BEGIN');
    try {
      return work();
    } finally {
      db.exec('COMMIT');
    }
  } catch (error) {
    throw toArchiveError(error, file);
  }
}

const RESCUE =
  'Move the file away and restart for an empty archive, or restore a backup; `sqlite3 <file> .recover` can save what is readable.';

/** What SQLite says, as an error that says what to do. */
export function toArchiveError(error: unknown, file: string): ArchiveError {
  if (error instanceof ArchiveError) {
    return error;
  }
  // By its code: the native part may throw an error class of another instance of the library.
  const found = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const code = typeof found === 'string' ? found : '';
  const fact =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  const cause = { cause: error };
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new ArchiveError(
      'locked',
      `${file} is in use by another program (${fact}). Stop the other store, or give this one another folder with --data.`,
      cause
    );
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return new ArchiveError('corrupt', `${file} is damaged or no archive (${fact}). ${RESCUE}`, cause);
  }
  if (code.startsWith('SQLITE_READONLY')) {
    return new ArchiveError(
      'read-only',
      `${file} cannot be written (${fact}). Give the store's user write permission on the file and its folder.`,
      cause
    );
  }
  if (FULL_CODES.has(code)) {
    return new ArchiveError(
      'full',
      `${file} cannot grow (${fact}). Free disk space or lower retention.maxSize; events are refused until then, and senders keep them.`,
      cause
    );
  }
  return new ArchiveError(
    'unreachable',
    `${file} cannot be used (${fact}). Check the folder, its permissions and the disk.`,
    cause
  );
}

function checkAccess(file: string, existed: boolean): void {
  const folder = dirname(file);
  try {
    accessSync(folder, constants.W_OK);
    if (existed) {
      accessSync(file, constants.R_OK | constants.W_OK);
    }
  } catch (error) {
    const fact = error instanceof Error ? error.message : String(error);
    throw new ArchiveError(
      existsSync(folder) ? 'read-only' : 'unreachable',
      `${file} cannot be opened for writing (${fact}). Give the store's user write permission on the file and its folder, or another folder with --data.`,
      { cause: error }
    );
  }
}

/**
 * SQLite lets several processes write in turn, but two stores on one file would give the same numbers to different
 * runs. So each store holds an exclusive transaction on a second, empty file; the system ends it with the process.
 */
function takeLock(file: string): Database.Database {
  let lock: Database.Database | undefined;
  try {
    lock = new Database(`${file}.lock`, { timeout: 200 });
    // A journal on disk would need room that a full disk has not got.
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    throw toArchiveError(error, file);
  }
}

function checkFormat(db: Database.Database, file: string): void {
  const application = db.pragma('application_id', { simple: true });
  const version = db.pragma('user_version', { simple: true });
  if (application !== APPLICATION_ID) {
    throw new ArchiveError(
      'corrupt',
      `${file} is a SQLite file of another program (application id ${String(application)}). Give the store a folder of its own with --data.`
    );
  }
  if (typeof version === 'number' && version > FORMAT_VERSION) {
    throw new ArchiveError(
      'newer-format',
      `${file} has format ${version}, this store reads up to ${FORMAT_VERSION}. Use the newer store that wrote it, or another folder with --data.`
    );
  }
}

function migrate(db: Database.Database): void {
  for (;;) {
    const version = Number(db.pragma('user_version', { simple: true }));
    const step = MIGRATIONS[version];
    if (step === undefined) {
      return;
    }
    db.transaction(() => {
      db.exec(step);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${version + 1}`);
    })();
  }
}
