import { pythonError } from '../../../../src/connectors/python-error';
import type { LifecycleState, Substate } from '../../../../src/model/lifecycle';
import { compact } from '../../../../src/model/read-shape';
import { UNNAMED_TASK } from '../../../../src/model/run-record';
import type { RunError, TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import { redactText } from '../../agent/redact';
import type { RqJob, RqResult } from './job';

/** Id of this source system, in front of every error. */
export const RQ = 'rq';

interface Judgement {
  state: LifecycleState;
  substate?: Substate;
  finishedAt?: EpochMs;
  evidence?: string;
  signal?: string;
  error?: RunError;
}

/**
 * A job as runs: one for each try that asked for another by what it returned, which RQ keeps, and one for the last. Tries that failed
 * and were tried again leave nothing behind: they are in the last.
 *
 * @param now against which the promises of workers are held
 */
export function toTaskRuns(job: RqJob, now: EpochMs): TaskRun[] {
  const { task, args } = callOf(job.description);
  const { queue, retried, dependsOn, cron, createdAt, enqueuedAt } = job;
  const earlier = job.results.filter(({ type }) => type === 'retried');
  const common = {
    source: RQ,
    runId: job.id,
    task,
    kind: 'task' as const,
    queue,
    args,
    parentId: dependsOn[0],
    labels: cron === undefined ? undefined : { cron },
  };
  const before = earlier.map((result, index) =>
    compact<TaskRun>({
      ...common,
      // The stream keeps ten results.
      attempt: Math.max(1, retried - earlier.length + index + 1),
      state: 'failed',
      substate: 'error',
      nativeState: 'retried',
      worker: result.worker,
      startedAt: result.startedAt,
      finishedAt: result.endedAt ?? result.at,
      observedAt: result.at,
      evidence: 'The job returned Retry.',
    })
  );
  const judgement = judge(job, now);
  const last = job.results.at(-1);
  const isOver = judgement.finishedAt !== undefined || judgement.state === 'cancelled';
  const startedAt = isOver || job.status === 'started' ? job.startedAt : undefined;
  const isRetry = retried > 0 || (job.startedAt !== undefined && !isOver && job.status !== 'started');
  return [
    ...before,
    compact<TaskRun>({
      ...common,
      ...judgement,
      attempt: retried + 1,
      nativeState: job.status,
      worker: job.worker ?? (isOver ? last?.worker : undefined),
      createdAt: isRetry ? undefined : createdAt,
      queuedAt: isRetry && !isOver && job.status !== 'started' ? undefined : enqueuedAt,
      startedAt,
      observedAt: Math.max(
        createdAt ?? 0,
        enqueuedAt ?? 0,
        startedAt ?? 0,
        judgement.finishedAt ?? 0,
        job.status === 'started' ? (job.heartbeatAt ?? 0) : 0
      ),
    }),
  ];
}

function judge(job: RqJob, now: EpochMs): Judgement {
  const last = job.results.at(-1);
  const finishedAt = last?.type === 'retried' ? job.endedAt : (last?.endedAt ?? job.endedAt ?? last?.at);
  const end = finishedAt === undefined ? {} : { finishedAt };
  const hasBegun = job.startedAt !== undefined || job.retried > 0;
  switch (job.status) {
    case 'created':
      return { state: 'pending', substate: 'created' };
    case 'queued':
    case 'rate_limited':
    case 'ready_to_enqueue':
      return { state: 'pending', substate: hasBegun ? 'retrying' : 'queued' };
    case 'scheduled':
      return { state: 'pending', substate: hasBegun ? 'retrying' : 'scheduled' };
    case 'deferred':
      return job.failedDependencies.length === 0
        ? { state: 'pending', substate: 'deferred' }
        : {
            state: 'pending',
            substate: 'deferred',
            evidence: `It waits for ${job.failedDependencies[0]}, which failed: RQ starts it only when that is run again and succeeds.`,
          };
    case 'started':
      return job.aliveUntil !== undefined && job.aliveUntil < now
        ? lost(
            job,
            `${job.worker ?? 'Its worker'} vouched for it until ${new Date(job.aliveUntil).toISOString()} and not since.`
          )
        : { state: 'running', substate: 'executing' };
    case 'finished':
      return { state: 'completed', substate: 'success', ...end };
    case 'failed':
      return { ...failed(last), ...end };
    case 'stopped':
      // RQ sets no end, and its result says that it failed.
      return { state: 'cancelled', substate: 'stopped', ...(last !== undefined && { finishedAt: last.at }) };
    case 'canceled':
      return { state: 'cancelled', substate: 'revoked' };
    default:
      return { state: 'unknown' };
  }
}

function lost(job: RqJob, evidence: string): Judgement {
  const finishedAt = job.heartbeatAt ?? job.startedAt;
  return { state: 'failed', substate: 'lost', evidence, ...(finishedAt !== undefined && { finishedAt }) };
}

function failed(last: RqResult | undefined): Judgement {
  if (last?.type === 'exhausted') {
    return { state: 'failed', substate: 'error', evidence: 'The job returned Retry more often than it may.' };
  }
  const text = redactText(last?.exception ?? '');
  // `Work-horse terminated unexpectedly; waitpid returned 9 (signal 9); `
  const signal = /waitpid returned \d+ \(signal (\d+)\)/.exec(text)?.[1];
  if (signal !== undefined) {
    return {
      state: 'failed',
      substate: 'killed',
      signal: SIGNALS[signal] ?? `signal ${signal}`,
      error: { message: text.trim() },
    };
  }
  const error = pythonError(undefined, text === '' ? undefined : text);
  const isPlain = error !== undefined && error.type === undefined;
  const kept = isPlain ? { message: text.trim() } : error;
  const substate =
    error?.type === 'JobTimeoutException' ? 'timed_out' : /AbandonedJobError/.test(text) ? 'lost' : 'error';
  return { state: 'failed', substate, ...(kept !== undefined && { error: kept }) };
}

const SIGNALS: Readonly<Record<string, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  6: 'SIGABRT',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
};

/** The description is the call, `shop.charge(7)`, unless the job was given another one; then that is all there is. */
function callOf(description: string | undefined): { task: string; args?: string } {
  const call = /^([\w.<>]+)\(([^]*)\)$/.exec(description ?? '');
  if (call === null) {
    return { task: description === undefined ? UNNAMED_TASK : redactText(description) };
  }
  return { task: call[1]!, ...(call[2] !== '' && { args: `(${redactText(call[2]!)})` }) };
}
