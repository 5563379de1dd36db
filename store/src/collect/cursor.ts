import type { TimeRange } from '../../../src/model/task-query';
import type { DurationMs, EpochMs } from '../../../src/model/units';

/** A range that is being read page by page. */
export interface Walk extends TimeRange {
  /** Where the next page begins, as the connector says it; absent for the first. */
  next?: string;
}

/** How far a source has been read; kept over restarts. */
export interface Cursor {
  /** Everything up to this instant has been read, as far as the source told it then. */
  doneTo?: EpochMs;
  /** What was begun and is not read to its end. */
  walk?: Walk;
  /** Of a source that tells by itself: where its last listening ended, in its own words. */
  place?: string;
}

/**
 * What to read next: the rest of what was begun, else from where the last reading ended up to now. It overlaps with what was
 * read, for ends and changes that the source, or a worker whose clock is behind, told late.
 */
export function nextWalk(
  { doneTo, walk }: Cursor,
  { historyMs, overlapMs }: { historyMs: DurationMs; overlapMs: DurationMs },
  now: EpochMs
): Walk {
  if (walk !== undefined) {
    return walk;
  }
  // The clock may have been set back since.
  const from = doneTo === undefined ? now - historyMs : Math.min(doneTo, now) - overlapMs;
  return { from: Math.max(0, Math.min(from, now - 1)), to: now };
}
