import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './system';

/** A file system of its own, in memory, that can be filled without harm to anybody. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all room that is left. */
  fill(): void;
  /** Gives it back. */
  clear(): void;
  remove(): void;
}

const KEPT = 'filling';

/** @param size as `mount` takes it, `16m` */
export function mountSmallDisk(size: string): SmallDisk {
  const folder = temporaryFolder('disk');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  return {
    folder,
    fill() {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(join(folder, KEPT), Buffer.alloc(bavail * bsize));
    },
    clear: () => rmSync(join(folder, KEPT), { force: true }),
    remove() {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
