import { groupFailures } from '../diagnosis/group-failures';
import type { Quantiles } from '../health/score';
import { DEFAULT_HEALTH_SPEC } from '../health/spec';
import type { HealthSpec } from '../health/spec';
import type { Answer } from '../model/answer';
import { withRetriedMarked } from '../model/attempts';
import { compileFilter } from '../model/filter';
import { groupOf } from '../model/group-of';
import { endedAt, isAliveIn } from '../model/lifetime';
import type { View, ViewRequest } from '../model/task-query';
import { beganAt, verdictOf } from '../model/task-run';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import { Buckets } from './buckets';
import { durationsOf, measuredDuration } from './durations';
import { byKey, groupRuns } from './grouping';
import { healthOf } from './health';
import type { HealthSources, KnownWorker, ReportedFacts } from './health-input';
import { timelineOf } from './lanes';
import { lineageOf, traceOf } from './lineage';
import { LogHistogram } from './log-histogram';
import { resourcesOf } from './resources';
import { pageInOrder } from './run-order';
import { schedulesUnder } from './schedules';
import { statesOf } from './states';
import { throughputOf } from './throughput';
import { detailOf } from './transitions';
import { isAliveAt, queuesOf, workersOf } from './workers';

export interface AnswerOptions {
  now: EpochMs;
  healthSpec?: HealthSpec;
  /** The runs are not all there are: said in the answer. */
  truncated?: boolean;
  /** How many match in all, where the source can tell; of runs that are not cut, those that pass here are all. */
  total?: number;
  /** Records that the source could not read. */
  skipped?: number;
  /** What the source can know; a check on what it cannot is not made. The `Reports` of a connector fit. */
  reports?: ReportedFacts;
  /** What was usual before the range, per group. Absent: the given runs that ended before the range. */
  baseline?: (group: string) => Quantiles | undefined;
  /** As the source reports them, for the check on silent workers. */
  workers?: readonly KnownWorker[];
}

/** How much an answer holds when the query sets no limit: rows for lists, groups for series, runs for timelines. */
export const DEFAULT_LIMITS: Readonly<Record<View, number>> = {
  runs: 1000,
  timeline: 20_000,
  states: 50,
  throughput: 50,
  durations: 50,
  health: 50,
  failures: 50,
  workers: 500,
  queues: 500,
  resources: 50,
  assets: 500,
  alerts: 200,
  transitions: 100,
  lineage: 1000,
  trace: 2000,
};

/** Lanes of a timeline; its limit is one of runs. */
export const MOST_LANES = 500;

/**
 * Answers a view from runs: for sources that cannot answer it themselves, and as the reference that the store's own
 * answers are tested against. Runs outside the filter or the range may be among `runs`; they are passed over, except
 * that those which ended before the range make up the baseline of durations.
 *
 * @throws RangeError for a range, step or filter that cannot be used; PatternError for a wrong pattern.
 */
