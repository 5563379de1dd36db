import type { LifecycleState, Substate } from '../../../../src/model/lifecycle';
import { compact } from '../../../../src/model/read-shape';
import type { RunError, TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import { redactText } from '../../agent/redact';
import type { BullJob } from './job';

/** Id of this source system, in front of every error. */
export const BULLMQ = 'bullmq';

/** A job as the run of its last attempt: BullMQ keeps one row for all of them, and counts how often it was begun. */
export function toTaskRun(job: BullJob): TaskRun {
  const { queue, id, starts, createdAt, delayMs, startedAt, endedAt, place } = job;
  const hasEnded = place === 'completed' || place === 'failed';
  const isRunning = place === 'active';
  const isRetry = hasEnded || isRunning ? starts > 1 : starts > 0;
  const dueAt = createdAt + delayMs;
  const judgement = judge(job);
  return compact<TaskRun>({
    source: BULLMQ,
    // Ids are numbers that each queue counts by itself.
    runId: `${queue}:${id}`,
    attempt: hasEnded || isRunning ? Math.max(1, starts) : starts + 1,
    ...judgement,
    nativeState: place,
    task: job.name,
    kind: 'task',
    worker: hasEnded || isRunning ? job.worker : undefined,
    queue,
    createdAt: isRetry ? undefined : createdAt,
    // Since when a later attempt waits is not told.
    queuedAt:
      isRetry || place === 'delayed' || place === 'waiting-children' ? undefined : Math.min(dueAt, startedAt ?? dueAt),
    startedAt: hasEnded || isRunning ? startedAt : undefined,
    finishedAt: hasEnded ? endedAt : undefined,
    observedAt: (hasEnded ? endedAt : undefined) ?? newest(createdAt, startedAt),
    maxAttempts: job.maxAttempts,
    parentId: job.parentId,
    labels: job.schedule === undefined ? undefined : { schedule: job.schedule },
    args: job.data === undefined ? undefined : redactText(job.data),
    result: place === 'completed' && job.result !== undefined ? redactText(job.result) : undefined,
  });
}

function newest(createdAt: EpochMs, startedAt: EpochMs | undefined): EpochMs {
  return Math.max(createdAt, startedAt ?? 0);
}

interface Judgement {
  state: LifecycleState;
  substate?: Substate;
  error?: RunError;
  evidence?: string;
}

function judge(job: BullJob): Judgement {
  switch (job.place) {
    case 'wait':
    case 'paused':
    case 'prioritized':
      return { state: 'pending', substate: job.starts > 0 ? 'retrying' : 'queued' };
    case 'delayed':
      return { state: 'pending', substate: job.starts > 0 ? 'retrying' : 'scheduled' };
    case 'waiting-children':
      return { state: 'pending', substate: 'deferred' };
    case 'active':
      return job.isLocked === false
        ? {
            state: 'failed',
            substate: 'lost',
            evidence: `Nobody holds its lock: ${job.worker ?? 'its worker'} is gone or hangs. BullMQ calls it stalled when another worker looks.`,
          }
        : { state: 'running', substate: 'executing' };
    case 'completed':
      return { state: 'completed', substate: 'success' };
    case 'failed':
      return {
        state: 'failed',
        substate: /^job stalled more than/.test(job.failedReason ?? '') ? 'lost' : 'error',
        ...errorOf(job),
      };
  }
}

/** The class is only in the stack: `RangeError: no such order`. */
function errorOf({ failedReason, stack }: BullJob): { error?: RunError } {
  const message = failedReason === undefined ? undefined : redactText(failedReason);
  const type = /^([A-Za-z_$][\w$]*(?:Error|Exception)?)(?::|\n)/.exec(stack ?? '')?.[1];
  const error = compact<RunError>({ type, message, stack: stack === undefined ? undefined : redactText(stack) });
  return Object.keys(error).length === 0 ? {} : { error };
}
