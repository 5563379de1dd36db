import { ConnectorError } from '../../model/connector-error';
import type { RunsQuery } from '../../model/task-query';
import type { EpochMs } from '../../model/units';
import type { AirflowApi, ListQuestion, Pages } from './api';
import { dagRunId, instanceId, withoutPlaceholders } from './identity';
import { changedDagRuns, changedInstances, isOpen, openDagRuns, openInstances } from './questions';
import { AIRFLOW } from './refuse';
import type { DagRun, TaskInstance } from './wire';

/** One page of what there is, as Airflow tells it. */
export interface Lists {
  instances: TaskInstance[];
  dagRuns: DagRun[];
  skipped: number;
  /** Where the next page begins. */
  next?: string;
  /** There is more than this page and the next ones have: too much has not ended. */
  isCut: boolean;
}

/** Where the next page of each list begins; absent: it is at its end. */
interface Place {
  instances?: number;
  dagRuns?: number;
}

/** The first page brings all that has not ended and what was created last, the next ones what was created before. */
export async function readLists(
  api: AirflowApi,
  { range, limit, cursor }: RunsQuery,
  now: EpochMs,
  signal: AbortSignal
): Promise<Lists> {
  const isFirst = cursor === undefined;
  const place: Place = isFirst ? { instances: 0, dagRuns: 0 } : placeOf(cursor);
  const from = <T>(question: ListQuestion<T>, offset: number | undefined): Promise<Pages<T>> | Pages<T> =>
    offset === undefined ? { rows: [], skipped: 0, total: 0 } : api.list(question, { offset, most: limit }, signal);
  const start = isFirst ? 0 : undefined;
  const [instances, dagRuns, open, openRuns] = await Promise.all([
    from(changedInstances(api, range, now), place.instances),
    from(changedDagRuns(range, now), place.dagRuns),
    from(openInstances(api), start),
    from(openDagRuns(), start),
  ]);
  // What is open was told on the first page. One that ended between two questions is in both: its end counts.
  const changed = isFirst ? instances.rows : instances.rows.filter((row) => !isOpen(row));
  const lists = [instances, dagRuns, open, openRuns];
  const next = instances.next === undefined && dagRuns.next === undefined ? undefined : cursorOf(instances, dagRuns);
  return {
    instances: withoutPlaceholders([...byId([...open.rows, ...changed], instanceId).values()]),
    dagRuns: [...byId([...openRuns.rows, ...dagRuns.rows], dagRunId).values()],
    skipped: lists.reduce((sum, list) => sum + list.skipped, 0),
    isCut: open.next !== undefined || openRuns.next !== undefined,
    ...(next !== undefined && { next }),
  };
}

function byId<T>(rows: readonly T[], idOf: (row: T) => string): Map<string, T> {
  return new Map(rows.map((row) => [idOf(row), row]));
}

/** `5000.120`: offsets in the two lists; nothing where one is at its end. */
function cursorOf(instances: Pages<unknown>, dagRuns: Pages<unknown>): string {
  return `${instances.next ?? ''}.${dagRuns.next ?? ''}`;
}

function placeOf(cursor: string): Place {
  const parts = /^(\d*)\.(\d*)$/.exec(cursor);
  if (parts === null) {
    throw new ConnectorError(
      'bad-request',
      AIRFLOW,
      `The page ${JSON.stringify(cursor)} is none of Airflow's. Ask anew.`
    );
  }
  const [instances, dagRuns] = parts.slice(1).map((part) => (part === '' ? {} : { offset: Number(part) }));
  return { instances: instances?.offset, dagRuns: dagRuns?.offset };
}
