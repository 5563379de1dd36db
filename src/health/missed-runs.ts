import { Cron } from 'croner';
import type { TimeRange } from '../model/task-query';
import type { TaskRun } from '../model/task-run';
import type { DurationMs, EpochMs } from '../model/units';
import type { ExpectedRuns } from './spec';

/** More instants than this are not looked at; of a longer list the newest count. */
export const MOST_INSTANTS = 5000;

/** Clocks of scheduler and worker differ: a run may begin this much before its instant. */
export const EARLY_MS: DurationMs = 1000;

/**
 * The instants within the range at which a run is expected, ascending, none before the schedule held; at most about
 * `MOST_INSTANTS`, the newest.
 *
 * @throws Error of croner when the cron expression or timezone is wrong; `decodeHealthSpec` lets none through.
 */
export function expectedInstants(expected: ExpectedRuns, { from, to }: TimeRange): EpochMs[] {
  const range = { from: Math.max(from, expected.since ?? from), to };
  if (expected.everyMs !== undefined) {
    return everyInstants(expected.everyMs, range);
  }
  if (expected.cron === undefined) {
    return [];
  }
  const cron = new Cron(expected.cron, { timezone: expected.timezone ?? 'UTC', paused: true });
  const first = cronInstants(cron, range, 12);
  const last = first[first.length - 1];
  if (first.length < 12 || first[0] === undefined || last === undefined) {
    return first;
  }
  const usualGap = (last - first[0]) / (first.length - 1);
  const newest = Math.max(range.from, to - usualGap * MOST_INSTANTS);
  return cronInstants(cron, { from: newest, to }, MOST_INSTANTS * 2).slice(-MOST_INSTANTS);
}

function everyInstants(everyMs: DurationMs, range: TimeRange): EpochMs[] {
  const last = Math.ceil(range.to / everyMs) - 1;
  const first = Math.max(Math.ceil(range.from / everyMs), last - MOST_INSTANTS + 1);
  const instants: EpochMs[] = [];
  for (let n = first; n <= last; n++) {
    instants.push(n * everyMs);
  }
  return instants;
}

function cronInstants(cron: Cron, range: TimeRange, most: number): EpochMs[] {
  const instants: EpochMs[] = [];
  // `nextRun` looks for instants after its argument, and the range begins with its own first instant.
  let after = new Date(range.from - 1);
  while (instants.length < most) {
    const next = cron.nextRun(after)?.getTime();
    if (next === undefined || next >= range.to) {
      break;
    }
    if (next >= range.from) {
      instants.push(next);
    }
    after = new Date(Math.max(next, after.getTime() + 1));
  }
  return instants;
}

/**
 * The instant that counts as a run's coming: when it was asked for, not when a worker was free. A run that came in time
 * and then waited is a matter of waiting, and is not deducted as missed as well.
 */
export function cameAt(run: TaskRun): EpochMs {
  return run.queuedAt ?? run.createdAt ?? run.startedAt ?? run.finishedAt ?? run.observedAt;
}

export interface MissedRuns {
  /** Instants whose grace is over, so that they can be judged. */
  judged: EpochMs[];
  /** Those of `judged` for which no run came. */
  missed: EpochMs[];
}

/**
 * Which instants no run came for. A run serves one instant only, and an instant takes a run that came from one second
 * before until `graceMs` after it. All windows have the same length, so giving each run, in order, to the earliest
 * instant still open serves as many instants as can be.
 *
 * `instants` ascend; `came` may be in any order, one entry per run (not per attempt).
 */
export function missedRuns(
  instants: readonly EpochMs[],
  came: readonly EpochMs[],
  graceMs: DurationMs,
  now: EpochMs
): MissedRuns {
  const arrivals = [...came].sort((a, b) => a - b);
  const judged: EpochMs[] = [];
  const missed: EpochMs[] = [];
  let next = 0;
  for (const instant of instants) {
    while (next < arrivals.length && (arrivals[next] ?? 0) < instant - EARLY_MS) {
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
