import type { DurationMs } from '../../../src/model/units';

const LONGEST_BACKOFF_MS: DurationMs = 300_000;
const GO_ON_MS: DurationMs = 1_000;

export interface Outcome {
  everyMs: DurationMs;
  /** Polls in a row that failed. */
  failures: number;
  /** The source asked for so much patience. */
  patienceMs?: DurationMs;
  /** There is more to read than one poll may. */
  isUnfinished: boolean;
}

/**
 * How long to wait before the next poll: the interval, a tenth more or less, so that sources of one interval do not go in
 * step; after failures twice as long with each, up to five minutes (or the interval, where that is longer); never shorter
 * than the source asked for.
 */
export function restMs({ everyMs, failures, patienceMs = 0, isUnfinished }: Outcome, random: () => number): DurationMs {
  const usual = isUnfinished ? Math.min(GO_ON_MS, everyMs) : everyMs;
  const backedOff = Math.min(Math.max(LONGEST_BACKOFF_MS, everyMs), everyMs * 2 ** Math.min(failures, 20));
  return Math.max(patienceMs, (failures > 0 ? backedOff : usual) * (0.9 + 0.2 * random()));
}
