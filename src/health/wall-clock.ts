import { firstPlace } from '../model/first-place';
import type { TimeRange } from '../model/task-query';
import type { DurationMs, EpochMs } from '../model/units';

/** What the clock on the wall of a time zone shows, written as if it were UTC. */
export type WallMs = number;

const DAY: DurationMs = 86_400_000;

/** An instant at which the clocks of a zone are put forward or back. */
interface ClockChange {
  at: EpochMs;
  /** Ahead of UTC, before and after it. */
  before: DurationMs;
  after: DurationMs;
}

/** The clocks of one zone over a range. */
export interface WallClock {
  /** What they show at most before the range, and at least after it. */
  readonly wall: { from: WallMs; to: WallMs };
  /** The instants at which they show `wall`: one, two where they are put back over it, none where they skip it. */
  instantsOf(wall: WallMs): EpochMs[];
  /** The change that skips `wall`. */
  skippedBy(wall: WallMs): ClockChange | undefined;
}

/** @throws RangeError for a zone that is not known. */
export function wallClock(timezone: string, range: TimeRange): WallClock {
  const offsetAt = offsetsOf(timezone);
  const [from, to] = [range.from - DAY, range.to + DAY];
  const changes: ClockChange[] = [];
  const first = offsetAt(from);
  let known = first;
  // Nowhere are the clocks changed twice within a day.
  for (let at = from + DAY; at < to + DAY && timezone !== 'UTC'; at += DAY) {
    const offset = offsetAt(at);
    if (offset !== known) {
      changes.push({ at: changeBetween(at - DAY, at, offsetAt), before: known, after: offset });
      known = offset;
    }
  }
  const offsets = [...new Set([first, ...changes.map(({ after }) => after)])];
  const inForce = (at: EpochMs): DurationMs => changes.filter((change) => change.at <= at).at(-1)?.after ?? first;
  return {
    wall: { from: range.from + Math.min(...offsets), to: range.to + Math.max(...offsets) },
    instantsOf: (wall) =>
      offsets
        .map((offset) => ({ at: wall - offset, offset }))
        .filter(({ at, offset }) => inForce(at) === offset)
        .map(({ at }) => at)
        .sort((a, b) => a - b),
    skippedBy: (wall) => changes.find(({ at, before, after }) => wall - before >= at && wall - after < at),
  };
}

/** The first millisecond with the later offset, between two instants of different offsets. */
function changeBetween(earlier: EpochMs, later: EpochMs, offsetAt: (at: EpochMs) => DurationMs): EpochMs {
  const before = offsetAt(earlier);
  return firstPlace(earlier + 1, later, (at) => offsetAt(at) !== before);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far a zone is ahead of UTC, by instant. */
function offsetsOf(timezone: string): (at: EpochMs) => DurationMs {
  if (timezone === 'UTC') {
    return () => 0;
  }
  const format = formats.get(timezone) ?? createFormat(timezone);
  formats.set(timezone, format);
  return (at) => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(at)) {
      parts[type] = Number(value);
    }
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
  };
}

/** @throws RangeError for a zone that is not known. */
export function createFormat(timezone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
