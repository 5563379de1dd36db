import type { ThroughputAnswer } from '../model/answer';
import { endedAt } from '../model/lifetime';
import type { GroupBy } from '../model/task-query';
import { verdictOf } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import type { Buckets } from './buckets';
import type { Grouped } from './grouping';
import { countIn } from './states';

type What = ThroughputAnswer['series'][number]['what'];

const WHATS: readonly What[] = ['created', 'started', 'completed', 'failed', 'cancelled'];

/** How many attempts were created and started, and how many runs ended, per bucket. A series without any event is left out. */
export function throughputOf(grouped: Grouped, groupBy: GroupBy, buckets: Buckets): ThroughputAnswer {
  const series: ThroughputAnswer['series'] = [];
  for (const [group, runs] of grouped.groups) {
    for (const what of WHATS) {
      const values = buckets.counts();
      let any = false;
      for (const run of runs) {
        const at = instantOf(run, what);
        const bucket = at === undefined ? -1 : buckets.of(at);
        if (bucket >= 0) {
          countIn(values, bucket);
          any = true;
        }
      }
      if (any) {
        series.push({ group, what, values });
      }
    }
  }
  return {
    view: 'throughput',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series,
    ...(grouped.omitted === undefined ? {} : { groupsOmitted: grouped.omitted }),
  };
}

function instantOf(run: TaskRun, what: What): EpochMs | undefined {
  switch (what) {
    case 'created':
      return run.createdAt ?? run.queuedAt;
    case 'started':
      return run.startedAt;
    case 'completed':
    case 'failed':
    case 'cancelled':
      return verdictOf(run) === what ? endedAt(run) : undefined;
  }
}
