import { scoreHealth } from '../health/score';
import type { Quantiles } from '../health/score';
import type { ColumnStretches, Lane, RunCounts, RunPage, TimelineAnswer } from '../model/answer';
import { LIFECYCLE_STATES } from '../model/lifecycle';
import { endedAt, leftPendingAt } from '../model/lifetime';
import type { GroupBy } from '../model/task-query';
import { beganAt, verdictOf } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import type { Buckets } from './buckets';
import { worstColumns } from './columns';
import { crowdedLanes } from './crowded';
import { histogramOf, measuredDuration, measuredWait } from './durations';
import { byKey, byText } from './grouping';
import type { Grouped } from './grouping';
import { healthInputOf } from './health-input';
import type { HealthSources } from './health-input';
import { totalsOf } from './states';

/** Fewer measurements give no idea of what is usual. */
const LEAST_FOR_USUAL = 4;
/** Names in a lane's line of context; the others are counted. */
const MOST_NAMES = 2;

export interface TimelineLimits {
  /** Most runs sent one by one; where there are more, the fullest lanes are sent as columns. */
  runs: number;
}

/** Lanes with their runs: one by one, or as columns in lanes that are too full. `all` are the runs of omitted lanes too. */
export function timelineOf(
  grouped: Grouped,
  all: readonly TaskRun[],
  groupBy: GroupBy,
  buckets: Buckets,
  limits: TimelineLimits,
  sources: HealthSources,
  page: { truncated: boolean; skipped: number; total: number }
): TimelineAnswer {
  const shown = [...grouped.groups.values()];
  const merged = crowdedLanes(
    shown.map((runs) => runs.length),
    limits.runs
  );
  const isMerged = (_: unknown, lane: number): boolean => merged[lane] === true;
  const single = shown.filter((_, lane) => !isMerged(_, lane));
  const inColumns = shown.filter(isMerged).reduce((sum, runs) => sum + runs.length, 0);
  const lanes = [...grouped.groups].map(([name, runs], lane) => ({
    ...laneOf(name, runs, groupBy, buckets, sources),
    ...(isMerged(runs, lane) ? { merged: true } : {}),
  }));
  return {
    view: 'timeline',
    groupBy,
    lanes,
    ...countsOf('', all, buckets),
    // Also without runs a page says what the source cut or could not read.
    ...(single.length === 0 && shown.length > 0 && !page.truncated && page.skipped === 0
      ? {}
      : { page: pageOf(single.flat(), { ...page, total: page.total - inColumns }) }),
    ...(inColumns === 0
      ? {}
      : {
          columns: columnsOf(
            shown.map((runs, lane) => (isMerged(runs, lane) ? runs : [])),
            buckets
          ),
        }),
    ...(grouped.omitted === undefined ? {} : { lanesOmitted: grouped.omitted }),
    total: page.total,
  };
}

/** As the view `states` counts them, the lost ones told as well. */
function countsOf(name: string, runs: readonly TaskRun[], buckets: Buckets): RunCounts {
  const lost = runs.filter(
    (run) => run.substate === 'lost' && verdictOf(run) === 'failed' && buckets.of(endedAt(run) ?? NaN) >= 0
  ).length;
  return { counts: totalsOf(name, runs, buckets).counts, ...(lost > 0 ? { lost } : {}) };
}

/** Runs in the order in which they began, so that a page reads like a timeline. */
function pageOf(runs: readonly TaskRun[], page: { truncated: boolean; skipped: number; total: number }): RunPage {
  return {
    runs: [...runs].sort((a, b) => beganAt(a) - beganAt(b) || byKey(a, b)),
    total: page.total,
    truncated: page.truncated,
    skipped: page.skipped,
  };
}

export function laneOf(
  name: string,
  runs: readonly TaskRun[],
  groupBy: GroupBy,
  buckets: Buckets,
  sources: HealthSources
): Lane {
  const inRange = (at: EpochMs): boolean => buckets.of(at) >= 0;
  const baseline = sources.baseline?.(name);
  const verdicts = runs.filter((run) => run.retried !== true);
  const durations = usual(baseline, histogramOf(verdicts, measuredDuration, inRange));
  const waits = usual(undefined, histogramOf(runs, measuredWait, inRange));
  const input = healthInputOf(name, runs, groupBy, buckets, sources);
  const health = scoreHealth(input, sources.spec).score;
  const missedAt = input.expected?.missed;
  const context = contextOf(runs, groupBy);
  const origins = new Set(runs.map((run) => run.source));
  const [source] = origins;
  return {
    name,
    ...(context === '' ? {} : { context }),
    ...(origins.size === 1 && source !== undefined ? { source } : {}),
    ...countsOf(name, runs, buckets),
    ...(health === undefined ? {} : { health }),
    ...optional('usualWaitMs', waits?.quantile(0.5)),
    ...optional('usualDurationMs', durations?.quantile(0.5)),
    ...optional('usualDurationLowMs', durations?.quantile(0.05)),
    ...optional('usualDurationHighMs', durations?.quantile(0.95)),
    ...optional(
      'lastBeganAt',
      runs.length === 0 ? undefined : runs.reduce((last, run) => Math.max(last, beganAt(run)), -Infinity)
    ),
    ...(missedAt === undefined || missedAt.length === 0 ? {} : { missedAt: [...missedAt] }),
  };
}

function optional<Key extends keyof Lane>(key: Key, value: number | undefined): Partial<Record<Key, number>> {
  const result: Partial<Record<Key, number>> = {};
  if (value !== undefined) {
    result[key] = value;
  }
  return result;
}

/** What is usual: the time before the range where it is known, else the range itself. */
export function usual(baseline: Quantiles | undefined, inRange: Quantiles): Quantiles | undefined {
  if (baseline !== undefined && baseline.count >= LEAST_FOR_USUAL) {
    return baseline;
  }
  return inRange.count >= LEAST_FOR_USUAL ? inRange : undefined;
}

/** Names only, no words: sources and workers as they are called, so that it needs no translation. */
function contextOf(runs: readonly TaskRun[], groupBy: GroupBy): string {
  const parts = [
    groupBy === 'source' ? '' : someOf(new Set(runs.map((run) => run.source))),
    groupBy === 'worker' ? '' : someOf(new Set(runs.map((run) => run.worker ?? '').filter((name) => name !== ''))),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

export function someOf(names: ReadonlySet<string>): string {
  const sorted = [...names].sort(byText);
  const more = sorted.length - MOST_NAMES;
  return sorted.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` +${more}` : '');
}

function columnsOf(lanes: ReadonlyArray<readonly TaskRun[]>, buckets: Buckets): ColumnStretches {
  const runs = lanes.flat();
  const laneStart = new Uint32Array(lanes.length + 1);
  lanes.forEach((lane, i) => {
    laneStart[i + 1] = (laneStart[i] ?? 0) + lane.length;
  });
  return worstColumns(
    {
      begin: Float64Array.from(runs, beganAt),
      started: Float64Array.from(runs, (run) => (run.startedAt === undefined ? NaN : (leftPendingAt(run) ?? NaN))),
      end: Float64Array.from(runs, (run) => endedAt(run) ?? Infinity),
      state: Uint8Array.from(runs, (run) => LIFECYCLE_STATES.indexOf(run.state)),
      lost: Uint8Array.from(runs, (run) => (run.substate === 'lost' ? 1 : 0)),
      retried: Uint8Array.from(runs, (run) => (run.retried === true ? 1 : 0)),
      laneStart,
    },
    { from: buckets.starts[0] ?? 0, step: buckets.step, count: buckets.starts.length, now: buckets.cap }
  );
}
