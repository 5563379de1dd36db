import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** More than SQLite needs beside its files to open them for reading. */
const RESERVE_BYTES = 256 * 1024;

/**
 * Room on the disk that is kept for the day when there is none: a store that is started on a full disk gives it up, and can
 * be asked what it knows. Random, as some file systems keep zeros without taking room for them.
 */
export function keepReserve(file: string): void {
  const reserve = `${file}.reserve`;
  if (existsSync(reserve)) {
    return;
  }
  try {
    writeFileSync(reserve, randomBytes(RESERVE_BYTES));
  } catch {
    // There is no room for it now; the next start tries again.
    giveUpReserve(file);
  }
}

/** Returns whether there was one. */
export function giveUpReserve(file: string): boolean {
  const reserve = `${file}.reserve`;
  const existed = existsSync(reserve);
  rmSync(reserve, { force: true });
  return existed;
}
