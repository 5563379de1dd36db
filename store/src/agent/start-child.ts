import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { whyNotFound } from './find-program';
import type { Inherited } from './inherited';
import { findTools, launchDirectly, planLaunch, type Launch } from './launch';

/** Open files with higher numbers are not handed on: nobody names them. */
const HIGHEST_FILE = 1023;

/**
 * Starts the command with what it would inherit without us. Where what restores that cannot be had, the command is started
 * without it.
 *
 * @returns the child; without a pid it has not started, and tells why by `error`
 * @throws the system's error, with its `code`, when the command cannot be started
 */
export function startChild(
  command: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  inherited: Inherited,
  stderr: 'inherit' | number
): ChildProcess {
  const stdio = stdioOf(stderr, inherited.files);
  const launch = planLaunch(command, environment, inherited, findTools());
  if (launch.through !== undefined) {
    const code = whyNotFound(command[0] ?? '', environment['PATH']);
    if (code !== undefined) {
      throw Object.assign(new Error(`${command[0]}: ${code}`), { code });
    }
    const child = tryLaunch(launch, stdio);
    if (child !== undefined) {
      return child;
    }
  }
  return launchWith(launchDirectly(command, environment), stdio);
}

function tryLaunch(launch: Launch, stdio: StdioOptions): ChildProcess | undefined {
  try {
    const child = launchWith(launch, stdio);
    child.on('error', () => undefined);
    return child.pid === undefined ? undefined : child;
  } catch {
    return undefined;
  }
}

function launchWith({ program, args, environment }: Launch, stdio: StdioOptions): ChildProcess {
  return spawn(program, args, { stdio, env: environment as NodeJS.ProcessEnv });
}

function stdioOf(stderr: 'inherit' | number, files: readonly number[]): StdioOptions {
  const stdio: Array<'inherit' | 'ignore' | number> = ['inherit', 'inherit', stderr];
  for (const fd of files.filter((candidate) => candidate <= HIGHEST_FILE && isOpen(candidate)).sort((a, b) => a - b)) {
    while (stdio.length < fd) {
      stdio.push('ignore');
    }
    stdio[fd] = fd;
  }
  return stdio;
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
