import { judgeSchedule, schedulesFor } from '../health/missed-runs';
import type { HealthSpec } from '../health/spec';
import type { GroupBy } from '../model/task-query';
import type { EpochMs } from '../model/units';
import type { Buckets } from './buckets';
import type { GroupSums } from './group-sums';
import type { Question } from './question';

/** Instants at which runs were expected; absent where nobody said when. */
export interface Expected {
  expected?: { judged: EpochMs[]; missed: EpochMs[] };
}

/** What was expected of a group and came or not. */
export function expectedOf(
  { buckets, groupBy, tables }: Question,
  group: string,
  { arrivals }: GroupSums,
  spec: HealthSpec
): Expected {
  return expectedFrom(group, groupBy, buckets, spec, (source) => {
    const number = source === undefined ? undefined : tables.names.indexOf(source);
    return arrivals.filter((arrival) => number === undefined || arrival.source === number).map(({ at }) => at);
  });
}

/**
 * The same, where `arrivalsOf` tells when the group's runs (of one source, or of all) came. Schedules are known per task,
 * so only groups of tasks can miss a run.
 */
export function expectedFrom(
  group: string,
  groupBy: GroupBy,
  buckets: Buckets,
  spec: HealthSpec,
  arrivalsOf: (source: string | undefined) => readonly EpochMs[]
): Expected {
  const schedules = groupBy === 'task' ? schedulesFor(spec.expected, group) : [];
  if (schedules.length === 0) {
    return {};
  }
  const judged: EpochMs[] = [];
  const missed: EpochMs[] = [];
  for (const schedule of schedules) {
    const { from, to } = buckets.range;
    const result = judgeSchedule(schedule, arrivalsOf(schedule.source), { from, to }, buckets.cap);
    judged.push(...result.judged);
    missed.push(...result.missed);
  }
  return { expected: { judged: judged.sort((a, b) => a - b), missed: missed.sort((a, b) => a - b) } };
}

/** Tells the groups whose arrivals matter: tasks that a schedule names. */
export function expectedGroups(groupBy: GroupBy, { expected }: HealthSpec): (group: string) => boolean {
  const tasks = new Set(groupBy === 'task' ? expected.map(({ task }) => task) : []);
  return (group) => tasks.has(group);
}
