import { reportedInstant } from '../../model/instant';
import {
  compact,
  optional,
  readArray,
  readEach,
  readFlag,
  readNumber,
  readObject,
  readText,
  ShapeError,
} from '../../model/read-shape';
import type { Fields } from '../../model/read-shape';
import type { EpochMs } from '../../model/units';

/** What all objects of Kubernetes have. Its times have seconds, no more. */
export interface Meta {
  name: string;
  namespace: string;
  uid: string;
  createdAt: EpochMs;
  /** The name without what was made up for it: `import-`. */
  generateName?: string;
  /** Until when it is to be gone: when it was deleted, and the time that it was given. */
  deletedBy?: EpochMs;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Of kind CronJob, the one that made it, or of which it was made by hand. */
  cronJob?: string;
  finalizers: readonly string[];
}

export interface Condition {
  type: string;
  isTrue: boolean;
  at?: EpochMs;
  reason?: string;
  message?: string;
}

export interface Job extends Meta {
  parallelism: number;
  /** Absent: one success of any pod is enough, and no further pod begins. */
  completions?: number;
  isIndexed: boolean;
  backoffLimit?: number;
  backoffLimitPerIndex?: number;
  /** How long after its end it is removed. */
  ttlSeconds?: number;
  /** Its pods are restarted where they are; otherwise each try is a pod. */
  restartsInPlace: boolean;
  isSuspended: boolean;
  /** Set anew when it is resumed. */
  startedAt?: EpochMs;
  /** Only of a success. */
  completedAt?: EpochMs;
  active: number;
  ready: number;
  failed: number;
  succeeded: number;
  /** Uids of pods that failed and are not in `failed` yet. */
  uncounted: readonly string[];
  conditions: readonly Condition[];
}

export interface CronJob extends Meta {
  schedule: string;
  timeZone?: string;
  isSuspended: boolean;
  concurrency?: string;
  /** How late a run may begin. */
  startingDeadlineSeconds?: number;
  lastScheduledAt?: EpochMs;
  active: number;
}

/** A container that waits, runs or has ended. */
export interface ContainerState {
  is: 'waiting' | 'running' | 'terminated';
  reason?: string;
  message?: string;
  startedAt?: EpochMs;
  finishedAt?: EpochMs;
  exitCode?: number;
  /** A number; hardly ever set: how a process was killed is in the exit code. */
  signal?: number;
}

export interface Container {
  name: string;
  image?: string;
  /** Runs beside the others, and ends with them: an init container that is always restarted. */
  isSidecar: boolean;
  limits: Fields;
  state?: ContainerState;
  /** How it ended before it was restarted in its pod. */
  last?: ContainerState;
  restarts: number;
}

export interface Pod extends Meta {
  node?: string;
  restartsInPlace: boolean;
  phase: string;
  reason?: string;
  message?: string;
  conditions: readonly Condition[];
  containers: readonly Container[];
  initContainers: readonly Container[];
}

/** One page of a list. */
export interface ListPage<T> {
  resourceVersion: string;
  /** Where the next page begins. */
  next?: string;
  items: T[];
  skipped: number;
}

/** @throws ShapeError when there is no such list; an item that cannot be read is counted */
export function readPage<T>(value: unknown, kind: string, readOne: (item: Fields) => T): ListPage<T> {
  const list = readObject(value, 'answer');
  if (list['kind'] !== kind) {
    throw new ShapeError('kind', list['kind'], kind);
  }
  const meta = readObject(list['metadata'], 'metadata');
  // Go writes an empty list that was never made as null.
  const found = optional(list['items'], 'items', readArray) ?? [];
  const { rows, skipped } = readEach(found, (item) => readOne(readObject(item, kind)));
  return compact<ListPage<T>>({
    resourceVersion: readText(meta['resourceVersion'], 'resourceVersion'),
    next: readFilled(meta, 'continue'),
    items: rows,
    skipped,
  });
}

export function readJob(item: Fields): Job {
  const spec = readObject(item['spec'], 'spec');
  const status = part(item, 'status');
  const number = (name: string) => optional(status[name], name, readNumber) ?? 0;
  const uncounted = part(status, 'uncountedTerminatedPods');
  return compact<Job>({
    ...readMeta(item),
    parallelism: optional(spec['parallelism'], 'parallelism', readNumber) ?? 1,
    completions: optional(spec['completions'], 'completions', readNumber),
    isIndexed: spec['completionMode'] === 'Indexed',
    backoffLimit: optional(spec['backoffLimit'], 'backoffLimit', readNumber),
    backoffLimitPerIndex: optional(spec['backoffLimitPerIndex'], 'backoffLimitPerIndex', readNumber),
    ttlSeconds: optional(spec['ttlSecondsAfterFinished'], 'ttlSecondsAfterFinished', readNumber),
    restartsInPlace: part(part(spec, 'template'), 'spec')['restartPolicy'] === 'OnFailure',
    isSuspended: optional(spec['suspend'], 'suspend', readFlag) ?? false,
    startedAt: readTime(status, 'startTime'),
    completedAt: readTime(status, 'completionTime'),
    active: number('active'),
    ready: number('ready'),
    failed: number('failed'),
    succeeded: number('succeeded'),
    uncounted: readStrings(uncounted['failed'], 'failed'),
    conditions: readConditions(status),
  });
}

