import { answerFromRuns } from '../analysis/answer-from-runs';
import type { Connector } from '../connectors/connector';
import type { HealthSpec } from '../health/spec';
import type { Answer } from '../model/answer';
import type { RunsQuery, ViewRequest } from '../model/task-query';
import type { TaskRun } from '../model/task-run';

/** Most runs that are fetched to compute a view which the source does not answer itself. */
const MOST_RUNS = 20_000;
const PAGE = 5000;

/**
 * The answer to a view: the source's own where it has one, else computed from its runs. A health spec of the data
 * source's own also means computing, because the source does not know it.
 */
export async function ask(
  connector: Connector,
  request: ViewRequest & { query: { limit: number } },
  signal: AbortSignal,
  healthSpec?: HealthSpec
): Promise<Answer> {
  const { query, range } = request;
  const { view, filter, limit } = query;
  const own = connector.answers?.includes(view) === true && !(view === 'health' && healthSpec !== undefined);
  if (own && connector.aggregate !== undefined) {
    return connector.aggregate(request, signal);
  }
  if (view === 'runs') {
    return { view, ...(await connector.runs({ filter, range, limit }, signal)) };
  }
  if (view === 'workers' && connector.workers !== undefined) {
    return { view, workers: await connector.workers(filter, range, signal), truncated: false };
  }
  if (view === 'queues' && connector.queues !== undefined) {
    return { view, queues: await connector.queues(filter, range, signal), truncated: false };
  }
  const page = await allRuns(connector, { filter, range, limit: PAGE }, signal);
  const { runs, ...cut } = page;
  return answerFromRuns(request, runs, { reports: connector.reports, now: Date.now(), healthSpec, ...cut });
}

/** Page after page up to `MOST_RUNS`; says when there are more. */
async function allRuns(connector: Connector, query: RunsQuery, signal: AbortSignal) {
  const runs: TaskRun[] = [];
  let skipped = 0;
  let total: number | undefined;
  let cursor: string | undefined;
  do {
    const page = await connector.runs(cursor === undefined ? query : { ...query, cursor }, signal);
    runs.push(...page.runs);
    skipped += page.skipped;
    total ??= page.total;
    cursor = page.next;
  } while (cursor !== undefined && runs.length < MOST_RUNS);
  return { runs, skipped, truncated: cursor !== undefined, ...(total === undefined ? {} : { total }) };
}
