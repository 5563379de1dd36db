import type { DurationMs } from '../../../src/model/units';

const FIRST_MS: DurationMs = 500;
const MOST_MS: DurationMs = 60_000;

/**
 * How long to wait after the n-th failure in a row (from 1): it doubles from half a second up to a minute, and the second half of
 * it is random, so that not everybody who waited for a receiver comes back at once.
 */
export function backOffMs(failures: number, random: () => number): DurationMs {
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(30, failures - 1));
  return whole / 2 + (whole / 2) * random();
}
