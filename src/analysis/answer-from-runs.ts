import type { Quantiles } from '../health/score';
import { DEFAULT_HEALTH_SPEC } from '../health/spec';
import type { HealthSpec } from '../health/spec';
import type { Answer, RunsAnswer } from '../model/answer';
import { withRetriedMarked } from '../model/attempts';
import type { RunSort, View, ViewRequest } from '../model/task-query';
import type { TaskRun } from '../model/task-run';
import type { EpochMs } from '../model/units';
import { usualDurations } from './baseline';
import { Causes } from './causes';
import type { HealthSources, ReportedFacts } from './health-input';
import { lineageOf } from './lineage';
import { ListedRuns } from './listed-runs';
import type { SamplesOf } from './listed-runs';
import type { Question } from './question';
import { runOf } from './run';
import { allRuns, earliestRuns, firstRuns } from './run-lists';
import { schedulesUnder } from './schedules';
import { timelineOf } from './timeline';
import { traceOf } from './trace';
import { detailOf } from './transitions';
import { answerOf, questionFor } from './views';
import type { KnownWorker } from './worker-signs';

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
  /** Resource samples, where the source keeps any. */
  samples?: SamplesOf;
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
  run: 20_000,
  lineage: 1000,
  trace: 2000,
};

/**
 * Answers a view from runs at hand: for sources that cannot answer it themselves. Runs outside the filter or the range may
 * be among `runs`; they are passed over, except that those which ended before the range make up the baseline of durations.
 *
 * @throws RangeError for a range, step or filter that cannot be used; PatternError for a wrong pattern.
 */
export function answerFromRuns(request: ViewRequest, runs: Iterable<TaskRun>, options: AnswerOptions): Answer {
  const { query, range, step } = request;
  const { view, filter, groupBy } = query;
  if (view === 'assets' || view === 'alerts') {
    return untold(view);
  }
  const all = withRetriedMarked(runs);
  const { samples, now } = options;
  const tables = new ListedRuns({ alive: () => all, ...(samples !== undefined && { samples }) });
  const limit = limitOf(query.limit, view);
  if (view === 'run') {
    return runOf(tables, { filter, range, limit, now }, new Causes(tables), (id) => detailOf(all[id]!));
  }
  const asked = { view, filter, range, step, limit, now, ...(groupBy !== undefined && { groupBy }) };
  const question = questionFor(tables, asked);
  const truncated = options.truncated === true;
  const skipped = options.skipped ?? 0;
  const total = truncated ? options.total : question.total;
  const runsOf = (ids: readonly number[]) => ids.map((id) => all[id]!);
  switch (view) {
    case 'runs':
      return { ...pageOf(question, query, limit, runsOf), total, skipped, ...(truncated && { truncated }) };
    case 'timeline': {
      const cut = { truncated, skipped, ...(total !== undefined && { total }) };
      const { page, ...timeline } = timelineOf(question, limit, healthSources(request, options), cut);
      if (page === undefined) {
        return timeline;
      }
      const { ids, ...rest } = page;
      return { ...timeline, page: { ...rest, runs: runsOf(ids) } };
    }
    case 'transitions': {
      const shown = runsOf(earliestRuns(question, limit));
      return { view, range, runs: shown.map(detailOf), truncated: truncated || question.total > limit };
    }
    case 'lineage':
    case 'trace': {
      const alive = runsOf(allRuns(question));
      const answer = (view === 'lineage' ? lineageOf : traceOf)(alive, limit, question.buckets.cap);
      return { ...answer, truncated: truncated || answer.truncated };
    }
    default: {
      const answer = answerOf(question, { view, limit }, healthSources(request, options), new Causes(tables));
      return truncated && (answer.view === 'workers' || answer.view === 'queues') ? { ...answer, truncated } : answer;
    }
  }
}

/** Runs at hand are all there: a page ends at a place among them. @throws RangeError for a cursor that is none */
function pageOf(
  question: Question,
  { sort, cursor }: { sort?: RunSort; cursor?: string },
  limit: number,
  runsOf: (ids: readonly number[]) => TaskRun[]
): RunsAnswer {
  const first = cursor === undefined ? 0 : placeOf(cursor);
  const ids = firstRuns(question, sort, first + limit + 1).map(({ id }) => id);
  const runs = runsOf(ids.slice(first, first + limit));
  const hasMore = ids.length > first + limit;
  return {
    view: 'runs',
    runs,
    truncated: hasMore,
    skipped: 0,
    ...(hasMore && { next: String(first + runs.length) }),
  };
}

function placeOf(cursor: string): number {
  const place = Number(cursor);
  if (!Number.isSafeInteger(place) || place < 0) {
    throw new RangeError(
      `[query] The cursor ${JSON.stringify(cursor.slice(0, 80))} is none. Take it from the page before.`
    );
  }
  return place;
}

function healthSources(
  { query }: ViewRequest,
  { healthSpec, reports, baseline, workers }: AnswerOptions
): HealthSources {
  const spec = healthSpec ?? DEFAULT_HEALTH_SPEC;
  return {
    spec: { ...spec, expected: schedulesUnder(query.filter, spec.expected) },
    ...(reports !== undefined && { reports }),
    usual: (question) => {
      if (baseline !== undefined) {
        return baseline;
      }
      const histograms = usualDurations(question);
      return (group) => histograms.get(group);
    },
    workers: () => workers,
  };
}

/** What only some sources tell, and runs do not. */
function untold(view: 'assets' | 'alerts'): Answer {
  return view === 'assets'
    ? {
        view,
        assets: [],
        skipped: 0,
        notices: [
          'This source tells no assets: only an orchestrator does that keeps track of the data it makes, as Dagster.',
        ],
      }
    : {
        view,
        alerts: [],
        truncated: false,
        notices: [
          'This source tells no alerts: they come from the Runlane task store, or from the rules of a Prometheus.',
        ],
      };
}

function limitOf(limit: number | undefined, view: View): number {
  return limit === undefined || !(limit >= 1) ? DEFAULT_LIMITS[view] : Math.floor(limit);
}
