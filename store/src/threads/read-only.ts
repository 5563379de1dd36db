import { Reader } from '../answers/reader';
import type { Archive, ArchiveSettings } from '../archive/archive';
import { SqliteReads } from '../archive/sqlite/reads';

/**
 * An archive that another process may be writing, to be asked by this one.
 *
 * @throws ArchiveError when the file cannot be used.
 */
export function readOnlyArchive(file: string, settings: ArchiveSettings): Pick<Archive, 'query'> {
  const reader = new Reader(new SqliteReads(file), settings);
  return { query: async (query) => reader.query(query) };
}
