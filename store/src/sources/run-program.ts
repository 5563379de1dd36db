import { execFile } from 'node:child_process';
import type { DurationMs } from '../../../src/model/units';

export interface ProgramOutput {
  stdout: string;
  stderr: string;
  /** 0 where it was cut. */
  exitCode: number;
  /** It said more than was read, and was ended. */
  isCut: boolean;
}

/** Why a program gave no answer. */
export class ProgramError extends Error {
  constructor(
    readonly kind: 'missing' | 'timeout' | 'failed',
    message: string
  ) {
    super(message);
  }
}

const MAX_BYTES = 16 * 1024 ** 2;

/**
 * Runs a program of this machine and reads what it says, at most 16 MiB. Never through a shell: an argument is what it is.
 *
 * @throws ProgramError when it is not there, or takes too long; the signal's reason when that is aborted
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { timeoutMs, signal }: { timeoutMs: DurationMs; signal: AbortSignal }
): Promise<ProgramOutput> {
  return new Promise((resolve, reject) => {
    // Words and times as this code reads them, whatever the operator speaks.
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC', SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '' };
    const options = { timeout: timeoutMs, maxBuffer: MAX_BYTES, signal, env, killSignal: 'SIGKILL' as const };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const { code, killed } = (error ?? {}) as { code?: unknown; killed?: boolean };
      const isCut = code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
      if (error === null || typeof code === 'number' || isCut) {
        resolve({ stdout, stderr, exitCode: typeof code === 'number' ? code : 0, isCut });
      } else if (code === 'ENOENT') {
        reject(new ProgramError('missing', `There is no ${program} on this machine`));
      } else if (killed === true) {
        reject(new ProgramError('timeout', `${program} did not answer within ${timeoutMs / 1000} s`));
      } else {
        reject(new ProgramError('failed', `${program} could not be run (${String(code)})`));
      }
    });
  });
}
