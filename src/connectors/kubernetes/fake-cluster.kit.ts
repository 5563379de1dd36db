import type { Http, HttpResponse } from '../connector';

/** An object of Kubernetes as its API has it. */
export interface KubernetesObject {
  metadata: { name: string; namespace: string; uid: string; labels?: Record<string, string> } & Record<string, unknown>;
  [field: string]: unknown;
}

type Kind = 'jobs' | 'pods' | 'cronjobs' | 'services';

const LISTS: Readonly<Record<string, { kind: Kind; list: string }>> = {
  '/apis/batch/v1/jobs': { kind: 'jobs', list: 'JobList' },
  '/apis/batch/v1/cronjobs': { kind: 'cronjobs', list: 'CronJobList' },
  '/api/v1/pods': { kind: 'pods', list: 'PodList' },
  '/api/v1/services': { kind: 'services', list: 'ServiceList' },
};

/** The lists of an API server over objects in memory, paged as it pages them; each state of the objects is a version. */
export class FakeCluster {
  readonly asked: string[] = [];
  /** Answers that come instead, by the address without its question. */
  readonly instead = new Map<string, HttpResponse>();
  private version = 1000;
  private oldest = 0;
  private readonly versions = new Map<number, Record<Kind, KubernetesObject[]>>();

  constructor(
    objects: Partial<Record<Kind, KubernetesObject[]>>,
    private readonly gitVersion = 'v1.34.4'
  ) {
    this.change(objects);
  }

  /** From now on there are these. */
  change(objects: Partial<Record<Kind, KubernetesObject[]>>): void {
    const before = this.versions.get(this.version) ?? { jobs: [], pods: [], cronjobs: [], services: [] };
    this.versions.set(++this.version, { ...before, ...objects });
  }

  /** Older versions are forgotten, as etcd does every five minutes. */
  compact(): void {
    this.change({});
    this.oldest = this.version;
  }

  readonly http: Http = async (path, init) => {
    if (init?.signal?.aborted === true) {
      throw init.signal.reason;
    }
    return this.answer(path);
  };

  answer(path: string): HttpResponse {
    this.asked.push(path);
    const url = new URL(path, 'http://cluster');
    const instead = this.instead.get(url.pathname);
    if (instead !== undefined) {
      return instead;
    }
    if (url.pathname === '/version') {
      return json({ major: '1', minor: '34', gitVersion: this.gitVersion });
    }
    const namespace = /\/namespaces\/([^/]+)\//.exec(url.pathname)?.[1];
    const found = LISTS[url.pathname.replace(/\/namespaces\/[^/]+/, '')];
    return found === undefined
      ? { status: 404, body: '404 page not found\n' }
      : this.page(found.kind, found.list, namespace, url.searchParams);
  }

  private page(kind: Kind, list: string, namespace: string | undefined, params: URLSearchParams): HttpResponse {
    const token = params.get('continue');
    if (token !== null && params.has('resourceVersion')) {
      return refused(400, 'specifying resource version is not allowed when using continue');
    }
    const [, of, from] = /^(\d+)-(\d+)$/.exec(token ?? '') ?? [];
    const version = Number(of ?? params.get('resourceVersion') ?? this.version);
    const objects = this.versions.get(version);
    if (objects === undefined || version < this.oldest) {
      return refused(410, 'The provided continue parameter is too old to display a consistent list result.', 'Expired');
    }
    const label = params.get('labelSelector');
    const all = objects[kind].filter(
      ({ metadata }) =>
        (namespace === undefined || metadata.namespace === namespace) &&
        (label === null || isSelected(metadata.labels, label))
    );
    const start = Number(from ?? 0);
    const end = start + Number(params.get('limit') ?? all.length);
    const rest = all.length - end;
    return json({
      kind: list,
      apiVersion: kind === 'pods' || kind === 'services' ? 'v1' : 'batch/v1',
      metadata: {
        resourceVersion: String(version),
        ...(rest > 0 && { continue: `${version}-${end}` }),
        ...(rest > 0 && label === null && { remainingItemCount: rest }),
      },
      items: all.slice(start, end),
    });
  }
}

/** One term of a label selector: `app`, `app=flower`. */
function isSelected(labels: Record<string, string> | undefined, selector: string): boolean {
  const [name = '', value] = selector.split('=');
  const found = labels?.[name];
  return found !== undefined && (value === undefined || found === value);
}

function json(value: unknown): HttpResponse {
  return { status: 200, body: JSON.stringify(value) };
}

/** As the API server says no: a Status. */
export function refused(code: number, message: string, reason?: string): HttpResponse {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return { status: code, body: JSON.stringify(status) };
}

export const MADE_AT = '2026-11-29T19:00:00Z';

/** Seconds after `MADE_AT`, as Kubernetes writes a time. */
export function after(seconds: number): string {
  return new Date(Date.parse(MADE_AT) + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

interface Parts {
  namespace?: string;
  metadata?: object;
  spec?: object;
  status?: object;
}

/** A job that runs one pod. Its uid is made of its name. */
export function jobObject(name: string, { namespace = 'shop', metadata, spec, status }: Parts = {}): KubernetesObject {
  return {
    metadata: { name, namespace, uid: `uid-${namespace}-${name}`, creationTimestamp: MADE_AT, ...metadata },
    spec: { parallelism: 1, completions: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false, ...spec },
    status: { startTime: MADE_AT, ...status },
  };
}

/** A pod of a job, its number in seconds after the job. */
export function podObject(
  job: KubernetesObject,
  number: number,
  { metadata, spec, status }: Parts = {}
): KubernetesObject {
  const { name, namespace, uid } = job.metadata;
  return {
    metadata: {
      name: `${name}-${number}`,
      namespace,
      uid: `${uid}-${number}`,
      creationTimestamp: after(number),
      labels: { 'job-name': name, 'batch.kubernetes.io/controller-uid': uid },
      ...metadata,
    },
    spec: { nodeName: 'worker-1', containers: [{ name: 'main', image: 'shop:1' }], ...spec },
    status: { phase: 'Running', ...status },
  };
}

/** How the container `main` stands. */
export function mainIs(state: object, more: object = {}): object {
  return { containerStatuses: [{ name: 'main', restartCount: 0, state, lastState: {}, ...more }] };
}

/** It ended, some seconds after `MADE_AT`. */
export function ended(exitCode: number, seconds: number, more: object = {}): object {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return { terminated: { exitCode, reason, startedAt: after(seconds - 1), finishedAt: after(seconds), ...more } };
}

/** A condition that holds. */
export function holds(type: string, seconds: number, more: object = {}): object {
  return { type, status: 'True', lastTransitionTime: after(seconds), ...more };
}
