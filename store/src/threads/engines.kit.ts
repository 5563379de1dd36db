import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setEnvironmentData } from 'node:worker_threads';
import { build } from 'esbuild';
import type { MakePlace } from '../archive/contract.kit';
import { InProcessArchive } from './in-process';
import { openMemory } from '../archive/memory';
import { openSqlite } from '../archive/sqlite/open';
import { ThreadedArchive } from './threaded';
import { CLOCK } from './worker.kit';

/** Bundles an entry for `new Worker`. Inside the workspace, so that it finds its dependencies. */
export async function bundleWorker(entry: string): Promise<{ script: URL; remove: () => void }> {
  const folder = mkdtempSync(join(__dirname, '..', '..', 'dist-test-'));
  await build({
    entryPoints: { worker: join(__dirname, entry) },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
  });
  return {
    script: pathToFileURL(join(folder, 'worker.mjs')),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function temporaryFile(): { file: string; remove: () => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  return {
    file: join(folder, 'archive.sqlite'),
    remove: async () => rmSync(folder, { recursive: true }),
  };
}

export const sqliteInProcess: MakePlace = async (clock) => {
  const { file, remove } = temporaryFile();
  const time = { now: clock.now, steady: () => clock.steady };
  return { open: async (settings) => new InProcessArchive(openSqlite(file), settings, time), remove };
};

/** Whatever is written is sealed and summed up at once, even among the newest runs; what is too much for a test to wait for, with the next commit. */
export const sqliteSealed: MakePlace = async (clock) => {
  const { file, remove } = temporaryFile();
  const time = { now: clock.now, steady: () => clock.steady };
  const open = () => {
    const { writes, reads } = openSqlite(file, { sealing: { stay: 0, least: 1, leastOfClass: 1 } });
    const commit = writes.commit.bind(writes);
    writes.commit = (...changes) => {
      const texts = commit(...changes);
      if (texts.length < 5_000) {
        writes.tidy();
      }
      return texts;
    };
    return { writes, reads };
  };
  return { open: async (settings) => new InProcessArchive(open(), settings, time), remove };
};

export const memory: MakePlace = async (clock) => {
  const engine = openMemory();
  const time = { now: clock.now, steady: () => clock.steady };
  return { open: async (settings) => new InProcessArchive(engine, settings, time), remove: async () => undefined };
};

/** @param script the bundle of `worker.kit.ts` */
export function sqliteThreaded(script: () => URL): MakePlace {
  return async (clock) => {
    const { file, remove } = temporaryFile();
    return {
      open: (settings) => {
        setEnvironmentData(CLOCK, clock.memory);
        return ThreadedArchive.open(file, settings, script(), clock.now);
      },
      remove,
    };
  };
}
