import type { Asset, Freshness } from '../../model/answer';
import { compact, optional, readList, readObject, readRows, readText, readTexts } from '../../model/read-shape';
import type { Fields, Rows } from '../../model/read-shape';
import { DAGSTER } from './refuse';
import { readMilliseconds } from './wire-log';

/** Dagster's word for how fresh an asset is; what is not here (`NOT_APPLICABLE`) says nothing. */
const FRESHNESS: Readonly<Record<string, Freshness>> = {
  HEALTHY: 'fresh',
  WARNING: 'late',
  DEGRADED: 'overdue',
  UNKNOWN: 'unknown',
};
/** A check that raised an error did not pass either. */
const FAILED = ['FAILED', 'EXECUTION_FAILED'];

/**
 * Assets as `assetNodes` tells them. Their names hold no code location: in Dagster a key is the same asset wherever it is
 * defined.
 */
export function readAssets(data: Fields): Rows<Asset> {
  return readRows(data['assetNodes'], 'assetNodes', readAsset);
}

function readAsset(value: unknown, at: string): Asset {
  const node = readObject(value, at);
  const [made] = readList(node['assetMaterializations'], 'assetMaterializations', readObject);
  const location = readObject(readObject(node['repository'], 'repository')['location'], 'location');
  const status = optional(node['freshnessStatusInfo'], 'freshnessStatusInfo', (info, where) =>
    readText(readObject(info, where)['freshnessStatus'], where)
  );
  const checks = readCheckStatuses(node['assetChecksOrError']);
  return compact<Asset>({
    source: DAGSTER,
    name: readKey(node['assetKey'], 'assetKey'),
    group: optional(node['groupName'], 'groupName', readText),
    location: readText(location['name'], 'location'),
    madeAt: made === undefined ? undefined : readMilliseconds(made['timestamp'], 'timestamp'),
    runId: made === undefined ? undefined : readText(made['runId'], 'runId'),
    freshness: status === undefined ? undefined : FRESHNESS[status],
    checksPassed: checks.filter((one) => one === 'SUCCEEDED').length,
    checksFailed: checks.filter((one) => one !== undefined && FAILED.includes(one)).length,
    upstream: readList(node['dependencyKeys'], 'dependencyKeys', readKey),
  });
}

function readKey(value: unknown, at: string): string {
  return readTexts(readObject(value, at)['path'], `${at}.path`).join('/');
}

/** The status of each check's latest execution; none where the checks cannot be told (an agent that is too old). */
function readCheckStatuses(value: unknown): Array<string | undefined> {
  const { checks } = readObject(value, 'assetChecksOrError');
  const latest = optional(checks, 'checks', (list, where) => readList(list, where, readObject)) ?? [];
  return latest.map(({ executionForLatestMaterialization: execution }) =>
    optional(execution, 'execution', (one, where) => readText(readObject(one, where)['status'], `${where}.status`))
  );
}
