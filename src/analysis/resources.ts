import type { ResourcesAnswer } from '../model/answer';
import { endedAt, liveStateAt } from '../model/lifetime';
import type { GroupBy } from '../model/task-query';
import { beganAt } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import type { Buckets } from './buckets';
import type { Grouped } from './grouping';

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
    const now = new UseNow();
    for (const run of runs) {
      any = spread(run, buckets, cpuCores, rssBytes) || any;
      if (liveStateAt(run, buckets.cap) === 'running') {
        now.add({ cpuCores: coresOf(run), rssBytes: run.maxRssBytes });
      }
    }
    if (any) {
      series.push({ group, cpuCores, rssBytes, ...now.answer });
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

type Use = NonNullable<ResourcesAnswer['series'][number]['now']>;

/** Adds up what running runs use; what none of them reports stays unknown. */
export class UseNow {
  private readonly sum: Use = {};

  add({ cpuCores, rssBytes }: { cpuCores: number | undefined; rssBytes: number | undefined }): void {
    if (cpuCores !== undefined) {
      this.sum.cpuCores = (this.sum.cpuCores ?? 0) + cpuCores;
    }
    if (rssBytes !== undefined) {
      this.sum.rssBytes = (this.sum.rssBytes ?? 0) + rssBytes;
    }
  }

  get answer(): { now?: Use } {
    return Object.keys(this.sum).length === 0 ? {} : { now: this.sum };
  }
}

/** The part of its life that a run's totals stand for. What was measured reaches to the last look at it, not to now. */
function measuredLife(run: TaskRun): { from: EpochMs; to: EpochMs } {
  const from = run.startedAt ?? beganAt(run);
  return { from, to: Math.max(from + 1, endedAt(run) ?? run.observedAt) };
}

/** Cores in use on average over the run's life. */
function coresOf(run: TaskRun): number | undefined {
  const { from, to } = measuredLife(run);
  return run.cpuSeconds === undefined ? undefined : (run.cpuSeconds * 1000) / (to - from);
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
  const { from, to } = measuredLife(run);
  const cores = coresOf(run);
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
