import type { Noticed, ResourcesAnswer } from '../../model/answer';
import type { GroupBy } from '../../model/task-query';
import type { Profile } from '../../prometheus/profile';
import { askRange } from './ask-queries';
import type { Buckets } from './buckets';
import { cutOf, groupsOf, lastOf, sumColumns } from './counts';
import { groupingOf } from './grouping';
import type { Asking, FactRequest } from './plan-queries';

/** CPU and memory per bucket. What is the worker's, shared by all that it runs, says so. */
export async function askResources(asking: Asking, wanted: GroupBy, limit: number): Promise<ResourcesAnswer & Noticed> {
  const { profile, buckets } = asking;
  const facts = resourceFacts(asking);
  const { groupBy, notices } = groupingOf(profile, wanted, facts);
  const found = await askRange(asking, facts, [groupBy], limit);
  const groups = groupsOf(found, limit);
  const nothing = buckets.starts.map(() => null);
  return {
    view: 'resources',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series: groups.groups.map(([group, rows]) => {
      const cpuCores = sumColumns(buckets, rows, 'CPU') ?? nothing;
      const rssBytes = sumColumns(buckets, rows, 'memory') ?? nothing;
      return { group, cpuCores, rssBytes, ...nowOf(buckets, cpuCores, rssBytes) };
    }),
    ...(profile.resourcesAre === 'worker share' ? { workerShare: true } : {}),
    ...cutOf(found, groups.omitted, notices),
  };
}

/** Of the newest bucket, whose end is now: a series that has ended has no value there. */
function nowOf(buckets: Buckets, cpu: ReadonlyArray<number | null>, rss: ReadonlyArray<number | null>) {
  const cpuCores = lastOf(buckets, cpu);
  const rssBytes = lastOf(buckets, rss);
  const now = { ...(cpuCores === undefined ? {} : { cpuCores }), ...(rssBytes === undefined ? {} : { rssBytes }) };
  return cpuCores === undefined && rssBytes === undefined ? {} : { now };
}

/** Cores from CPU time where there is a counter, else as the exporter gives them; and memory. */
export function resourceFacts({ profile, names }: Pick<Asking, 'profile' | 'names'>): FactRequest[] {
  return [
    { fact: 'CPU', ...cpuOf(profile, names) },
    { fact: 'memory', series: profile.rssBytes, reading: { as: 'peak' } },
  ];
}

function cpuOf({ cpuSeconds, cpuCores }: Profile, names: ReadonlySet<string>): Pick<FactRequest, 'series' | 'reading'> {
  const hasCounter = cpuSeconds !== undefined && (cpuCores === undefined || names.has(cpuSeconds.metric));
  return hasCounter ? { series: cpuSeconds, reading: { as: 'rate' } } : { series: cpuCores, reading: { as: 'mean' } };
}
