import { randomBytes } from 'node:crypto';
import { appendFileSync, statSync, truncateSync } from 'node:fs';

/** What SQLite says where a disk has no room. */
export const FULL_CODES: ReadonlySet<string> = new Set([
  'SQLITE_FULL',
  'SQLITE_IOERR_WRITE',
  'SQLITE_IOERR_FSYNC',
  // The index of the log, which connections share.
  'SQLITE_IOERR_SHMSIZE',
]);

/** Several times what SQLite needs beside its files to open them for reading. */
const RESERVE_BYTES = 512 * 1024;
/** Given up at a time: the index of the log of both files, and a little. */
const PART_BYTES = 96 * 1024;

/**
 * Room on the disk that is kept for the day when there is none: a store that is started on a full disk gives up a part of it, and
 * can be asked what it knows. Random, as some file systems keep zeros without taking room for them.
 */
export function keepReserve(file: string): void {
  const size = sizeOf(file);
  if (size >= RESERVE_BYTES) {
    return;
  }
  try {
    appendFileSync(nameOf(file), randomBytes(RESERVE_BYTES - size));
  } catch {
    // There is no room for all of it now; the next start tries again.
    truncateSync(nameOf(file), size);
  }
}

/**
 * Another part of it, as often as it is needed: what else is opened beside the archive takes room too.
 *
 * @returns whether there was anything to give up
 */
export function giveUpReserve(file: string): boolean {
  const size = sizeOf(file);
  if (size > 0) {
    truncateSync(nameOf(file), Math.max(0, size - PART_BYTES));
  }
  return size > 0;
}

function sizeOf(file: string): number {
  return statSync(nameOf(file), { throwIfNoEntry: false })?.size ?? 0;
}

function nameOf(file: string): string {
  return `${file}.reserve`;
}
