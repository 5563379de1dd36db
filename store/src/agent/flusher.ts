import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { DurationMs } from '../../../src/model/units';
import { steadyNow } from './clocks';
import { createNotices } from './notices';
import { createOrphanage, type Orphanage } from './orphanage';
import { pause } from './pause';
import { readStat } from './process-tree';
import type { DeliveryOptions } from './run-options';
import { sendBatch, type Later, type SendPorts } from './send-batch';
import { createSender } from './sender';
import { isAlive, openSpool, spoolDirectory } from './spool';
import { readStoreAddress } from './store-address';

/** How long a background flusher waits for a store that is away. The next run, or `runlane flush`, goes on. */
const BACKGROUND_PATIENCE: DurationMs = 60 * 60_000;
const LOOK_AGAIN: DurationMs = 1000;
const LONGEST_PAUSE: DurationMs = 30_000;
const ANSWER_WITHIN: DurationMs = 5000;
const LOCK = 'flusher.lock';

/** Starts a process of its own that delivers what is left, unless one is at it already. */
export async function startFlusher(options: DeliveryOptions): Promise<void> {
  const script = process.argv[1];
  if (script === undefined || isLocked(spoolDirectory(options.spool, options.store))) {
    return;
  }
  const { spawn } = await import('node:child_process');
  const environment: NodeJS.ProcessEnv = { ...process.env, RUNLANE_SPOOL: options.spool, RUNLANE_TOKEN: options.token };
  // Else the agent of an outer run would take the flusher for a part of its command.
  delete environment['RUNLANE_RUN_ID'];
  spawn(process.execPath, [script, 'flush', '--quiet', '--store', options.store, '--for', `${BACKGROUND_PATIENCE}ms`], {
    detached: true,
    stdio: 'ignore',
    env: environment,
    cwd: '/',
  }).unref();
}

export interface FlushOptions extends DeliveryOptions {
  /** How long to wait for a store that is away; 0 tries once. */
  patienceMs: DurationMs;
  /** Goes on when the spool is empty, until a signal ends it. */
  follow: boolean;
}

/** `runlane flush`: delivers what dead agents have left. Resolves with whether nothing is left. */
export async function flush(options: FlushOptions): Promise<boolean> {
  const notices = createNotices(options.quiet);
  const sender = createSender(readStoreAddress(options.store, options.token));
  const spool = openSpool(spoolDirectory(options.spool, options.store), options.spoolLimitBytes);
  const unlock = lock(spool.directory);
  if (unlock === undefined) {
    notices.tell(`another flusher is at work in ${spool.directory}.`);
    return !spool.hasOrphans();
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort());
  }
  const giveUpAt = steadyNow() + options.patienceMs;
  const orphans = createOrphanage(spool);
  let emptyBefore = options.patienceMs === 0;
  try {
    for (let failures = 0; ;) {
      const later = await deliverAll(orphans, {
        sender,
        notices,
        refused: (count) => spool.countLost('refused', count),
      });
      const empty = later === undefined && !orphans.any();
      failures = later === undefined ? 0 : failures + 1;
      const outOfPatience = steadyNow() >= giveUpAt;
      // Looked at twice: the agent that has called us may not have left yet.
      if (stop.signal.aborted || (!options.follow && ((empty && emptyBefore) || outOfPatience))) {
        if (later !== undefined) {
          notices.tell(`${later.why}. Events wait in ${spool.directory}.`);
        }
        return empty;
      }
      emptyBefore = empty;
      await pause(later?.retryAfterMs ?? Math.min(LOOK_AGAIN * 2 ** failures, LONGEST_PAUSE), stop.signal);
    }
  } finally {
    spool.close(true);
    unlock();
  }
}

async function deliverAll(orphans: Orphanage, ports: SendPorts): Promise<Later | undefined> {
  for (let batch = orphans.next(); batch !== undefined; batch = orphans.next()) {
    const later = await sendBatch(ports, batch.lines, ANSWER_WITHIN);
    if (later !== undefined) {
      return later;
    }
    batch.done();
  }
  return undefined;
}

function isLocked(directory: string): boolean {
  try {
    const [pid, start] = readFileSync(join(directory, LOCK), 'utf8').split(' ');
    return isAlive(Number(pid), Number(start));
  } catch {
    return false;
  }
}

function lock(directory: string): (() => void) | undefined {
  const path = join(directory, LOCK);
  if (isLocked(directory)) {
    return undefined;
  }
  try {
    unlinkSync(path);
  } catch {
    // There was none.
  }
  try {
    const fd = openSync(path, 'wx', 0o600);
    writeSync(fd, `${process.pid} ${readStat('self')?.startTicks ?? 0}`);
    closeSync(fd);
  } catch {
    return undefined; // Another was quicker.
  }
  return () => {
    try {
      unlinkSync(path);
    } catch {
      // Somebody cleared the spool.
    }
  };
}
