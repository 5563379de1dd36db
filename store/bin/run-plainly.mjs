import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * `runlane run … -- command` where the agent itself cannot be loaded: the command runs, and nothing is told about it. Leaves as
 * the command does.
 */
export function runPlainly(args) {
  const [program, ...rest] = args.slice(args.indexOf('--') + 1);
  if (!args.includes('--') || program === undefined) {
    process.stderr.write('[runlane] what to run without the agent cannot be told: put -- before the command.\n');
    process.exit(125);
  }
  const child = spawn(program, rest, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    process.stderr.write(`[runlane] ${program}: cannot be started (${error.code})\n`);
    process.exit(error.code === 'ENOENT' ? 127 : 126);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
