import type { TimeZone } from '@grafana/schema';
import type { DurationMs, EpochMs } from '../../model/units';

/** The clock on the wall of a time zone. */
export interface WallClock {
  /** `2026-11-23` */
  date: string;
  /** `09:36:05` */
  time: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** `browser` and `''` are the zone of this browser; a zone that nobody knows counts as UTC. */
function formatOf(timeZone: TimeZone): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) {
    return known;
  }
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  }; // prettier-ignore
  const zone = timeZone === 'browser' || timeZone === '' ? undefined : timeZone === 'utc' ? 'UTC' : timeZone;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-CA', { ...options, timeZone: zone });
  } catch {
    format = new Intl.DateTimeFormat('en-CA', { ...options, timeZone: 'UTC' });
  }
  formats.set(timeZone, format);
  return format;
}

/** What the clock of a zone shows at an instant. Instants that no calendar has (beyond ±8.64e15 ms) show dashes. */
export function wallClock(at: EpochMs, timeZone: TimeZone): WallClock {
  if (!(Math.abs(at) <= 8.64e15)) {
    return { date: '-', time: '-' };
  }
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) {
    parts[type] = value;
  }
  return { date: `${parts.year}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}:${parts.second}` };
}

/** How far a zone's clock is ahead of UTC at an instant. */
export function zoneOffset(at: EpochMs, timeZone: TimeZone): DurationMs {
  const { date, time } = wallClock(at, timeZone);
  const shown = Date.parse(`${date}T${time}Z`);
  return Number.isNaN(shown) ? 0 : shown - Math.floor(at / 1000) * 1000;
}
