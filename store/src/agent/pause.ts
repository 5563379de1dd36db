import type { DurationMs } from '../../../src/model/units';

/** Resolves after `ms`, or as soon as `stop` is aborted. */
export async function pause(ms: DurationMs, stop: AbortSignal): Promise<void> {
  if (stop.aborted) {
    return;
  }
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done);
  });
}