export function answerFromRuns(request: ViewRequest, runs: Iterable<TaskRun>, options: AnswerOptions): Answer {
  const { query, range, step } = request;
  const buckets = new Buckets(range, step, options.now);
  const passes = compileFilter(query.filter);
  const alive: TaskRun[] = [];
  const earlier: TaskRun[] = [];
  for (const run of withRetriedMarked(runs)) {
    if (!passes(run)) {
      continue;
    }
    if (isAliveIn(run, range)) {
      alive.push(run);
    } else if ((endedAt(run) ?? Infinity) < range.from) {
      earlier.push(run);
    }
  }

  const groupBy = query.groupBy ?? 'task';
  const limit = limitOf(query.limit, query.view);
  const truncated = options.truncated === true;
  const grouped = () => groupRuns(alive, groupBy, limit, buckets);
  const spec = options.healthSpec ?? DEFAULT_HEALTH_SPEC;
  const sources: HealthSources = {
    spec: { ...spec, expected: schedulesUnder(query.filter, spec.expected) },
    reports: options.reports,
    workers: options.workers,
    baseline: options.baseline ?? baselineOf(earlier, (run) => groupOf(run, groupBy)),
  };

  switch (query.view) {
    case 'runs': {
      const page = pageInOrder(alive, query.sort, { limit, cursor: query.cursor, cap: buckets.cap });
      return {
        view: 'runs',
        ...page,
        total: truncated ? options.total : alive.length,
        truncated: truncated || page.next !== undefined,
        skipped: options.skipped ?? 0,
      };
    }
    case 'timeline':
      return timelineOf(
        groupRuns(alive, groupBy, MOST_LANES, buckets),
        alive,
        groupBy,
        buckets,
        { runs: limit },
        sources,
        {
          truncated,
          skipped: options.skipped ?? 0,
          total: (truncated ? options.total : undefined) ?? alive.length,
        }
      );
    case 'states':
      return statesOf(grouped(), groupBy, buckets);
    case 'throughput':
      return throughputOf(grouped(), groupBy, buckets);
    case 'durations':
      return durationsOf(grouped(), groupBy, buckets);
    case 'health':
      return healthOf(grouped(), { filter: query.filter, limit }, groupBy, buckets, sources);
    case 'failures': {
      const failed = alive.filter((run) => verdictOf(run) === 'failed' && buckets.of(endedAt(run) ?? NaN) >= 0);
      const groups = groupFailures(failed, buckets.starts, buckets.step);
      return {
        view: 'failures',
        step: buckets.step,
        buckets: buckets.starts,
        groups: groups.slice(0, limit),
        ...(groups.length > limit ? { groupsOmitted: groups.length - limit } : {}),
      };
    }
    case 'workers': {
      const workers = workersOf(alive, buckets);
      const signs = new Map(options.workers?.map((sign) => [`${sign.source}\n${sign.name}`, sign]));
      const shown = workers.slice(0, limit).map((worker) => {
        const sign = signs.get(`${worker.source}\n${worker.name}`);
        const lives = isAliveAt(buckets.cap, worker, sign, spec.checks.silentWorkers);
        return lives === undefined ? worker : { ...worker, alive: lives };
      });
      return { view: 'workers', workers: shown, truncated: truncated || workers.length > limit };
    }
    case 'queues': {
      const queues = queuesOf(alive, buckets);
      return { view: 'queues', queues: queues.slice(0, limit), truncated: truncated || queues.length > limit };
    }
    case 'resources':
      return resourcesOf(grouped(), groupBy, buckets);
    case 'assets':
      return {
        view: 'assets',
        assets: [],
        skipped: 0,
        notices: [
          'This source tells no assets: only an orchestrator does that keeps track of the data it makes, as Dagster.',
        ],
      };
    case 'alerts':
      return {
        view: 'alerts',
        alerts: [],
        truncated: false,
        notices: [
          'This source tells no alerts: they come from the Runlane task store, or from the rules of a Prometheus.',
        ],
      };
    case 'transitions': {
      const ordered = [...alive].sort((a, b) => beganAt(a) - beganAt(b) || byKey(a, b));
      return {
        view: 'transitions',
        range,
        runs: ordered.slice(0, limit).map(detailOf),
        truncated: truncated || ordered.length > limit,
      };
    }
    case 'lineage': {
      const answer = lineageOf(alive, limit, buckets.cap);
      return { ...answer, truncated: truncated || answer.truncated };
    }
    case 'trace': {
      const answer = traceOf(alive, limit, buckets.cap);
      return { ...answer, truncated: truncated || answer.truncated };
    }
  }
}

function limitOf(limit: number | undefined, view: View): number {
  return limit === undefined || !(limit >= 1) ? DEFAULT_LIMITS[view] : Math.floor(limit);
}

/** Durations of completed runs that ended before the range, per group. */
function baselineOf(
  earlier: readonly TaskRun[],
  groupName: (run: TaskRun) => string
): (group: string) => Quantiles | undefined {
  const histograms = new Map<string, LogHistogram>();
  for (const run of earlier) {
    const measured = measuredDuration(run);
    if (measured !== undefined) {
      const name = groupName(run);
      const histogram = histograms.get(name) ?? new LogHistogram();
      histogram.add(measured.ms);
      histograms.set(name, histogram);
    }
  }
  return (group) => histograms.get(group);
}
