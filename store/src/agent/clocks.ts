import { decodeEventLine } from '../../../src/model/codec';
import type { DurationMs, EpochMs } from '../../../src/model/units';

/** What a store says that refuses events for their time. */
export interface RefusedForTime {
  /** How many events. */
  ahead: number;
  /** The store's clock. */
  storeNow: EpochMs;
}

/** How the two clocks differ, in words that stay the same while they do: `the store's clock is 3 days behind this machine's`. */
export function sayClocks(storeNow: EpochMs, now: EpochMs): string {
  const apart = storeNow - now;
  return `the store's clock is ${sayLength(Math.abs(apart))} ${apart < 0 ? 'behind' : 'ahead of'} this machine's`;
}

/**
 * How many of the lines lie too far ahead of this machine's clock as well: it was wrong when they were written, and has been
 * set right since. No clock will ever take them.
 */
export function countMisdated(lines: readonly string[], now: EpochMs): number {
  return lines.filter((line) => {
    const decoded = decodeEventLine(line, now);
    return 'problem' in decoded && decoded.isAhead === true;
  }).length;
}

function sayLength(ms: DurationMs): string {
  const hours = ms / 3_600_000;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}
