import type { TaskRun } from '../../model/task-run';
import { compact } from '../../model/read-shape';
import { endingOf, jobEnd, sayEnd } from './job-end';
import type { Standing } from './pod-state';
import { runIdOf, taskOf } from './names';
import { indexOf, rowOf } from './row';
import type { Around } from './row';
import { byAge, goneOf, podTries, triesOf } from './tries';
import type { Tries } from './tries';
import type { Job, Pod } from './wire';

/** The index's number of tries before this one, where there is a limit per index. */
const FAILURES_OF_INDEX = 'batch.kubernetes.io/job-index-failure-count';

/**
 * A job as rows: of one that runs a pod at a time its tries, of one with several pods or with indexes the job, and below it each
 * index, or each pod where pods have none. The words are in this folder's README.
 */
export function toTaskRuns(job: Job, pods: readonly Pod[], around: Around): Tries {
  const isOne = !job.isIndexed && job.parallelism <= 1 && (job.completions ?? 1) <= 1;
  return isOne ? triesOf(job, pods, around) : manyOf(job, pods, around);
}

function manyOf(job: Job, pods: readonly Pod[], around: Around): Tries {
  const { maxAttempts: _, ...whole } = rowOf({ job, attempt: 1, standing: standingOfJob(job), ...began(job) }, around);
  const found: Tries = { rows: [whole], unseen: goneOf(job, pods) };
  for (const [part, ofPart] of groupByPart([...pods].sort(byAge))) {
    let next = 1;
    for (const pod of ofPart) {
      const before = Number(pod.annotations[FAILURES_OF_INDEX]);
      const { rows, unseen } = podTries(job, pod, Number.isSafeInteger(before) ? before + 1 : next, around);
      found.rows.push(...rows.map((row) => below(row, job, part, around)));
      found.unseen += unseen;
      next = (rows.at(-1)?.attempt ?? 0) + 1;
    }
  }
  return found;
}

function groupByPart(pods: readonly Pod[]): Map<string, Pod[]> {
  const parts = new Map<string, Pod[]>();
  for (const pod of pods) {
    const part = indexOf(pod) ?? pod.name;
    parts.set(part, [...(parts.get(part) ?? []), pod]);
  }
  return parts;
}

/** `report.pod`: a task of its own, so that a job does not count once for each of its pods. */
function below(row: TaskRun, job: Job, part: string, { scope }: Around): TaskRun {
  const parentId = runIdOf(job, scope);
  const { maxAttempts, ...rest } = row;
  return {
    ...rest,
    // Which of the other pods comes in the place of one that failed is not told; an index has tries.
    ...(job.isIndexed && maxAttempts !== undefined && { maxAttempts }),
    runId: `${parentId}/${part}`,
    task: `${taskOf(job, scope)}.pod`,
    kind: 'task',
    parentId,
    rootId: parentId,
  };
}

function began({ startedAt }: Job): { queuedAt?: number } {
  return startedAt === undefined ? {} : { queuedAt: startedAt };
}

function standingOfJob(job: Job): Standing {
  const { completions, active, ready, failed, succeeded, startedAt } = job;
  const end = jobEnd(job);
  const done = completions === undefined ? `${succeeded}` : `${succeeded} of ${completions}`;
  const counts = `${done} completed, ${active} active, ${failed} failed.`;
  if (end !== undefined) {
    const { state, substate, reason, message, at } = end;
    return compact<Standing>({
      state,
      substate,
      nativeState: reason ?? 'Complete',
      startedAt,
      finishedAt: at,
      error: state === 'failed' ? compact({ type: reason, message }) : undefined,
      evidence: state === 'failed' ? `${sayEnd(end)} (${counts})` : undefined,
    });
  }
  if (job.isSuspended) {
    return { state: 'pending', substate: 'suspended', nativeState: 'Suspended', evidence: counts };
  }
  if (endingOf(job) !== undefined) {
    return compact<Standing>({
      state: 'running',
      substate: 'stopping',
      nativeState: 'Stopping',
      startedAt,
      evidence: counts,
    });
  }
  return active + succeeded + failed === 0
    ? { state: 'pending', substate: 'queued', nativeState: 'Pending' }
    : compact<Standing>({
        state: 'running',
        substate: ready > 0 || active === 0 ? 'executing' : 'starting',
        nativeState: 'Active',
        startedAt,
        evidence: counts,
      });
}
