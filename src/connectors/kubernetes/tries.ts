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
    return rows.some(({ state }) => state === 'completed')
      ? { rows, unseen }
      : {
          rows: [...rows, rowOf({ job, attempt: next, standing: byJob(job, end, next), ...waited(job) }, around)],
          unseen,
        };
  }
  if (last === undefined) {
    const attempt = Math.max(1, lostLast ? next : next - 1);
    const counted = lostLast || unseen === 0 ? unseen : unseen - 1;
    return {
      rows: [rowOf({ job, attempt, standing: byJob(job, end, attempt), ...waited(job) }, around)],
      unseen: counted,
    };
  }
  if (end.substate === 'timed_out' && isTerminal(last.state) && (lostLast || isBefore(last, end))) {
    return { rows: [...rows, rowOf({ job, attempt: next, standing: byJob(job, end, next) }, around)], unseen };
  }
  return { rows: [...rows.slice(0, -1), endedBy(last, end)], unseen };
}

/** What the job says of a try without a pod. */
function byJob(job: Job, end: JobEnd, attempt: number): Standing {
  const { state, substate, reason, message, at } = end;
  return compact<Standing>({
    state,
    substate,
    nativeState: reason ?? 'Complete',
    // It is the start of the first one, and of the job.
    startedAt: attempt === 1 ? job.startedAt : undefined,
    finishedAt: at,
    error: state === 'failed' ? compact({ type: reason, message }) : undefined,
    evidence: 'Told by the job: the pod is gone, or there was none.',
  });
}

function waited({ startedAt }: Job): { queuedAt?: number } {
  return startedAt === undefined ? {} : { queuedAt: startedAt };
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
  const mayRetry = last.state === 'failed' && job.failed <= (job.backoffLimit ?? Infinity);
  return mayRetry ? { state: 'pending', substate: 'retrying', nativeState: 'Backoff' } : undefined;
}
