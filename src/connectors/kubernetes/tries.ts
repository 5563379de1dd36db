import type { TaskRun } from '../../model/task-run';
import { isTerminal } from '../../model/lifecycle';
import { compact } from '../../model/read-shape';
import type { DurationMs } from '../../model/units';
import { endingOf, jobEnd, sayEnd } from './job-end';
import type { JobEnd } from './job-end';
import { endOf, mainOf, standingOf } from './pod-state';
import type { Standing } from './pod-state';
import { rowOf } from './row';
import type { Around } from './row';
import type { Job, Pod } from './wire';

export interface Tries {
  rows: TaskRun[];
  /** Tries that Kubernetes counted and of which nothing else is left. */
  unseen: number;
}

/** Times have seconds, and a controller follows a pod by some. */
const MOMENT_MS: DurationMs = 2_000;
const TRACKED = 'batch.kubernetes.io/job-tracking';

/** A job that runs one pod at a time: each pod is a try, and so is each restart inside of one. */
export function triesOf(job: Job, pods: readonly Pod[], around: Around): Tries {
  const end = jobEnd(job);
  const sorted = [...pods].sort(byAge);
  const gone = goneOf(job, sorted);
  // A deadline takes the pod that ran away; otherwise the oldest went first.
  const { reason } = end ?? endingOf(job) ?? {};
  const lostLast = gone > 0 && reason === 'DeadlineExceeded' && !sorted.some(({ deletedBy }) => deletedBy);
  const tries: Tries = { rows: [], unseen: lostLast ? gone - 1 : gone };
  let next = tries.unseen + 1;
  for (const pod of sorted) {
    const { rows, unseen } = podTries(job, pod, next, around);
    tries.rows.push(...rows);
    tries.unseen += unseen;
    next += rows.length + unseen;
  }
  if (end !== undefined) {
    return withEnd(tries, end, { job, next, lostLast }, around);
  }
  // Whether a failure is the last one is decided when it is counted: by a policy it may be the first.
  const newest = sorted.at(-1);
  const isUndecided = newest?.phase === 'Failed' && !isCounted(newest, job);
  return isUndecided ? tries : withWaiting(tries, { job, next, lostLast }, around);
}

/**
 * The tries inside of a pod. Its count of restarts is the number of the container that was made last: while the next one waits
 * (CrashLoopBackOff), that is the one that has ended. Of those before, nothing is told.
 */
export function podTries(job: Job, pod: Pod, first: number, around: Around): Tries {
  // Of a pod that is not restarted the kubelet counts a restart too, when it did not find its container again.
  const main = pod.restartsInPlace ? mainOf(pod) : undefined;
  const last = main?.last?.is === 'terminated' ? main.last : undefined;
  if (main === undefined || last === undefined) {
    const attempt = first + (main?.restarts ?? 0);
    const standing = standingOf(pod, around.now);
    return { rows: [rowOf({ job, attempt, standing, pod }, around)], unseen: attempt - first };
  }
  const isWaiting = main.state?.is === 'waiting';
  const attempt = first + main.restarts + (isWaiting ? 1 : 0);
  const before = { job, attempt: attempt - 1, standing: endOf(main, last), pod };
  const rows = [
    rowOf({ ...before, queuedAt: attempt - 1 === first ? pod.createdAt : (last.startedAt ?? pod.createdAt) }, around),
  ];
  // The kubelet knows no limit of the job: what it waits for beyond that never begins.
  if (!isWaiting || attempt <= (job.backoffLimit ?? Infinity) + 1) {
    const now = { job, attempt, standing: standingOf(pod, around.now), pod };
    rows.push(rowOf({ ...now, queuedAt: last.finishedAt ?? pod.createdAt }, around));
  }
  return { rows, unseen: attempt - 1 - first };
}

/** Pods that failed and were counted, and are not there any more. */
export function goneOf(job: Job, pods: readonly Pod[]): number {
  const counted = pods.filter(
    (pod) =>
      (pod.phase === 'Failed' || (pod.phase !== 'Succeeded' && pod.deletedBy !== undefined)) && isCounted(pod, job)
  );
  return Math.max(0, job.failed + job.uncounted.length - counted.length);
}

/** A pod is counted before it loses its finalizer, so that what lacks it, or is about to, is in the sum. */
function isCounted({ uid, finalizers }: Pod, { uncounted }: Job): boolean {
  return uncounted.includes(uid) || !finalizers.includes(TRACKED);
}

export function byAge(a: Pod, b: Pod): number {
  return a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1);
}

/** Where the rows of a job end. */
interface Edge {
  job: Job;
  next: number;
  /** The pod that ran when the deadline came is gone. */
  lostLast: boolean;
}

