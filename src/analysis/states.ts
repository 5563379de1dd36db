import { endingLabel } from '../diagnosis/diagnose';
import type { StateSeries, StatesAnswer, StateTotals } from '../model/answer';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import type { LifecycleState } from '../model/lifecycle';
import { endedAt, leftPendingAt, liveStateAt, waitsSince } from '../model/lifetime';
import type { GroupBy } from '../model/task-query';
import { beganAt, isAbnormalExit, verdictOf } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { Buckets } from './buckets';
import { byText } from './grouping';
import type { Grouped } from './grouping';

/**
 * How many runs were in which state. Pending and running are levels at the end of each bucket, the others count ends in
 * it, of runs: an attempt that another one followed is no end of its run. A run in an unknown state counts where it was last seen. States that never occur have no series, but pending and
 * running always have.
 */
export function statesOf(grouped: Grouped, groupBy: GroupBy, buckets: Buckets): StatesAnswer {
  const series: StateSeries[] = [];
  const totals: StateTotals[] = [];
  for (const [group, runs] of grouped.groups) {
    const total = totalsOf(group, runs, buckets);
    totals.push(total);
    for (const state of LIFECYCLE_STATES) {
      if (state === 'pending' || state === 'running') {
        series.push({ group, state, values: levels(runs, state, buckets) });
      } else if (total.counts[state] !== undefined) {
        series.push({ group, state, values: ends(runs, state, buckets) });
      }
    }
  }
  return {
    view: 'states',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series,
    totals,
    ...(grouped.omitted === undefined ? {} : { groupsOmitted: grouped.omitted }),
  };
}

/** One pass over the runs and one over the buckets: +1 where a state begins to hold, -1 after it held last. */
function levels(runs: readonly TaskRun[], state: 'pending' | 'running', buckets: Buckets): Array<number | null> {
  const change = new Int32Array(buckets.starts.length + 1);
  for (const run of runs) {
    if (run.state === 'unknown') {
      continue;
    }
    const left = leftPendingAt(run) ?? Infinity;
    const end = endedAt(run) ?? Infinity;
    const held =
      state === 'pending' ? buckets.held(beganAt(run), left) : left < end ? buckets.held(left, end) : undefined;
    if (held !== undefined) {
      change[held[0]] = (change[held[0]] ?? 0) + 1;
      change[held[1] + 1] = (change[held[1] + 1] ?? 0) - 1;
    }
  }
  let level = 0;
  return buckets.starts.map((_, i) => {
    level += change[i] ?? 0;
    return i < buckets.live ? level : null;
  });
}

function ends(runs: readonly TaskRun[], state: LifecycleState, buckets: Buckets): Array<number | null> {
  const values = buckets.counts();
  for (const run of runs) {
    if (verdictOf(run) === state) {
      countIn(values, buckets.of(endedAt(run) ?? NaN));
    }
  }
  return values;
}

/** Adds one to a bucket; -1 is none. */
export function countIn(values: Array<number | null>, bucket: number): void {
  const value = values[bucket];
  if (value !== undefined && value !== null) {
    values[bucket] = value + 1;
  }
}

/** Pending and running as they are at the end of what is known; the others as they ended in the range. */
export function totalsOf(group: string, runs: readonly TaskRun[], buckets: Buckets): StateTotals {
  const counts: Partial<Record<LifecycleState, number>> = {};
  const abnormal = new Map<string, number>();
  let oldestPendingAt: number | undefined;
  for (const run of runs) {
    const live = liveStateAt(run, buckets.cap);
    if (live !== undefined) {
      counts[live] = (counts[live] ?? 0) + 1;
      const since = live === 'pending' ? waitsSince(run) : undefined;
      if (since !== undefined && (oldestPendingAt === undefined || since < oldestPendingAt)) {
        oldestPendingAt = since;
      }
      continue;
    }
    if (buckets.of(endedAt(run) ?? NaN) < 0) {
      continue;
    }
    const verdict = verdictOf(run);
    if (verdict === undefined) {
      continue;
    }
    counts[verdict] = (counts[verdict] ?? 0) + 1;
    if (isAbnormalExit(run)) {
      const label = endingLabel(run);
      abnormal.set(label, (abnormal.get(label) ?? 0) + 1);
    }
  }
  return {
    group,
    counts: Object.fromEntries(
      LIFECYCLE_STATES.flatMap((state) => (counts[state] === undefined ? [] : [[state, counts[state]]]))
    ),
    abnormal: Object.fromEntries([...abnormal].sort(([a], [b]) => byText(a, b))),
    ...(oldestPendingAt === undefined ? {} : { oldestPendingAt }),
  };
}
