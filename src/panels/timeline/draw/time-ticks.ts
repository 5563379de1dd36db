import type { TimeZone } from '@grafana/schema';
import type { EpochMs } from '../../../model/units';
import { wallClock, zoneOffset } from '../zoned-clock';
import type { TimeScale } from '../time-scale';

export interface Tick {
  at: EpochMs;
  label: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND,
  MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
  DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 91 * DAY, 182 * DAY, 365 * DAY,
]; // prettier-ignore

/** Round instants of the time zone, so far apart that their labels do not touch. */
export function timeTicks(scale: TimeScale, timeZone: TimeZone, labelWidth = 84): Tick[] {
  const least = scale.msPerPx * labelWidth;
  const step = STEPS.find((candidate) => candidate >= least) ?? 365 * DAY;
  const offset = zoneOffset(scale.from, timeZone);
  const ticks: Tick[] = [];
  for (let at = Math.ceil((scale.from + offset) / step) * step - offset; at < scale.to; at += step) {
    // Summer time may begin between two ticks: whole hours stay whole.
    const shift = step >= HOUR ? offset - zoneOffset(at, timeZone) : 0;
    ticks.push({ at: at + shift, label: tickLabel(at + shift, step, timeZone) });
  }
  return ticks;
}

function tickLabel(at: EpochMs, step: number, timeZone: TimeZone): string {
  const { date, time } = wallClock(at, timeZone);
  if (step >= 30 * DAY) {
    return date.slice(0, 7);
  }
  const onSecond = at % SECOND === 0;
  if (step >= DAY || (time === '00:00:00' && onSecond)) {
    return date.slice(5);
  }
  if (step < SECOND) {
    return `${time}.${String(Math.floor(at % SECOND)).padStart(3, '0')}`;
  }
  return step < MINUTE ? time : time.slice(0, 5);
}
