import { ConnectorError } from '../../model/connector-error';
import type { EpochMs } from '../../model/units';
import type { AirflowApi } from './api';
import { auditOf, NO_AUDIT } from './audit';
import type { Audit } from './audit';
import { auditLines } from './questions';
import { readDags, readImportErrors, readParts, readPools } from './wire';
import type { Part, Pool } from './wire';

/** Lines of the audit log that are read for one question. */
const MOST_LINES = 2000;
/** Most pools and DAGs. */
const MOST_NAMES = 5000;

/** What Airflow tells of itself, in sentences: parts that are down, files that it cannot read. */
export async function readState(api: AirflowApi, signal: AbortSignal): Promise<string[]> {
  const [parts = [], broken] = await Promise.all([
    readHealth(api, signal),
    optionally(api.get('/importErrors?limit=1', signal, readImportErrors)),
  ]);
  const said = parts.filter(({ isHealthy }) => !isHealthy).map(({ name, lastSeen }) => sayUnwell(name, lastSeen));
  if (broken !== undefined && broken.total > 0) {
    const files = broken.total === 1 ? 'a file' : `${broken.total} files`;
    said.push(`Airflow cannot import ${files} of DAGs${broken.first === undefined ? '' : `: ${broken.first}`}.`);
  }
  return said;
}

/** Scheduler, triggerer, DAG processor and database, as far as there are any; `undefined` where that may not be read. */
export function readHealth(api: AirflowApi, signal: AbortSignal): Promise<Part[] | undefined> {
  return optionally(api.get(api.base === '/api/v2' ? '/monitor/health' : '/health', signal, readParts));
}

function sayUnwell(part: string, lastSeen: EpochMs | undefined): string {
  const since = lastSeen === undefined ? '' : `, its last sign of life was at ${new Date(lastSeen).toISOString()}`;
  const so = part === 'scheduler' ? ' Nothing starts, and what is shown as running may be gone.' : '';
  return `Airflow's ${part} is not healthy${since}.${so}`;
}

export async function readPoolsByName(api: AirflowApi, signal: AbortSignal): Promise<ReadonlyMap<string, Pool>> {
  const question = { path: '/pools', params: {}, read: readPools, keyOf: ({ name }: Pool) => name };
  const pools = await optionally(api.list(question, { offset: 0, most: MOST_NAMES }, signal));
  return new Map(pools?.rows.map((pool) => [pool.name, pool]));
}

/** Owners of each DAG. */
export async function readOwners(api: AirflowApi, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const keyOf = ({ dag }: { dag: string }) => dag;
  const question = { path: '/dags', params: {}, read: readDags, keyOf };
  const dags = await optionally(api.list(question, { offset: 0, most: MOST_NAMES }, signal));
  return new Map(dags?.rows.filter(({ owners }) => owners !== '').map(({ dag, owners }) => [dag, owners]));
}

/** What the audit log tells since a time; with the FAB auth manager only the role Admin may read it. */
export async function readAudit(api: AirflowApi, from: EpochMs, signal: AbortSignal): Promise<Audit> {
  const lines = await optionally(api.list(auditLines(api, from), { offset: 0, most: MOST_LINES }, signal));
  if (lines === undefined) {
    return NO_AUDIT;
  }
  const oldest = lines.rows.at(-1)?.at ?? from;
  return auditOf(lines.rows, lines.next === undefined ? from : oldest);
}

/** What a user may not read, or an older version does not have, is left out. */
export async function optionally<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ConnectorError && (error.kind === 'unauthorised' || error.kind === 'unsupported-version')) {
      return undefined;
    }
    throw error;
  }
}
