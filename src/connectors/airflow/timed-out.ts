import type { EpochMs } from '../../model/units';
import { fewAtOnce } from './api';
import type { AirflowApi } from './api';
import { optionally } from './around';
import { dagRunId } from './identity';
import { readDagRun } from './wire';
import type { DagRun, TaskInstance } from './wire';

/** Dag runs that are asked for one by one. */
const MOST_ASKED = 50;

/**
 * When those dag runs ended that took task instances with them without giving these an end (dagrun_timeout, 3.3.2).
 * @returns by `dagRunId`
 */
export async function readTimedOut(
  api: AirflowApi,
  instances: readonly TaskInstance[],
  dagRuns: readonly DagRun[],
  signal: AbortSignal
): Promise<ReadonlyMap<string, EpochMs>> {
  const known = new Map(dagRuns.map((run) => [dagRunId(run), run]));
  const endless = instances.filter(({ state, ended }) => state === 'skipped' && ended === undefined);
  const missing = new Map(endless.filter((row) => !known.has(dagRunId(row))).map((row) => [dagRunId(row), row]));
  const asked = [...missing.values()].slice(0, MOST_ASKED);
  const answers = await fewAtOnce(asked, ({ dag, run }) =>
    optionally(api.get(`/dags/${encodeURIComponent(dag)}/dagRuns/${encodeURIComponent(run)}`, signal, readDagRun))
  );
  answers.forEach((run) => run !== undefined && known.set(dagRunId(run), run));
  const told = endless.map((row) => [dagRunId(row), known.get(dagRunId(row))?.ended] as const);
  return new Map(told.flatMap(([id, ended]) => (ended === undefined ? [] : [[id, ended] as const])));
}
