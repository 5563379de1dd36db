import { constants } from 'node:os';
import { readText } from './process-tree';

/** How a process leaves: by itself, or by a signal. */
export type Exit = { code: number } | { signal: NodeJS.Signals };

/** Their default is a core dump: ours would lie where the command's own is looked for. */
const DUMPS_CORE: ReadonlySet<string> = new Set([
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGSYS',
]);

/**
 * Leaves as the command left: with its exit code, or by raising its signal on ourselves, so that a parent that looks
 * (`WIFSIGNALED`, Node's `signal`) sees no difference. A signal that would make us dump core becomes 128 + n as in a
 * shell; so does one that does not end us, as for PID 1 of a container.
 */
export async function leave(exit: Exit): Promise<never> {
  if ('code' in exit) {
    process.exit(exit.code);
  }
  const code = 128 + (constants.signals[exit.signal] ?? 0);
  if (!DUMPS_CORE.has(exit.signal) || !wouldDump()) {
    restoreDefault(exit.signal);
    process.kill(process.pid, exit.signal);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  process.exit(code);
}

/** Node ignores SIGPIPE from its start; that it no longer listens to a signal brings the system's default back. */
function restoreDefault(signal: NodeJS.Signals): void {
  if (signal !== 'SIGKILL' && signal !== 'SIGSTOP') {
    process.on(signal, () => undefined);
    process.removeAllListeners(signal);
  }
}

function wouldDump(): boolean {
  const limit = /^Max core file size\s+(\d+|unlimited)/m.exec(readText('/proc/self/limits') ?? '')?.[1];
  const toProgram = readText('/proc/sys/kernel/core_pattern')?.startsWith('|') ?? true;
  return limit !== '0' || toProgram;
}
