import type { Engine } from '../engine';
import { SqliteReads } from './reads';
import { SqliteWrites } from './writes';

/**
 * An archive in a SQLite file, for one thread.
 *
 * @param options.maxPages how large the file may become
 * @throws ArchiveError when the file cannot be used.
 */
export function openSqlite(file: string, options: { maxPages?: number } = {}): Engine {
  const writes = new SqliteWrites(file, options);
  return { writes, reads: new SqliteReads(file) };
}
