import type { DataQueryRequest, InterpolateFunction } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';
import { hasMerged, type Reading } from '../../../frames/run-columns';
import type { RunSort, TaskFilter } from '../../../model/task-query';
import { ALL_CLASSES, FAILED, LOST, RUN_CLASSES } from '../run-class';

/** A query of the panel for a timeline of Runlane's data source, which answers it in other forms too. */
export interface TimelineQuery extends DataQuery {
  view: string;
  filter?: Partial<TaskFilter>;
  limit?: number;
  sort?: RunSort;
  cursor?: string;
  live?: boolean;
}

const RUNLANE = 'runlane-datasource';
/** Runs on a page of the table. */
export const PAGE = 100;

/** Whether every run that matches is among the data, one by one. */
export function holdsAllRuns({ columns, truncated, lanesOmitted, total }: Reading): boolean {
  return !hasMerged(columns) && !truncated && lanesOmitted === 0 && (total === undefined || total <= columns.length);
}

/**
 * The panel's queries, where all of them can be asked again for runs that contain `text`. `undefined` where other data
 * sources are among them, or where a query looks for a text of its own already: a source looks for one.
 */
export function askableQueries(
  request: DataQueryRequest | undefined,
  text: string,
  replaceVariables: InterpolateFunction
): TimelineQuery[] | undefined {
  const queries = (request?.targets ?? []).filter((target) => target.hide !== true) as Array<Partial<TimelineQuery>>;
  const own = queries.filter(({ datasource, view }) => datasource?.type === RUNLANE && view === 'timeline');
  const textOf = ({ filter }: Partial<TimelineQuery>): string => replaceVariables(filter?.text ?? '').trim();
  return own.length === 0 || own.length < queries.length || (text !== '' && own.some((query) => textOf(query) !== ''))
    ? undefined
    : (own as TimelineQuery[]);
}

/** The same timeline of those runs that contain the text. */
export function searchQuery(query: TimelineQuery, text: string): TimelineQuery {
  return text === '' ? query : { ...query, filter: { ...query.filter, text } };
}

/** A page of the runs of the same timeline in the classes that are shown. */
export function tableQuery(
  query: TimelineQuery,
  page: { visible: number; text: string; sort: RunSort; cursor: string | undefined }
): TimelineQuery {
  const { refId, datasource, filter } = searchQuery(query, page.text);
  return {
    refId,
    datasource,
    view: 'runs',
    filter: { ...filter, matches: [...(filter?.matches ?? []), ...classMatches(page.visible)] },
    limit: PAGE,
    sort: page.sort,
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    live: false,
  };
}

/** Runs that were lost are failed ones to a source, and a class of their own here. */
function classMatches(visible: number): TaskFilter['matches'] {
  if (visible === ALL_CLASSES) {
    return [];
  }
  const shown = RUN_CLASSES.filter((_, kind) => (visible & (1 << kind)) !== 0);
  const withoutLost = (visible & (1 << FAILED)) !== 0 && (visible & (1 << LOST)) === 0;
  return [
    // Where no state is shown, none is asked for: an empty list would leave the match out.
    { field: 'state', operator: '=', values: shown.length > 0 ? shown : ['none'] },
    ...(withoutLost ? [{ field: 'state', operator: '!=', values: ['lost'] } as const] : []),
  ];
}
