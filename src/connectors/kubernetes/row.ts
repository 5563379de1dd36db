import { compact } from '../../model/read-shape';
import { isTerminal } from '../../model/lifecycle';
import type { TaskRun } from '../../model/task-run';
import type { Bytes, EpochMs } from '../../model/units';
import { placeOf, runIdOf, taskOf } from './names';
import { mainOf } from './pod-state';
import type { Standing } from './pod-state';
import { readQuantity } from './quantity';
import { KUBERNETES } from './refuse';
import type { Scope } from './settings';
import type { CronJob, Job, Pod } from './wire';

/** What else is known when a job becomes rows. */
export interface Around {
  /** When the lists were read. */
  now: EpochMs;
  scope: Scope;
  /** By `placeOf`. */
  cronJobs: ReadonlyMap<string, CronJob>;
  /** Memory in use, by `placeOf` of the pod. */
  memory: ReadonlyMap<string, Bytes>;
}

export interface Place {
  job: Job;
  attempt: number;
  standing: Standing;
  pod?: Pod;
  /** When it began to wait; of a pod, when that was made. */
  queuedAt?: EpochMs;
}

/** More labels than the store keeps of a run. */
const MOST_LABELS = 24;
/** What Kubernetes and its tools write for themselves. */
const OF_MACHINES =
  /^(controller-uid|job-name|pod-template-hash|batch\.kubernetes\.io\/.*|app\.kubernetes\.io\/managed-by|helm\.sh\/chart)$/;

/** One try as a row. What clocks of nodes put before its beginning is moved to it. */
export function rowOf({ job, attempt, standing, pod, queuedAt = pod?.createdAt }: Place, around: Around): TaskRun {
  const { now, scope, memory } = around;
  const main = pod && mainOf(pod);
  const createdAt = attempt === 1 ? job.createdAt : queuedAt;
  const began = queuedAt ?? createdAt ?? 0;
  const { startedAt: started, finishedAt: finished, ...facts } = standing;
  const startedAt = started === undefined ? undefined : Math.max(started, began);
  const hasEnded = isTerminal(standing.state);
  const finishedAt = hasEnded ? Math.max(finished ?? 0, startedAt ?? began) : undefined;
  const limits = main?.limits ?? {};
  return compact<TaskRun>({
    source: KUBERNETES,
    runId: runIdOf(job, scope),
    attempt,
    ...facts,
    task: taskOf(job, scope),
    kind: 'job',
    worker: pod?.node,
    host: pod?.node,
    queue: job.labels['kueue.x-k8s.io/queue-name'],
    createdAt,
    queuedAt: queuedAt === undefined ? undefined : Math.max(queuedAt, createdAt ?? 0),
    startedAt,
    finishedAt,
    observedAt: finishedAt ?? now,
    maxAttempts: triesOf(job),
    maxRssBytes: pod && memory.get(placeOf(pod, pod.name)),
    memoryLimitBytes: readQuantity(limits['memory']),
    cpuLimitCores: readQuantity(limits['cpu']),
    labels: labelsOf(job, pod, around),
  });
}

/** With a limit per index there is none of the whole: the API server then writes the largest number that there is. */
function triesOf({ backoffLimit, backoffLimitPerIndex }: Job): number | undefined {
  const retries = backoffLimitPerIndex ?? backoffLimit;
  return retries === undefined || retries >= 2 ** 31 - 1 ? undefined : retries + 1;
}

function labelsOf(job: Job, pod: Pod | undefined, { scope, cronJobs }: Around): Record<string, string> {
  const cronJob = cronJobs.get(placeOf(job, job.cronJob));
  const own = Object.entries(job.labels).filter(([name]) => !OF_MACHINES.test(name));
  const told = compact({
    cluster: scope.cluster,
    namespace: job.namespace,
    job: job.name,
    pod: pod?.name,
    image: pod && mainOf(pod)?.image,
    cronjob: job.cronJob,
    schedule: cronJob?.schedule,
    timezone: cronJob?.timeZone,
    concurrency: cronJob?.concurrency,
    index: pod && indexOf(pod),
  });
  return { ...Object.fromEntries(own.slice(0, MOST_LABELS)), ...(told as Record<string, string>) };
}

/** Of an indexed job: which part of its work. */
export function indexOf({ annotations, labels }: Pod): string | undefined {
  const name = 'batch.kubernetes.io/job-completion-index';
  return annotations[name] ?? labels[name];
}
