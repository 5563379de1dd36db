import type { EpochMs } from '../../model/units';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
  SECOND,
  5 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  30 * DAY,
];

/** Round instants of a range, at most `most` of them (one at least), none at its very ends. */
export function timeTicks(from: EpochMs, to: EpochMs, most: number): EpochMs[] {
  const step =
    STEPS.find((candidate) => (to - from) / candidate <= Math.max(1, most)) ?? (to - from) / Math.max(1, most);
  const ticks: EpochMs[] = [];
  for (let at = Math.ceil(from / step) * step; at < to; at += step) {
    if (at > from) {
      ticks.push(at);
    }
  }
  return ticks;
}
