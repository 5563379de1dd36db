import { constants, closeSync, fstatSync, openSync, readSync, unlinkSync, write as writeFd } from 'node:fs';
import type { ConnectOpts, SocketConstructorOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import type { Bytes, DurationMs } from '../../../src/model/units';
import type { EndFacts, StderrNotKept } from './judge-end';

/**
 * Keeps the beginning and the end of what the command says on stderr, for the error message, without anybody noticing:
 *
 * - a terminal stays the command's own: nothing is kept (unless `always`);
 * - a file stays the command's own too: what was added to it is read at the end;
 * - a pipe, socket or /dev/null gets a pipe in front of it, whose content is passed on byte by byte;
 * - where stdout and stderr are one pipe, nothing is kept (unless `always`): the order of the two is worth more.
 */
export interface StderrCapture {
  /** What to give the command as its stderr. */
  stdio: 'inherit' | number;
  /** Call it once the command runs. */
  started(): void;
  /** What was kept, or why nothing was where the user did not want that. Waits at most `patience` for the last bytes. */
  kept(patience: DurationMs): Promise<Pick<EndFacts, 'stderr' | 'stderrNotKept'>>;
  /** Resolves when every byte is passed on; processes that still write get somebody else to pass theirs on. */
  release(): Promise<void>;
}

export type CaptureMode = 'auto' | 'always' | 'never';

const HEAD: Bytes = 2048;
const TAIL: Bytes = 6144;
/** As much as a pipe holds. */
const AT_ONCE: Bytes = 64 * 1024;
/** A pipe that is silent for this long after the end of the command is held open by something that lives on. */
const SILENCE: DurationMs = 100;
/** A temporary folder that hangs must not keep the command from running. */
const MKFIFO_WITHIN: DurationMs = 2000;

const nothing = (stderrNotKept?: StderrNotKept): StderrCapture => ({
  stdio: 'inherit',
  started: () => undefined,
  kept: async () => ({ stderrNotKept }),
  release: async () => undefined,
});

export async function captureStderr(mode: CaptureMode): Promise<StderrCapture> {
  if (mode === 'never') {
    return nothing();
  }
  try {
    const stderr = fstatSync(2);
    if (stderr.isFile()) {
      return captureFromFile(stderr.size);
    }
    if (mode === 'always' || (!isatty(2) && (isDevNull() || !isSameAsStdout(stderr)))) {
      return (await captureThroughPipe()) ?? nothing('no-pipe');
    }
    return nothing(isatty(2) ? 'terminal' : 'one-with-stdout');
  } catch {
    return nothing('no-pipe');
  }
}

function isSameAsStdout(stderr: { dev: number; ino: number }): boolean {
  const stdout = fstatSync(1);
  return stdout.dev === stderr.dev && stdout.ino === stderr.ino;
}

function isDevNull(): boolean {
  const stderr = fstatSync(2);
  return stderr.isCharacterDevice() && !isatty(2);
}

function captureFromFile(from: Bytes): StderrCapture {
  return {
    ...nothing(),
    kept: async () => {
      try {
        return { stderr: readAdded(from) };
      } catch {
        return { stderrNotKept: 'unreadable' };
      }
    },
  };
}

function readAdded(from: Bytes): string {
  const fd = openSync('/dev/fd/2', 'r');
  try {
    const size = fstatSync(fd).size;
    const start = size < from ? 0 : from;
    return size - start <= HEAD + TAIL
      ? readPart(fd, start, size - start)
      : joinParts(readPart(fd, start, HEAD), readPart(fd, size - TAIL, TAIL));
  } finally {
    closeSync(fd);
  }
}

function readPart(fd: number, at: Bytes, length: Bytes): string {
  const buffer = Buffer.alloc(length);
  return buffer.toString('utf8', 0, readSync(fd, buffer, 0, length, at));
}

/**
 * A real pipe: what Node itself would make is a socket, and `echo x > /dev/stderr` fails on a socket. Node cannot make
 * one, so it is a named one whose name is gone before the command runs.
 */
async function captureThroughPipe(): Promise<StderrCapture | undefined> {
  const { spawn, spawnSync } = await import('node:child_process');
  const { Socket } = await import('node:net');
  const path = join(tmpdir(), `runlane-stderr-${process.pid}-${Date.now()}`);
  if (spawnSync('mkfifo', ['-m', '600', path], { stdio: 'ignore', timeout: MKFIFO_WITHIN }).status !== 0) {
    return undefined;
  }
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, 'w');
  unlinkSync(path);

  const kept = keepEnds();
  let ended = false;
  let passing: Promise<void> | undefined;
  let lastByteAt = 0;
  // One buffer for all: nothing is read before what was read last is passed on.
  const buffer = Buffer.allocUnsafe(AT_ONCE);
  const take = (length: number): boolean => {
    const chunk = buffer.subarray(0, length);
    lastByteAt = performance.now();
    kept.add(chunk);
    passing = passOn(chunk).then((open) => {
      passing = undefined;
      if (open) {
        reader.resume();
      } else {
        // Whoever reads our stderr is gone. The command is to notice, as it would without us.
        reader.destroy();
      }
    });
    return false;
  };
  // The types know `onread` for connections only.
  const options: SocketConstructorOpts & ConnectOpts = {
    fd: readEnd,
    readable: true,
    writable: false,
    onread: { buffer, callback: take },
  };
  const reader = new Socket(options);
  reader.resume();
  reader.on('close', () => (ended = true));
  reader.on('error', () => (ended = true));

  /** Ends when the pipe does, when it has been silent for a while, or after `patience`. */
  async function quiet(patience: DurationMs): Promise<void> {
    const since = performance.now();
    while (!ended && performance.now() - since < patience) {
      const silentFor = performance.now() - Math.max(since, lastByteAt);
      if (passing === undefined && silentFor > SILENCE) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  return {
    stdio: writeEnd,
    started: () => closeSync(writeEnd),
    kept: async (patience) => {
      await quiet(patience);
      return { stderr: kept.text() };
    },
    release: async () => {
      await quiet(Infinity);
      await passing;
      if (!ended) {
        reader.pause();
        // Opened anew, because `cat` needs a pipe that blocks.
        const fd = openSync(`/dev/fd/${readEnd}`, 'r');
        spawn('cat', [], { stdio: [fd, 2, 'ignore'], detached: true }).unref();
        closeSync(fd);
      }
    },
  };
}

/**
 * Writes to our stderr without blocking the event loop, and without Node's stream, which would make the pipe that we
 * share with others non-blocking. `false` when nobody reads any more.
 */
async function passOn(chunk: Buffer): Promise<boolean> {
  for (let offset = 0; offset < chunk.length;) {
    const result = await new Promise<number | string>((resolve) => {
      writeFd(2, chunk, offset, chunk.length - offset, null, (error, written) => resolve(error?.code ?? written));
    });
    if (typeof result === 'number') {
      offset += result;
    } else if (result === 'EAGAIN') {
      await new Promise((resolve) => setTimeout(resolve, 5));
    } else {
      return false;
    }
  }
  return true;
}

interface Ends {
  add(chunk: Buffer): void;
  text(): string;
}

/** Keeps the first and the last bytes of what is added, however much that is, in two buffers of that size. */
export function keepEnds(head: Bytes = HEAD, tail: Bytes = TAIL): Ends {
  const first = Buffer.alloc(head);
  const last = Buffer.alloc(tail);
  let firstLength: Bytes = 0;
  let lastLength: Bytes = 0;
  let left: Bytes = 0;
  return {
    add: (chunk) => {
      const begun = chunk.copy(first, firstLength);
      firstLength += begun;
      const rest = chunk.subarray(begun);
      const fresh = rest.subarray(Math.max(0, rest.length - tail));
      const stays = Math.min(lastLength, tail - fresh.length);
      last.copyWithin(0, lastLength - stays, lastLength);
      fresh.copy(last, stays);
      left += lastLength - stays + rest.length - fresh.length;
      lastLength = stays + fresh.length;
    },
    text: () => {
      const [start, end] = [first.subarray(0, firstLength), last.subarray(0, lastLength)];
      return left === 0
        ? Buffer.concat([start, end]).toString('utf8')
        : joinParts(start.toString('utf8'), end.toString('utf8'));
    },
  };
}

function joinParts(head: string, tail: string): string {
  return `${head}\n…\n${tail}`;
}
