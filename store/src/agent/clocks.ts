import { decodeEventLine } from '../../../src/model/decode-event';
import { CLOCK_TOLERANCE_MS } from '../../../src/model/sender-clock';
import type { DurationMs, EpochMs } from '../../../src/model/units';

/** An answer that took longer tells too little of the moment at which it was given. */
const LONGEST_ANSWER: DurationMs = 5000;

/** Milliseconds since some moment. Unlike the clock of the machine, nobody sets it: what is waited for is measured by it. */
export function steadyNow(): DurationMs {
  return performance.now();
}

/** How far this machine's clock is ahead of a store's, by the `Date` of its answers (RFC 9110 §6.6.1). */
export interface ClockComparison {
  /**
   * Negative where it is behind, 0 where the difference does not matter, `undefined` before the first answer and once this
   * machine's clock has been set since the last one.
   */
  aheadMs(): DurationMs | undefined;
  note(askedAt: EpochMs, answeredAt: EpochMs, date: string | undefined): void;
}

export function compareClocks(
  clocks: { now(): EpochMs; steady(): DurationMs } = { now: () => Date.now(), steady: steadyNow }
): ClockComparison {
  let aheadMs: DurationMs | undefined;
  /** What lies between the two clocks of this machine: it stays the same until one of them is set. */
  const apart = () => clocks.now() - clocks.steady();
  let apartThen = apart();
  return {
    aheadMs: () => (Math.abs(apart() - apartThen) > CLOCK_TOLERANCE_MS ? undefined : aheadMs),
    note: (askedAt, answeredAt, date) => {
      // Whole seconds, cut off.
      const storeNow = Date.parse(date ?? '') + 500;
      const took = answeredAt - askedAt;
      if (Number.isNaN(storeNow) || took < 0 || took > LONGEST_ANSWER) {
        return;
      }
      apartThen = apart();
      const ahead = (askedAt + answeredAt) / 2 - storeNow;
      // The same figure for as long as it fits: an event that is sent again is then moved by as much as before.
      if (aheadMs === undefined || Math.abs(ahead - aheadMs) > CLOCK_TOLERANCE_MS) {
        aheadMs = Math.abs(ahead) > CLOCK_TOLERANCE_MS ? Math.round(ahead / 1000) * 1000 : 0;
      }
    },
  };
}

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
