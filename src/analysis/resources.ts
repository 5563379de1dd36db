import type { ResourcesAnswer } from '../model/answer';
import type { GroupBy } from '../model/task-query';
import { beganAt } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { Buckets } from './buckets';
import type { Grouped } from './grouping';
import { endedAt } from './lifetime';

/**
 * CPU and memory from what runs sum up to, for sources without samples: a run's CPU time is spread evenly over its
 * running time, and its largest memory stands for all of it. So the memory is an upper bound, and short peaks of CPU
 * are flattened; a source with samples answers this view itself. `null` where no run of the bucket reports the figure.
 */
export function resourcesOf(grouped: Grouped, groupBy: GroupBy, buckets: Buckets): ResourcesAnswer {
  const series: ResourcesAnswer['series'] = [];
  for (const [group, runs] of grouped.groups) {
    const cpuCores = buckets.starts.map((): number | null => null);
    const rssBytes = buckets.starts.map((): number | null => null);
    let any = false;
    for (const run of runs) {
      any = spread(run, buckets, cpuCores, rssBytes) || any;
    }
    if (any) {
      series.push({ group, cpuCores, rssBytes });
    }
  }
  return {
    view: 'resources',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series,
    ...(grouped.omitted === undefined ? {} : { groupsOmitted: grouped.omitted }),
  };
}

function spread(
  run: TaskRun,
  buckets: Buckets,
  cpuCores: Array<number | null>,
  rssBytes: Array<number | null>
): boolean {
  if (run.cpuSeconds === undefined && run.maxRssBytes === undefined) {
    return false;
  }
  const from = run.startedAt ?? beganAt(run);
  // What was measured reaches to the last look at the run, not to now.
  const to = Math.max(from + 1, endedAt(run) ?? run.observedAt);
  const cores = run.cpuSeconds === undefined ? undefined : (run.cpuSeconds * 1000) / (to - from);
  const first = Math.max(0, Math.floor((from - (buckets.starts[0] ?? 0)) / buckets.step));
  let any = false;
  for (let i = first; i < buckets.live && (buckets.starts[i] ?? Infinity) < to; i++) {
    const start = buckets.starts[i] ?? 0;
    const share = (Math.min(to, start + buckets.step) - Math.max(from, start)) / buckets.step;
    if (!(share > 0)) {
      continue;
    }
    any = true;
    if (cores !== undefined) {
      cpuCores[i] = (cpuCores[i] ?? 0) + cores * share;
    }
    if (run.maxRssBytes !== undefined) {
      rssBytes[i] = (rssBytes[i] ?? 0) + run.maxRssBytes;
    }
  }
  return any;
}