export function readCronJob(item: Fields): CronJob {
  const spec = readObject(item['spec'], 'spec');
  const status = part(item, 'status');
  return compact<CronJob>({
    ...readMeta(item),
    schedule: readText(spec['schedule'], 'schedule'),
    timeZone: readFilled(spec, 'timeZone'),
    isSuspended: optional(spec['suspend'], 'suspend', readFlag) ?? false,
    concurrency: readFilled(spec, 'concurrencyPolicy'),
    startingDeadlineSeconds: optional(spec['startingDeadlineSeconds'], 'startingDeadlineSeconds', readNumber),
    lastScheduledAt: readTime(status, 'lastScheduleTime'),
    active: (optional(status['active'], 'active', readArray) ?? []).length,
  });
}

export function readPod(item: Fields): Pod {
  const spec = readObject(item['spec'], 'spec');
  const status = part(item, 'status');
  return compact<Pod>({
    ...readMeta(item),
    node: readFilled(spec, 'nodeName'),
    restartsInPlace: spec['restartPolicy'] === 'OnFailure',
    phase: readText(status['phase'], 'phase'),
    reason: readFilled(status, 'reason'),
    message: readFilled(status, 'message'),
    conditions: readConditions(status),
    containers: readContainers(spec['containers'], status['containerStatuses']),
    initContainers: readContainers(spec['initContainers'], status['initContainerStatuses']),
  });
}

/** `GET /version`: `v1.34.4`, of K3s `v1.34.4+k3s1`. */
export function readVersion(value: unknown): string {
  return readText(readObject(value, 'answer')['gitVersion'], 'gitVersion');
}

function readMeta(item: Fields): Meta {
  const meta = readObject(item['metadata'], 'metadata');
  const createdAt = readTime(meta, 'creationTimestamp');
  if (createdAt === undefined) {
    throw new ShapeError('creationTimestamp', undefined, 'a time');
  }
  const owners = (optional(meta['ownerReferences'], 'ownerReferences', readArray) ?? []).map((owner) =>
    readObject(owner, 'ownerReferences')
  );
  const cronJob = owners.find(({ kind }) => kind === 'CronJob');
  return {
    name: readText(meta['name'], 'name'),
    namespace: readText(meta['namespace'], 'namespace'),
    uid: readText(meta['uid'], 'uid'),
    createdAt,
    generateName: readFilled(meta, 'generateName'),
    deletedBy: readTime(meta, 'deletionTimestamp'),
    labels: readWords(meta, 'labels'),
    annotations: readWords(meta, 'annotations'),
    cronJob: cronJob === undefined ? undefined : readFilled(cronJob, 'name'),
    finalizers: readStrings(meta['finalizers'], 'finalizers'),
  } as Meta;
}

function readConditions(status: Fields): Condition[] {
  return (optional(status['conditions'], 'conditions', readArray) ?? []).map((value) => {
    const condition = readObject(value, 'conditions');
    return compact<Condition>({
      type: readText(condition['type'], 'type'),
      isTrue: condition['status'] === 'True',
      at: readTime(condition, 'lastTransitionTime'),
      reason: readFilled(condition, 'reason'),
      message: readFilled(condition, 'message'),
    });
  });
}

/** What was asked for and what became of it, by name. */
function readContainers(specs: unknown, statuses: unknown): Container[] {
  const told = new Map(
    (optional(statuses, 'containerStatuses', readArray) ?? []).map((value) => {
      const status = readObject(value, 'containerStatuses');
      return [status['name'], status] as const;
    })
  );
  return (optional(specs, 'containers', readArray) ?? []).map((value) => {
    const spec = readObject(value, 'containers');
    const status = told.get(spec['name']) ?? {};
    return compact<Container>({
      name: readText(spec['name'], 'name'),
      image: readFilled(spec, 'image'),
      isSidecar: spec['restartPolicy'] === 'Always',
      limits: part(part(spec, 'resources'), 'limits'),
      state: readContainerState(part(status, 'state')),
      last: readContainerState(part(status, 'lastState')),
      restarts: optional(status['restartCount'], 'restartCount', readNumber) ?? 0,
    });
  });
}

function readContainerState(state: Fields): ContainerState | undefined {
  const is = (['terminated', 'running', 'waiting'] as const).find((name) => state[name] !== undefined);
  if (is === undefined) {
    return undefined;
  }
  const told = readObject(state[is], is);
  return compact<ContainerState>({
    is,
    reason: readFilled(told, 'reason'),
    message: readFilled(told, 'message'),
    startedAt: readTime(told, 'startedAt'),
    finishedAt: readTime(told, 'finishedAt'),
    exitCode: optional(told['exitCode'], 'exitCode', readNumber),
    signal: optional(told['signal'], 'signal', readNumber),
  });
}

function part(fields: Fields, name: string): Fields {
  return optional(fields[name], name, readObject) ?? {};
}

function readStrings(value: unknown, where: string): string[] {
  return (optional(value, where, readArray) ?? []).map((one) => readText(one, where));
}

function readWords(meta: Fields, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(part(meta, name)).map(([key, value]) => [key, readText(value, key)]));
}

function readFilled(fields: Fields, name: string): string | undefined {
  const text = optional(fields[name], name, readText);
  return text === '' ? undefined : text;
}

/** Absent where it never happened: `null`, or year 1 of a container whose end nobody saw. */
function readTime(fields: Fields, name: string): EpochMs | undefined {
  const text = readFilled(fields, name);
  const time = text === undefined ? undefined : Date.parse(text);
  if (time !== undefined && Number.isNaN(time)) {
    throw new ShapeError(name, text, 'a time');
  }
  return reportedInstant(time);
}
