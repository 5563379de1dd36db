import { Cron } from 'croner';
import type { TimeRange } from '../model/task-query';
import type { EpochMs } from '../model/units';
import type { ExpectedRuns } from './spec';
import { wallClock, type WallClock, type WallMs } from './wall-clock';

type Schedule = Pick<ExpectedRuns, 'timezone' | 'skippedTime' | 'repeatedTime'> & { cron: string };

/**
 * The first `most` instants of a cron schedule within the range, ascending, its begin included, its end not.
 *
 * Where the clocks change, an expression that goes by the hour or by minutes (a field with `*`) goes on by real time,
 * as in every cron: twice through an hour that comes twice, not at all through one that does not come. What schedulers do about a
 * time of day is so different that such an instant is expected only where the schedule says which.
 *
 * @throws Error of croner for a wrong expression, RangeError for a wrong time zone
 */
export function cronInstants(schedule: Schedule, range: TimeRange, most: number): EpochMs[] {
  const clock = wallClock(schedule.timezone ?? 'UTC', range);
  const goesByHour = isByHour(schedule.cron);
  const instants = new Set<EpochMs>();
  for (const wall of wallTimes(schedule.cron, clock.wall)) {
    for (const at of expectedAt(wall, clock, goesByHour, schedule)) {
      if (at >= range.from && at < range.to) {
        instants.add(at);
      }
    }
    if (instants.size >= most) {
      break;
    }
  }
  return [...instants].sort((a, b) => a - b).slice(0, most);
}

/** When the clock on the wall shows what the expression asks for. */
function* wallTimes(expression: string, { from, to }: { from: WallMs; to: WallMs }): Iterable<WallMs> {
  const cron = new Cron(expression, { timezone: 'UTC', paused: true });
  // `nextRun` looks for instants after its argument, and the range begins with its own first instant.
  for (let after = from - 1; ;) {
    const next = cron.nextRun(new Date(after))?.getTime();
    if (next === undefined || next >= to) {
      return;
    }
    if (next >= from) {
      yield next;
    }
    after = Math.max(next, after + 1);
  }
}

function expectedAt(
  wall: WallMs,
  clock: WallClock,
  goesByHour: boolean,
  { skippedTime = 'unjudged', repeatedTime = 'unjudged' }: Schedule
): EpochMs[] {
  const instants = clock.instantsOf(wall);
  const [first, second] = instants;
  if (first === undefined) {
    const change = clock.skippedBy(wall);
    return goesByHour || change === undefined || skippedTime === 'unjudged'
      ? []
      : [skippedTime === 'at-change' ? change.at : wall - change.before];
  }
  if (goesByHour || second === undefined) {
    return instants;
  }
  switch (repeatedTime) {
    case 'unjudged':
      return [];
    case 'first':
      return [first];
    case 'second':
      return [second];
    case 'both':
      return instants;
  }
}

/** By the rule of Vixie's cron: a `*` begins the field of minutes or hours. */
function isByHour(expression: string): boolean {
  const fields = expression.trim().split(/\s+/);
  const [minutes = '', hours = ''] = fields.slice(fields.length > 5 ? 1 : 0);
  return minutes.toLowerCase() === '@hourly' || [minutes, hours].some((field) => /^(?:\*|\?|0-23\b)/.test(field));
}
