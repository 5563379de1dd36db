import { ConnectorError } from '../../model/connector-error';
import type { Bytes } from '../../model/units';
import type { Http } from '../connector';
import { Expired, get, readList } from './lists';
import type { List, ListQuestion } from './lists';
import { KUBERNETES } from './refuse';
import type { Scope } from './settings';
import { readMemory } from './usage';
import { readCronJob, readJob, readPod } from './wire';
import type { CronJob, Job, Pod } from './wire';

/** What a cluster knew of its jobs at one moment. */
export interface Snapshot {
  jobs: readonly Job[];
  /** By the uid of their job. */
  pods: ReadonlyMap<string, Pod[]>;
  cronJobs: readonly CronJob[];
  memory: ReadonlyMap<string, Bytes>;
  /** Whether anybody tells it. */
  hasMemory: boolean;
  skipped: number;
  isCut: boolean;
  notices: string[];
}

/** Beginnings, where what was asked for went away in the middle. */
const MOST_TRIES = 3;

/** @throws ConnectorError */
export async function readSnapshot(http: Http, scope: Scope, signal: AbortSignal): Promise<Snapshot> {
  for (let tries = 1; ; tries++) {
    try {
      return await readOnce(http, scope, signal);
    } catch (error) {
      if (!(error instanceof Expired)) {
        throw error;
      }
      if (tries === MOST_TRIES) {
        throw new ConnectorError(
          'truncated',
          KUBERNETES,
          `${error.message} answered 410 ${tries} times: what was being read page by page was not kept until its end. Name fewer namespaces, or raise --etcd-compaction-interval of the API server.`
        );
      }
    }
  }
}

/** Where lists of a kind are: of each namespace of the settings, or one of all. */
export function pathsOf({ namespaces }: Scope, group: string, resource: string): string[] {
  return namespaces.length === 0
    ? [`${group}/${resource}`]
    : namespaces.map((namespace) => `${group}/namespaces/${namespace}/${resource}`);
}

async function readOnce(http: Http, scope: Scope, signal: AbortSignal): Promise<Snapshot> {
  const batch = '/apis/batch/v1';
  let exact: Record<string, string> = {};
  /** All that follows is of the moment of the first list: a job and its pods fit together. */
  const listOf = async <T extends { uid: string }>(
    group: string,
    resource: string,
    question: Omit<ListQuestion<T>, 'path'>
  ) => {
    const lists: Array<List<T>> = [];
    for (const path of pathsOf(scope, group, resource)) {
      const list = await readList(http, { ...question, path, params: { ...question.params, ...exact } }, signal);
      exact = { resourceVersion: list.resourceVersion, resourceVersionMatch: 'Exact' };
      lists.push(list);
    }
    return lists;
  };
  const jobs = await listOf(batch, 'jobs', { kind: 'JobList', read: readJob });
  // Of all pods only those that jobs made; both words of the label are there in every version.
  const pods = await listOf('/api/v1', 'pods', {
    kind: 'PodList',
    read: readPod,
    params: { labelSelector: 'job-name' },
  });
  const cronJobs = await optionally(listOf(batch, 'cronjobs', { kind: 'CronJobList', read: readCronJob }));
  const memory = new Map<string, Bytes>();
  let hasMemory = false;
  for (const path of pathsOf(scope, '/apis/metrics.k8s.io/v1beta1', 'pods')) {
    const used = await optionally(get(http, `${path}?labelSelector=job-name`, signal, readMemory));
    hasMemory ||= used !== undefined;
    used?.forEach((bytes, place) => memory.set(place, bytes));
  }
  const all = [...jobs, ...pods, ...(cronJobs ?? [])];
  const cut = all.some(({ isCut }) => isCut);
  return {
    jobs: jobs.flatMap(({ items }) => items),
    pods: byJob(pods.flatMap(({ items }) => items)),
    cronJobs: (cronJobs ?? []).flatMap(({ items }) => items),
    memory,
    hasMemory,
    skipped: all.reduce((sum, { skipped }) => sum + skipped, 0),
    isCut: cut,
    notices: [
      ...(cronJobs === undefined
        ? [
            'CronJobs may not be read (list of cronjobs in batch): their schedules, and runs that they missed, are not told.',
          ]
        : []),
      ...(cut ? ['There are more jobs or pods than are read. Name fewer namespaces in the settings.'] : []),
    ],
  };
}

function byJob(pods: readonly Pod[]): Map<string, Pod[]> {
  const found = new Map<string, Pod[]>();
  for (const pod of pods) {
    const uid = pod.labels['batch.kubernetes.io/controller-uid'] ?? pod.labels['controller-uid'] ?? '';
    const others = found.get(uid);
    if (others === undefined) {
      found.set(uid, [pod]);
    } else {
      others.push(pod);
    }
  }
  return found;
}

/** What may not be read, or is not served, is left out. */
export async function optionally<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ConnectorError && error.kind !== 'timeout') {
      return undefined;
    }
    throw error;
  }
}