/** A job that has ended: its last try has ended so, or there is one that nothing else tells of. */
function withEnd({ rows, unseen }: Tries, end: JobEnd, { job, next, lostLast }: Edge, around: Around): Tries {
  const last = rows.at(-1);
  if (end.state === 'completed') {
    const isTold = rows.some(({ state }) => state === 'completed');
    return { rows: isTold ? rows : [...rows, toldByJob(job, end, next, around, last)], unseen };
  }
  if (last === undefined) {
    const attempt = lastNumber(job, end, lostLast ? next : next - 1);
    return { rows: [toldByJob(job, end, attempt, around)], unseen: attempt - 1 };
  }
  return end.substate === 'timed_out' && isTerminal(last.state) && (lostLast || isBefore(last, end))
    ? { rows: [...rows, toldByJob(job, end, next, around, last)], unseen }
    : { rows: [...rows.slice(0, -1), endedBy(last, end)], unseen };
}

/** Of the last try of a job that failed and has no pod any more. Restarts in a pod are not counted as failures, but lead to the limit. */
function lastNumber(
  { restartsInPlace, backoffLimit = 0 }: Job,
  { reason }: { reason?: string },
  counted: number
): number {
  return restartsInPlace && reason === 'BackoffLimitExceeded' ? backoffLimit + 1 : Math.max(1, counted);
}

/** A try without a pod: the job alone tells of it. @param before the try before, after which it waited */
function toldByJob(job: Job, end: JobEnd, attempt: number, around: Around, before?: TaskRun): TaskRun {
  const { state, substate, reason, message, at } = end;
  // Of a job there is one start: that of its first try.
  const startedAt = attempt === 1 ? job.startedAt : undefined;
  const queuedAt = startedAt ?? before?.finishedAt;
  const standing = compact<Standing>({
    state,
    substate,
    nativeState: reason ?? 'Complete',
    startedAt,
    finishedAt: at,
    error: state === 'failed' ? compact({ type: reason, message }) : undefined,
    evidence: 'Told by the job: the pod is gone, or there was none.',
  });
  return rowOf({ job, attempt, standing, ...(queuedAt !== undefined && { queuedAt }) }, around);
}

function isBefore({ finishedAt = 0 }: TaskRun, { decidedAt }: JobEnd): boolean {
  return finishedAt < decidedAt - MOMENT_MS;
}

/**
 * The last try, with what its job says of the end: its reason, where the pod has none but a code. What a deadline ended was
 * killed by it, whatever its code.
 */
function endedBy(last: TaskRun, end: JobEnd): TaskRun {
  if (last.state !== 'failed') {
    return last;
  }
  const evidence = [last.evidence, `The job ended: ${sayEnd(end)}`].filter((part) => part !== undefined).join(' ');
  return end.substate === 'timed_out'
    ? { ...last, substate: 'timed_out', error: compact({ type: end.reason, message: end.message }), evidence }
    : { ...last, error: compact({ ...last.error, type: last.error?.type ?? end.reason }), evidence };
}

/** A job that has not ended, where no pod says so: it is suspended, waits for its next try, has just been made or is about to end. */
function withWaiting({ rows, unseen }: Tries, { job, next, lostLast }: Edge, around: Around): Tries {
  const last = rows.at(-1);
  if (rows.some(({ state }) => state === 'pending' || state === 'running')) {
    return { rows, unseen };
  }
  const ending = endingOf(job);
  if (ending !== undefined) {
    const attempt = ending.type === 'FailureTarget' ? lastNumber(job, ending, lostLast ? next : next - 1) : next;
    const startedAt = attempt === 1 ? job.startedAt : undefined;
    const standing = compact<Standing>({ state: 'running', substate: 'stopping', nativeState: ending.type, startedAt });
    return last === undefined
      ? {
          rows: [rowOf({ job, attempt, standing, ...(startedAt && { queuedAt: startedAt }) }, around)],
          unseen: attempt - 1,
        }
      : { rows, unseen };
  }
  const standing = waitingStanding(job, last);
  const since = last?.finishedAt;
  return standing === undefined
    ? { rows, unseen }
    : {
        rows: [
          ...rows,
          rowOf({ job, attempt: next, standing, ...(since !== undefined && { queuedAt: since }) }, around),
        ],
        unseen,
      };
}

function waitingStanding(job: Job, last: TaskRun | undefined): Standing | undefined {
  if (job.isSuspended) {
    return { state: 'pending', substate: 'suspended', nativeState: 'Suspended' };
  }
  if (last === undefined) {
    return job.active > 0
      ? compact<Standing>({ state: 'running', substate: 'starting', nativeState: 'Active', startedAt: job.startedAt })
      : { state: 'pending', substate: 'queued', nativeState: 'Pending' };
  }
  // After a success there is nothing to wait for but the job's own word; after its last failure neither.
  const mayRetry = last.state === 'failed' && last.attempt <= (job.backoffLimit ?? Infinity);
  return mayRetry ? { state: 'pending', substate: 'retrying', nativeState: 'Backoff' } : undefined;
}
