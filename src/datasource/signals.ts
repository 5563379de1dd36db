import type { DurationMs } from '../model/units';

/** A signal that aborts after a while, with a reason that says so. */
export function abortAfter(ms: DurationMs): AbortSignal {
  const life = new AbortController();
  setTimeout(() => life.abort(new Error(`No answer within ${Math.round(ms / 1000)} s. Try again.`)), ms);
  return life.signal;
}
