import type { DataQuery } from '@grafana/schema';
import { DEFAULT_LIMITS } from '../analysis/answer-from-runs';
import type { Match, TaskFilter, View } from '../model/task-query';

/**
 * A query as dashboards keep it. `groupBy`, values and `text` may hold template variables: several values of a variable
 * mean "any of them", and a variable set to All leaves its match out.
 */
export interface RunlaneQuery extends DataQuery {
  view: View;
  filter?: { matches?: readonly Match[]; text?: string };
  groupBy?: string;
  /** Only what runs in these systems, by their ids or those of profiles of Prometheus: see `of-systems.ts`. Absent: in any. */
  systems?: readonly string[];
  limit?: number;
  /** Of the view `runs`: its order, see `RunSort`; absent: those that began last first. */
  sort?: string;
  /** Of the view `runs`: where the page before ended, as its frame's meta says (`next`). */
  cursor?: string;
  /** Follow changes while the range ends now. On unless `false`. */
  live?: boolean;
  /** One frame by name, for panels that draw what they get: `trouble`, `waiting`. See the frame schemas. */
  frame?: string;
  /** Percent of ended runs that should complete, for the frames `budget` and `budgets`. May be a template variable. */
  objective?: string;
  /**
   * Limits of durations and throughput: `usual` learns them from each group's own day before, `fixed` takes 500 ms and
   * 1,000 per second. May be a template variable. Absent: none.
   */
  limits?: string;
  /** Only these fields, in this order; `label:team` makes one of a label. */
  columns?: readonly string[];
  /** Set by annotation queries: what to mark. */
  annotation?: AnnotationKind;
}

export type AnnotationKind = 'failures' | 'lost_runs' | 'silent_workers';

/** What a dashboard variable lists: the known values of a field, or the names of labels. */
export interface RunlaneVariableQuery extends DataQuery {
  field: string;
  filter?: { matches?: readonly Match[]; text?: string };
  /** As of a query. */
  systems?: readonly string[];
}

export const DEFAULT_QUERY: Omit<RunlaneQuery, 'refId'> = { view: 'timeline', groupBy: 'task' };

/** Most rows, lanes or series when the query does not say. A timeline beyond this many runs comes as merged columns. */
export const DEFAULT_LIMIT: Readonly<Record<View, number>> = { ...DEFAULT_LIMITS, timeline: 5000 };

export function filterOf(query: Pick<RunlaneQuery, 'filter'>): TaskFilter {
  const text = query.filter?.text;
  return { matches: query.filter?.matches ?? [], ...(text === undefined || text === '' ? {} : { text }) };
}
