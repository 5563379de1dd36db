import type { TimeRange } from '../model/task-query';
import type { TaskRun } from '../model/task-run';
import type { DurationMs, EpochMs } from '../model/units';
import { cronInstants } from './cron-instants';
import { missedInterval } from './interval-runs';
import type { MissedRuns } from './interval-runs';
import type { ExpectedRuns } from './spec';

/** More instants than this are not looked at; of a longer list the newest count. */
export const MOST_INSTANTS = 5000;

/** The most that a run may begin before its instant, unless a schedule says more: clocks of scheduler and worker differ. */
const EARLY_MS: DurationMs = 60_000;
/** Of the time since the instant before: a run that is late for one must not be early for the next. */
const EARLY_SHARE = 0.1;

/** Whether runs are expected an interval after the last one, so that no instant is known beforehand. */
export function isFromLastRun<Schedule extends ExpectedRuns>(
  schedule: Schedule
): schedule is Schedule & { everyMs: DurationMs } {
  return schedule.everyMs !== undefined && schedule.phaseMs === undefined;
}

/** How early a run of the schedule may come at most. */
export function earliestMs({ earlyMs }: ExpectedRuns): DurationMs {
  return earlyMs ?? EARLY_MS;
}

/**
 * The instants within the range at which a run is expected, ascending, none before the schedule held; at most about
 * `MOST_INSTANTS`, the newest. None where runs are expected an interval after the last one.
 *
 * @throws Error of croner when the cron expression or timezone is wrong; `decodeHealthSpec` lets none through.
 */
export function expectedInstants(expected: ExpectedRuns, { from, to }: TimeRange): EpochMs[] {
  const range = { from: Math.max(from, expected.since ?? from), to };
  const { cron, everyMs, phaseMs } = expected;
  if (everyMs !== undefined && phaseMs !== undefined) {
    return everyInstants(everyMs, phaseMs, range);
  }
  if (cron === undefined || range.from >= range.to) {
    return [];
  }
  const first = cronInstants({ ...expected, cron }, range, 12);
  const last = first[first.length - 1];
  if (first.length < 12 || first[0] === undefined || last === undefined) {
    return first;
  }
  const usualGap = (last - first[0]) / (first.length - 1);
  const newest = Math.max(range.from, to - usualGap * MOST_INSTANTS);
  return cronInstants({ ...expected, cron }, { from: newest, to }, MOST_INSTANTS * 2).slice(-MOST_INSTANTS);
}

function everyInstants(everyMs: DurationMs, phaseMs: DurationMs, range: TimeRange): EpochMs[] {
  const last = Math.ceil((range.to - phaseMs) / everyMs) - 1;
  const first = Math.max(Math.ceil((range.from - phaseMs) / everyMs), last - MOST_INSTANTS + 1);
  const instants: EpochMs[] = [];
  for (let n = first; n <= last; n++) {
    instants.push(n * everyMs + phaseMs);
  }
  return instants;
}

/**
 * What a schedule expected within the range and what of it did not come. What came before the range is not known, so an instant
 * for which a run may have come then is not judged.
 *
 * @param came in any order, one entry per run (not per attempt)
 */
export function judgeSchedule(
  schedule: ExpectedRuns,
  came: readonly EpochMs[],
  range: TimeRange,
  now: EpochMs
): MissedRuns {
  if (isFromLastRun(schedule)) {
    const newest = Math.min(range.to, now) - MOST_INSTANTS * schedule.everyMs;
    const since = Math.max(range.from, schedule.since ?? range.from, newest);
    const arrivals = [...came].sort((a, b) => a - b);
    return missedInterval(schedule.everyMs, schedule.graceMs, since, arrivals, { now, until: range.to });
  }
  const instants = expectedInstants(schedule, range);
  const known = instants.filter((instant, i) => instant - earlyAt(instants, i, schedule) >= range.from);
  return missedRuns(known, came, schedule.graceMs, now, schedule.earlyMs);
}

/** How early a run may come for the i-th instant. */
export function earlyAt(
  instants: readonly EpochMs[],
  i: number,
  { earlyMs }: Pick<ExpectedRuns, 'earlyMs'>
): DurationMs {
  const [before, instant, after] = [instants[i - 1], instants[i] ?? 0, instants[i + 1]];
  const gap = before === undefined ? (after ?? Infinity) - instant : instant - before;
  return earlyMs ?? Math.min(EARLY_MS, gap * EARLY_SHARE);
}

/**
 * The instant that counts as a run's coming: when it was asked for, not when a worker was free. A run that came in time
 * and then waited is a matter of waiting, and is not deducted as missed as well.
 */
export function cameAt(run: TaskRun): EpochMs {
  return run.queuedAt ?? run.createdAt ?? run.startedAt ?? run.finishedAt ?? run.observedAt;
}

/**
 * Which instants no run came for. A run serves one instant only, and an instant takes a run that came from `earlyMs`
 * before until `graceMs` after it. No window lies within another, so giving each run, in order, to the earliest instant still
 * open serves as many instants as can be.
 *
 * `instants` ascend; `came` may be in any order, one entry per run (not per attempt).
 */
export function missedRuns(
  instants: readonly EpochMs[],
  came: readonly EpochMs[],
  graceMs: DurationMs,
  now: EpochMs,
  earlyMs?: DurationMs
): MissedRuns {
  const arrivals = [...came].sort((a, b) => a - b);
  const judged: EpochMs[] = [];
  const missed: EpochMs[] = [];
  let next = 0;
  for (const [i, instant] of instants.entries()) {
    const from = instant - earlyAt(instants, i, { earlyMs });
    while (next < arrivals.length && (arrivals[next] ?? 0) < from) {
      next += 1;
    }
    const arrival = arrivals[next];
    const served = arrival !== undefined && arrival <= instant + graceMs;
    if (served) {
      next += 1;
    }
    if (instant + graceMs < now) {
      judged.push(instant);
      if (!served) {
        missed.push(instant);
      }
    }
  }
  return { judged, missed };
}

/** The schedules that hold for one task; those with a `source` only where it is the one. */
export function schedulesFor(expected: readonly ExpectedRuns[], task: string, source?: string): ExpectedRuns[] {
  return expected.filter(
    (entry) => entry.task === task && (entry.source === undefined || source === undefined || entry.source === source)
  );
}
