import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { pino } from 'pino';
import { createApp } from './api/create-app';
import { InProcessArchive } from './archive/in-process';
import { DEFAULT_CONFIG } from './config/config';

declare const RUNLANE_VERSION: string;

interface StoreFlags {
  data: string;
  host: string;
  port: string;
}

/** `runlane store`. */
export function addStoreCommand(program: Command): void {
  program
    .command('store')
    .description('Take task events, keep them, and answer questions about them.')
    .option('--data <folder>', 'folder of the archive', './runlane-data')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on, 0 for any free one', '7331')
    .action(async (flags: StoreFlags) => {
      process.exitCode = await runStore(flags);
    });
}

async function runStore(flags: StoreFlags): Promise<number> {
  const log = pino();
  const folder = resolve(flags.data);
  mkdirSync(folder, { recursive: true });
  const archive = new InProcessArchive(join(folder, 'archive.sqlite'), DEFAULT_CONFIG, { now: Date.now, steady: () => performance.now() });
  const app = await createApp({ archive, config: () => DEFAULT_CONFIG, now: Date.now, version: RUNLANE_VERSION, log });
  const address = await app.listen({ host: flags.host, port: Number(flags.port) });
  log.info({ address }, 'listening');
  const tending = setInterval(() => archive.tend(), 5_000);
  await new Promise<void>((stop) => {
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
  clearInterval(tending);
  await app.close();
  await archive.close();
  return 0;
}
