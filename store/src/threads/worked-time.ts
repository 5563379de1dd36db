import { openSync, readSync } from 'node:fs';

/** The kernel's own count of the thread that opens it: nanoseconds on a processor, nanoseconds in wait of one, slices. */
const SCHEDULER_COUNT = '/proc/thread-self/schedstat';
const NS_PER_MS = 1_000_000;

/**
 * How long the calling thread has been on a processor: ms since some moment, whatever else keeps the machine busy.
 * To be called in the thread that it is about. Node tells it of the whole process only (`process.threadCpuUsage` comes
 * with Node 23.9); where the kernel does not (anything but Linux), it is the time that has passed.
 */
export function workedTime(): () => number {
  const bytes = Buffer.alloc(64);
  try {
    const file = openSync(SCHEDULER_COUNT, 'r');
    const read = () => {
      const length = readSync(file, bytes, 0, bytes.length, 0);
      return Number(bytes.toString('latin1', 0, length).split(' ', 1)[0]) / NS_PER_MS;
    };
    // A kernel that does not count says 0.
    return read() > 0 ? read : () => performance.now();
  } catch {
    return () => performance.now();
  }
}
