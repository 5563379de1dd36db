import type { DurationMs, EpochMs } from './units';

/** Clocks that are kept in time differ by less, so that an end so little before its start is one at its start. */
const CLOCKS_DIFFER_MS: DurationMs = 1_000;

/**
 * The time between two instants of a run; NaN where one is not reported (NaN), and where the later one lies clearly before the
 * earlier one: then one of the two is wrong, which cannot be told, and no length follows from them.
 */
export function elapsedMs(from: EpochMs, to: EpochMs): DurationMs {
  const ms = to - from;
  return ms >= 0 ? ms : ms >= -CLOCKS_DIFFER_MS ? 0 : NaN;
}
