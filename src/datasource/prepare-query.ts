import type { DataQueryRequest, ScopedVars } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import { isGroupBy, isRunSort } from '../model/query-params';
import { RUN_ORDERS } from '../model/task-query';
import type { GroupBy, RunSort, TaskFilter } from '../model/task-query';
import { interpolateFilter, QueryError } from './interpolate';
import { DEFAULT_LIMIT } from './query';
import type { RunlaneQuery } from './query';
import type { LimitsWanted } from './usual-limits';

/** A target with everything filled in. */
export interface Prepared {
  query: RunlaneQuery;
  filter: TaskFilter;
  groupBy?: GroupBy;
  limit: number;
  sort?: RunSort;
  objective?: number;
  limits?: LimitsWanted;
}

/**
 * A target of a request with its variables filled in, and what cannot be asked refused.
 *
 * @throws QueryError that names what to choose instead
 */
export function prepareQuery(
  query: RunlaneQuery,
  { scopedVars, filters }: Pick<DataQueryRequest<RunlaneQuery>, 'scopedVars' | 'filters'>,
  templates: TemplateSrv
): Prepared {
  const filter = interpolateFilter(query, templates, scopedVars, filters);
  const groupBy = query.groupBy === undefined ? '' : templates.replace(query.groupBy, scopedVars).trim();
  if (groupBy !== '' && !isGroupBy(groupBy)) {
    throw new QueryError(
      `[runlane] Cannot group by "${groupBy}". Choose task, worker, host, queue, source, state or label:<name>.`
    );
  }
  const { sort } = query;
  if (sort !== undefined && !isRunSort(sort)) {
    throw new QueryError(`[runlane] Cannot sort by "${sort}". Choose one of ${RUN_ORDERS.join(', ')}.`);
  }
  const limit = query.limit !== undefined && query.limit >= 1 ? Math.floor(query.limit) : DEFAULT_LIMIT[query.view];
  const objective = objectiveOf(query, scopedVars, templates);
  const limits = limitsOf(query, scopedVars, templates);
  return {
    query,
    filter,
    limit,
    ...(sort === undefined ? {} : { sort }),
    ...(groupBy === '' || !isGroupBy(groupBy) ? {} : { groupBy }),
    ...(objective === undefined ? {} : { objective }),
    ...(limits === undefined ? {} : { limits }),
  };
}

function limitsOf(
  query: RunlaneQuery,
  scopedVars: ScopedVars | undefined,
  templates: TemplateSrv
): LimitsWanted | undefined {
  const text = (query.limits === undefined ? '' : templates.replace(query.limits, scopedVars)).trim();
  if (text === '' || text === 'usual' || text === 'fixed') {
    return text === '' ? undefined : text;
  }
  throw new QueryError(`[runlane] Limits are "${text}". Choose usual or fixed.`);
}

/** The share of ended runs that should complete: the query says it in percent, as people do. */
function objectiveOf(
  query: RunlaneQuery,
  scopedVars: ScopedVars | undefined,
  templates: TemplateSrv
): number | undefined {
  const text = (query.objective === undefined ? '' : templates.replace(query.objective, scopedVars)).trim();
  if (text === '') {
    return undefined;
  }
  const percent = Number(text.replace(/\s*%$/, ''));
  if (!(percent > 0 && percent < 100)) {
    throw new QueryError(`[runlane] The objective is "${text}". Give a percentage between 0 and 100, such as 99.5.`);
  }
  return percent / 100;
}
