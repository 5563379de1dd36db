import type { TaskRun } from '../../model/task-run';
import { isTerminal } from '../../model/lifecycle';
import { compact } from '../../model/read-shape';
import type { DurationMs } from '../../model/units';
import { isEnding, jobEnd, sayEnd } from './job-end';
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
  const lostLast = gone > 0 && end?.reason === 'DeadlineExceeded' && !sorted.some(({ deletedBy }) => deletedBy);
  const tries: Tries = { rows: [], unseen: lostLast ? gone - 1 : gone };
  let next = tries.unseen + 1;
  for (const pod of sorted) {
    const { rows, unseen } = podTries(job, pod, next, around);
    tries.rows.push(...rows);
    tries.unseen += unseen;
    next += rows.length + unseen;
  }
  return end === undefined
    ? withWaiting(tries, job, next, around)
    : withEnd(tries, end, { job, next, lostLast }, around);
}

/** The tries inside of a pod. Of those before the last restart nothing is told but their number. */
export function podTries(job: Job, pod: Pod, first: number, around: Around): Tries {
  const main = mainOf(pod);
  const restarts = main?.restarts ?? 0;
  const last = main?.last?.is === 'terminated' ? main.last : undefined;
  const unseen = restarts === 0 || last === undefined ? restarts : restarts - 1;
  const rows: TaskRun[] = [];
  let queuedAt = pod.createdAt;
  if (restarts > 0 && main !== undefined && last !== undefined) {
    const standing = endOf(main, last);
    rows.push(rowOf({ job, attempt: first + unseen, standing, pod, queuedAt: last.startedAt ?? queuedAt }, around));
    queuedAt = last.finishedAt ?? queuedAt;
  }
  rows.push(rowOf({ job, attempt: first + restarts, standing: standingOf(pod, around.now), pod, queuedAt }, around));
  return { rows, unseen };
}

/** Pods that failed and were counted, and are not there any more. */
export function goneOf({ failed, uncounted }: Job, pods: readonly Pod[]): number {
  // A pod is counted before it loses its finalizer, so that what lacks it, or is about to, is in the sum.
  const counted = pods.filter(
    ({ uid, phase, deletedBy, finalizers }) =>
      (phase === 'Failed' || (phase !== 'Succeeded' && deletedBy !== undefined)) &&
      (uncounted.includes(uid) || !finalizers.includes(TRACKED))
  );
  return Math.max(0, failed + uncounted.length - counted.length);
}

export function byAge(a: Pod, b: Pod): number {
  return a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1);
}

interface Ended {
  job: Job;
  next: number;
  /** The pod that ran when the deadline came is gone. */
  lostLast: boolean;
}

/** A job that has ended: its last try has ended so, or there is one that nothing else tells of. */
function withEnd({ rows, unseen }: Tries, end: JobEnd, { job, next, lostLast }: Ended, around: Around): Tries {
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
function lastNumber({ restartsInPlace, backoffLimit = 0 }: Job, { reason }: JobEnd, counted: number): number {
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

function isBefore({ finishedAt = 0 }: TaskRun, { at }: JobEnd): boolean {
  return finishedAt < at - MOMENT_MS;
}

/** The last try, with what its job says of the end. One that a deadline ended was killed by it, whatever its code. */
function endedBy(last: TaskRun, end: JobEnd): TaskRun {
  if (last.state !== 'failed') {
    return last;
  }
  const evidence = [last.evidence, `The job ended: ${sayEnd(end)}`].filter((part) => part !== undefined).join(' ');
  return end.substate === 'timed_out'
    ? { ...last, substate: 'timed_out', error: compact({ type: end.reason, message: end.message }), evidence }
    : { ...last, evidence };
}

/** A job that has not ended, where no pod says so: it is suspended, waits for its next try, or has just been made. */
function withWaiting({ rows, unseen }: Tries, job: Job, next: number, around: Around): Tries {
  if (rows.some(({ state }) => state === 'pending' || state === 'running') || (rows.length > 0 && isEnding(job))) {
    return { rows, unseen };
  }
  const standing = waitingStanding(job, rows.at(-1));
  if (standing === undefined) {
    return { rows, unseen };
  }
  const since = rows.at(-1)?.finishedAt;
  return {
    rows: [...rows, rowOf({ job, attempt: next, standing, ...(since !== undefined && { queuedAt: since }) }, around)],
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
