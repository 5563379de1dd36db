import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually';

/** A server that a test started. */
export interface System {
  readonly url: string;
  readonly pid: number;
  /** Ends it, waits for the end, removes its folder. May be called twice. */
  stop(): Promise<void>;
}

/** A system with its last words, for tests that ask why. */
export interface Launched extends System {
  /** The last 20,000 characters of its output. */
  said(): string;
}

export interface LaunchOptions {
  /** As in error messages: `Prometheus`. */
  name: string;
  command: string;
  args: readonly string[];
  /** Where it will answer. */
  url: string;
  /** Path below `url` that answers 2xx when it is ready, or a question of one's own. */
  ready: string | ((system: { said(): string }) => Promise<boolean> | boolean);
  readySeconds?: number;
  env?: Readonly<Record<string, string>>;
  /** Folder that is removed at the end. */
  folder?: string;
  /** User to run as, for servers that refuse to be root. */
  user?: string;
  stopSignal?: NodeJS.Signals;
}

const STOP_MS = 15_000;

/** A folder for a server's data; give it to `launch`, which removes it. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `runlane-${name}-`));
}

/**
 * Starts a program and waits until it is ready. It ends by itself when this process ends, however that happens.
 * @throws when it ends or is silent for too long, with its last words; nothing is left behind then
 */
export async function launch(options: LaunchOptions): Promise<Launched> {
  const { name, command, args, url, ready, readySeconds = 60, env, folder, user, stopSignal = 'SIGTERM' } = options;
  const identity = user === undefined ? [] : ['--reuid', user, '--regid', user, '--clear-groups'];
  // As a group, so that its children can be ended with it.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...identity, '--', command, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    cwd: folder,
  });
  let text = '';
  const keep = (chunk: Buffer) => (text = (text + chunk.toString()).slice(-20_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let failure: Error | undefined;
  child.on('error', (error) => (failure = error));
  const said = () => text;
  const stop = async () => {
    await end(child, stopSignal);
    if (folder !== undefined) {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const isReady =
    typeof ready === 'string' ? async () => (await fetch(url + ready)).ok : async () => await ready({ said });
  try {
    await eventually(
      `${name} at ${url}`,
      async () => {
        if (failure !== undefined || child.exitCode !== null || child.signalCode !== null) {
          return 'ended';
        }
        return (await isReady()) ? 'ready' : undefined;
      },
      { seconds: readySeconds, lastSeen: () => `It said: ${text.slice(-2000)}` }
    );
    if (failure !== undefined || hasEnded(child)) {
      throw new Error(
        `${name} did not start (${failure?.message ?? `exit code ${child.exitCode ?? child.signalCode}`}). It said: ${text.slice(-2000)}`
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, pid: child.pid as number, said, stop };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!hasEnded(child)) {
    const ended = once(child, 'exit');
    const force = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_MS);
    child.kill(signal);
    await ended;
    clearTimeout(force);
  }
  // What it left behind.
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) {
      process.kill(-child.pid, signal);
    }
  } catch {
    // Nobody is left.
  }
}

/** Stops all, also when one fails to stop; the first failure is thrown then. */
export async function stopAll(systems: ReadonlyArray<System | undefined>): Promise<void> {
  const results = await Promise.allSettled(systems.map((system) => system?.stop()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed?.status === 'rejected') {
    throw failed.reason;
  }
}
