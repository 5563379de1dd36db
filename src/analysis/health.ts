import type { HealthAnswer, HealthScore } from '../model/answer';
import type { GroupBy, TaskFilter } from '../model/task-query';
import type { EpochMs } from '../model/units';
import { scoreHealth } from '../health/score';
import type { Buckets } from './buckets';
import { byText } from './grouping';
import type { Grouped } from './grouping';
import { healthHistory } from './health-history';
import { healthInputOf } from './health-input';
import type { HealthSources } from './health-input';
import { withAbsentTasks } from './schedules';

/** Below this score a task is in trouble; `since` says from when on. */
export const TROUBLE_BELOW = 90;

/** Scores per group, the worst first, and their history over the range; expected tasks that did not run among them. */
export function healthOf(
  grouped: Grouped,
  query: { filter: TaskFilter; limit: number },
  groupBy: GroupBy,
  buckets: Buckets,
  sources: HealthSources
): HealthAnswer {
  const listed = withAbsentTasks(
    { names: [...grouped.groups.keys()], omitted: grouped.omitted },
    query,
    groupBy,
    buckets,
    sources.spec
  );
  const groups: HealthScore[] = [];
  const histories = new Map<string, Array<number | null>>();
  for (const group of listed.names) {
    const runs = grouped.groups.get(group) ?? [];
    const score = scoreHealth(healthInputOf(group, runs, groupBy, buckets, sources), sources.spec);
    const values = healthHistory(group, runs, groupBy, buckets, sources);
    const since = inTroubleSince(buckets.starts, values);
    groups.push(since === undefined ? score : { ...score, since });
    histories.set(group, values);
  }
  groups.sort((a, b) => (a.score ?? 101) - (b.score ?? 101) || byText(a.group, b.group));
  return {
    view: 'health',
    groupBy,
    step: buckets.step,
    groups,
    buckets: buckets.starts,
    history: groups.map(({ group }) => ({ group, values: histories.get(group) ?? [] })),
    ...(listed.omitted === undefined ? {} : { groupsOmitted: listed.omitted }),
  };
}

/** The beginning of the stretch of low scores that the history ends with. */
export function inTroubleSince(starts: readonly EpochMs[], values: ReadonlyArray<number | null>): EpochMs | undefined {
  let since: EpochMs | undefined;
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i];
    if (value === null || value === undefined) {
      continue;
    }
    if (value >= TROUBLE_BELOW) {
      break;
    }
    since = starts[i];
  }
  return since;
}
