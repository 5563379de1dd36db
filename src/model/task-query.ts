import type { DurationMs, EpochMs } from './units';

/** What can be asked. Each view has one answer shape in `answer.ts` and one frame schema in `frames/README.md`. */
export const VIEWS = [
  'runs',
  'timeline',
  'states',
  'throughput',
  'durations',
  'health',
  'failures',
  'workers',
  'queues',
  'resources',
  'assets',
  'alerts',
  'transitions',
  'run',
  'lineage',
  'trace',
] as const;
export type View = (typeof VIEWS)[number];

/** What lanes and series are made of. `label:team` groups by the value of that label. */
export type GroupBy = 'task' | 'worker' | 'host' | 'queue' | 'source' | 'state' | `label:${string}`;

/** `=` one of the values, `!=` none of them; `=~` and `!~` the same with anchored regular expressions. */
export type MatchOperator = '=' | '!=' | '=~' | '!~';

export const FILTER_FIELDS = [
  'task',
  'worker',
  'host',
  'queue',
  'source',
  'state',
  'kind',
  'runId',
  'rootId',
  'traceId',
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

export interface Match {
  /** `state` accepts states and substates: `failed`, `oom`. `label:team` matches a label; a missing label is `''`. */
  field: FilterField | `label:${string}`;
  operator: MatchOperator;
  /** Several values mean "any of them". None means the match is left out. */
  values: readonly string[];
}

/** All matches must hold. */
export interface TaskFilter {
  matches: readonly Match[];
  /** Case-insensitive text looked for in task, run id, error and worker. */
  text?: string;
}

/**
 * What runs can be listed by, `-` in front for the largest first. `started`: when it started, or began where it has not;
 * `wait` and `duration`: so far, where they are not over; `state`: by how much it needs a person. Runs that do not report
 * it come last either way.
 */
export const RUN_ORDERS = [
  'started',
  'wait',
  'duration',
  'state',
  'task',
  'worker',
  'host',
  'queue',
  'source',
] as const;
export type RunOrder = (typeof RUN_ORDERS)[number];
export type RunSort = RunOrder | `-${RunOrder}`;

export interface TaskQuery {
  view: View;
  filter: TaskFilter;
  groupBy?: GroupBy;
  /** Most rows, lanes or series wanted. What is cut is always said. */
  limit?: number;
  /** Of the view `runs`: its order; absent: those that began last first. */
  sort?: RunSort;
  /** Of the view `runs`: where the last page of the same order ended, as it was given in `RunPage.next`. */
  cursor?: string;
}

export interface TimeRange {
  /** Inclusive. */
  from: EpochMs;
  /** Exclusive. */
  to: EpochMs;
}

/** A query with the window it is asked for. */
export interface ViewRequest {
  query: TaskQuery;
  range: TimeRange;
  /** Width of a bucket of time series, or of a column of the timeline; at least 1. */
  step: DurationMs;
}

/** Runs for one page: those that were alive at any moment of the range. */
export interface RunsQuery {
  filter: TaskFilter;
  range: TimeRange;
  limit: number;
  /** Where the last page ended, as it was given in `RunPage.next`. */
  cursor?: string;
}

export const NO_FILTER: TaskFilter = { matches: [] };

/** Stands for no run where a filter must name one: a match without a value would be left out, and mean any. */
export const NO_RUN = '-';
