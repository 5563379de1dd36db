import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually';
import { RUNLANE } from './store';
import { temporaryFolder } from './system';
import type { System } from './system';

const PROGRAMS = join(__dirname, '..', '..', 'demo', 'programs');

export interface WatchedTask extends System {
  /** The program's own process id, below the agent's. */
  programPid: number;
  /** How the agent ended: as the program did. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface WatchedTaskOptions {
  storeUrl: string;
  task: string;
  source: string;
  /** A program of the demo with its arguments: `['send-mail.mjs', '--ms', '100']`. */
  program: readonly [string, ...string[]];
  labels?: Readonly<Record<string, string>>;
}

/** A program of the demo under the built `runlane run`. Resolves when the program runs. */
export async function startWatchedTask(options: WatchedTaskOptions): Promise<WatchedTask> {
  const { storeUrl, task, source, program, labels = {} } = options;
  const [file, ...args] = program;
  const spool = temporaryFolder('spool');
  const path = join(PROGRAMS, file);
  const agent = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'TERM', '--', process.execPath, RUNLANE],
      'run',
      ...['--store', storeUrl, '--spool', spool, '--no-flusher', '--task', task, '--source', source],
      ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
      '--',
      file.endsWith('.sh') ? 'sh' : process.execPath,
      path,
      ...args,
    ],
    { stdio: 'ignore' }
  );
  const ended = once(agent, 'exit').then(([code, signal]) => ({ code, signal }));
  const pid = agent.pid as number;
  const stop = async () => {
    agent.kill('SIGTERM');
    await ended;
    rmSync(spool, { recursive: true, force: true });
  };
  try {
    const programPid = await eventually(`${file} under runlane run`, () => childRunning(pid, path), { everyMs: 20 });
    return { url: storeUrl, pid, programPid, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The child of a process that runs a file. Not what the process has forked for something else: that bears its own arguments. */
function childRunning(parent: number, path: string): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(parentPid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1] === path;
      } catch {
        return false;
      }
    });
}
