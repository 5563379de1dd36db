import type { DurationMs, EpochMs } from '../../model/units';
import type { FlowerTask } from './wire';

const QUARTER_MS: DurationMs = 15 * 60_000;
/** Nearer to a multiple of a quarter of an hour than this is a time zone, farther a wait. */
const NEAR_MS: DurationMs = 2 * 60_000;
/** No zone is less apart than this. */
const LEAST_MS: DurationMs = 30 * 60_000;
/** Events of the present that lie further ahead than this come from no clock that is merely a little fast. */
const AHEAD_MS: DurationMs = 10 * 60_000;

/**
 * By how much the times of each worker's events are off, because Celery's receiver, in Flower, moves them by the
 * difference of the two machines' time zones although they are seconds since 1970 already (Celery 5.7.0, Flower 2.2.0:
 * a worker in Shanghai beside a Flower in UTC is 8 h ahead). `sent` is the client's and stays right, so the quickest
 * wait of a worker shows it. A shift is believed when it is a multiple of a quarter of an hour, within 2 min, and when
 * it cannot be a wait: it is negative, or times lie ahead of now, or several runs waited that long to the minute.
 *
 * @returns worker → what to take off its times
 */
export function shiftsOf(tasks: Iterable<FlowerTask>, now: EpochMs): Map<string, DurationMs> {
  const seen = new Map<string, { waits: number[]; newest: EpochMs }>();
  for (const { worker, sent, received, started, timestamp, retries } of tasks) {
    const arrived = received ?? started;
    // After a retry, `sent` is the one of the new try and may be the worker's own.
    if (worker === undefined || sent === undefined || arrived === undefined || retries > 0) {
      continue;
    }
    const one = seen.get(worker) ?? { waits: [], newest: -Infinity };
    one.waits.push(arrived - sent);
    one.newest = Math.max(one.newest, timestamp ?? arrived);
    seen.set(worker, one);
  }
  const shifts = new Map<string, DurationMs>();
  for (const [worker, { waits, newest }] of seen) {
    const quickest = waits.reduce((least, wait) => Math.min(least, wait), Infinity);
    const shift = Math.round(quickest / QUARTER_MS) * QUARTER_MS;
    if (Math.abs(shift) < LEAST_MS || Math.abs(quickest - shift) > NEAR_MS) {
      continue;
    }
    const alike = waits.filter((wait) => Math.abs(wait - shift) <= NEAR_MS).length;
    if (shift < 0 || newest > now + AHEAD_MS || (alike >= 3 && alike === waits.length)) {
      shifts.set(worker, shift);
    }
  }
  return shifts;
}

/** The task with its worker's times put right; `sent` is not the worker's. */
export function unshift(task: FlowerTask, shift: DurationMs): FlowerTask {
  const times = ['received', 'started', 'succeeded', 'failed', 'retried', 'revoked', 'rejected', 'timestamp'] as const;
  const right = { ...task };
  for (const name of times) {
    const time = task[name];
    // What only the client told is not shifted: a task that nobody received has the client's time as its last event.
    if (time !== undefined && !(name === 'timestamp' && time === task.sent)) {
      right[name] = time - shift;
    }
  }
  return right;
}

/** "8 h", "5 h 30 min". */
export function sayShift(shift: DurationMs): string {
  const minutes = Math.abs(Math.round(shift / 60_000));
  const parts = [
    [Math.floor(minutes / 60), 'h'],
    [minutes % 60, 'min'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
