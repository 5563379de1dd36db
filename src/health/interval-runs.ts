import type { DurationMs, EpochMs } from '../model/units';

export interface MissedRuns {
  /** Instants whose grace is over, so that they can be judged. */
  judged: EpochMs[];
  /** Those of `judged` for which no run came. */
  missed: EpochMs[];
}

/** A run this much of the interval after the last one is what was expected; an earlier one came in between. */
const COUNTS_FROM = 0.5;

/**
 * Runs that are expected an interval after the last one, whenever that was: a scheduler that counts from its own start, or
 * from the end of a run, drifts through the day and misses nothing.
 *
 * `last` is the last run before `came`, or since when one is expected. Instants are judged once their grace is over; the result's
 * `last` is what the next look begins with, so that looking twice counts nothing twice.
 *
 * @param came ascending, one entry per run (not per attempt)
 * @param until no instant from here on is judged
 */
export function missedInterval(
  everyMs: DurationMs,
  graceMs: DurationMs,
  last: EpochMs,
  came: readonly EpochMs[],
  { now, until = Infinity }: { now: EpochMs; until?: EpochMs }
): MissedRuns & { last: EpochMs } {
  const judged: EpochMs[] = [];
  const missed: EpochMs[] = [];
  const arrivals = came.filter((at) => at > last);
  let next = 0;
  for (let due = last + everyMs; ; due = last + everyMs) {
    const arrival = arrivals[next];
    if (arrival !== undefined && arrival < due - everyMs * (1 - COUNTS_FROM)) {
      last = arrival;
      next += 1;
      continue;
    }
    if (due + graceMs >= now || due >= until) {
      return { judged, missed, last };
    }
    judged.push(due);
    if (arrival !== undefined && arrival <= due + graceMs) {
      last = arrival;
      next += 1;
    } else {
      missed.push(due);
      last = due;
    }
  }
}
