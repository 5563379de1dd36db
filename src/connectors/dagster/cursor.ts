import type { EpochMs } from '../../model/units';
import { ConnectorError } from '../../model/connector-error';
import { DAGSTER } from './refuse';
import type { DagsterRun } from './wire';

/** The last run of a page: the next one goes on after it, or after its time if it was deleted meanwhile. */
export interface Cursor {
  createdAt: EpochMs;
  runId: string;
}

export function cursorAfter({ createdAt, runId }: DagsterRun): string {
  return `${createdAt}:${runId}`;
}

/** @throws ConnectorError `bad-request` */
export function readCursor(cursor: string): Cursor {
  const [time = '', runId = ''] = cursor.split(/:(.*)/s);
  const createdAt = Number(time);
  if (time === '' || runId === '' || !Number.isFinite(createdAt)) {
    throw new ConnectorError(
      'bad-request',
      DAGSTER,
      `The page ${JSON.stringify(cursor)} is none of Dagster's. Ask anew.`
    );
  }
  return { createdAt, runId };
}

/**
 * Runs come newest first, so a page that ends no further back than the one before is that page again.
 * @throws ConnectorError: who follows such pages never comes to an end
 */
export function expectProgress(page: readonly DagsterRun[], before: Cursor): void {
  const last = page[page.length - 1];
  if (last !== undefined && (last.runId === before.runId || last.createdAt > before.createdAt)) {
    throw new ConnectorError(
      'unexpected-shape',
      DAGSTER,
      'GET /graphql (runs) answered the same page of runs again. Look for a proxy or a cache between Grafana and Dagster that leaves out the address behind the question mark.'
    );
  }
}
