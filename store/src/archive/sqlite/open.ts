import type { Engine } from '../engine';
import { SqliteReads } from './reads';
import { Sealer } from './seal';
import { SqliteWrites } from './writes';
import type { SealingPolicy } from './writes';

/** Seals what is old in the thread that writes. */
class SealingWrites extends SqliteWrites {
  private readonly sealer: Sealer;

  constructor(file: string, options: { maxPages?: number; sealing?: SealingPolicy }) {
    super(file, options);
    this.sealer = new Sealer(file, options.sealing?.leastOfClass);
  }

  override tidy(): void {
    super.tidy();
    for (let segment = this.sealable; segment !== undefined; segment = this.sealable) {
      const parts = this.sealer.seal(segment);
      if (parts === undefined) {
        return;
      }
      this.takeSealed(parts);
      while (this.unload()) {
        // One transaction at a time.
      }
    }
    for (let segment = this.unsummed; segment !== undefined; segment = this.unsummed) {
      const sums = this.sealer.sum(segment);
      if (sums === undefined) {
        return;
      }
      this.takeSums(sums);
    }
    while (this.shrink()) {
      // As well.
    }
  }

  override close(): void {
    this.sealer.close();
    super.close();
  }
}

/**
 * An archive in a SQLite file, for one thread.
 *
 * @param options.maxPages how large the file may become
 * @param options.sealing which segments are sealed, the usual ones when left out
 * @throws ArchiveError when the file cannot be used.
 */
export function openSqlite(file: string, options: { maxPages?: number; sealing?: SealingPolicy } = {}): Engine {
  const writes = new SealingWrites(file, options);
  return { writes, reads: new SqliteReads(file) };
}
