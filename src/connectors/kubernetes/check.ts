import { ConnectorError } from '../../model/connector-error';
import { optional, readNumber, readObject } from '../../model/read-shape';
import type { Http, SourceVersion } from '../connector';
import { get, readList } from './lists';
import { KUBERNETES } from './refuse';
import type { Scope } from './settings';
import { optionally, pathsOf } from './snapshot';
import { readCronJob, readPage, readVersion } from './wire';

const OLDEST_MINOR = 24;

/** Whether all is there that will be read, and what there is. */
export async function checkCluster(http: Http, scope: Scope, signal: AbortSignal): Promise<SourceVersion> {
  const version = await get(http, '/version', signal, readVersion);
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) === 1 && Number(minor) < OLDEST_MINOR) {
    throw new ConnectorError(
      'unsupported-version',
      KUBERNETES,
      `GET /version says ${version}. Kubernetes 1.${OLDEST_MINOR} or newer is needed.`
    );
  }
  let jobs = 0;
  for (const path of pathsOf(scope, '/apis/batch/v1', 'jobs')) {
    jobs += await get(http, `${path}?limit=1`, signal, (value) => countOf(value, 'JobList'));
  }
  for (const path of pathsOf(scope, '/api/v1', 'pods')) {
    await get(http, `${path}?limit=1`, signal, (value) => countOf(value, 'PodList'));
  }
  const cronJobs = await optionally(
    Promise.all(
      pathsOf(scope, '/apis/batch/v1', 'cronjobs').map((path) =>
        readList(http, { path, kind: 'CronJobList', read: readCronJob }, signal)
      )
    )
  );
  const where = scope.namespaces.length === 0 ? 'in all namespaces' : `in ${scope.namespaces.join(', ')}`;
  const all = (cronJobs ?? []).flatMap(({ items }) => items);
  const suspended = all.filter(({ isSuspended }) => isSuspended).length;
  const said =
    cronJobs === undefined
      ? 'CronJobs may not be read: their schedules are not told.'
      : `${count(all.length, 'CronJob')}${suspended === 0 ? '' : `, ${suspended} of them suspended`}.`;
  return { product: 'Kubernetes', version, summary: `${count(jobs, 'job')} ${where}, ${said}` };
}

/** How many objects a list has, of which one was asked for. */
function countOf(value: unknown, kind: string): number {
  const { items } = readPage(value, kind, () => 0);
  const { remainingItemCount } = readObject(readObject(value, 'answer')['metadata'], 'metadata');
  return items.length + (optional(remainingItemCount, 'remainingItemCount', readNumber) ?? 0);
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
