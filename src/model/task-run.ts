import { elapsedMs } from './elapsed';
import type { LifecycleState, Substate } from './lifecycle';
import type { Bytes, CpuSeconds, DurationMs, EpochMs } from './units';

/** What kind of thing ran. */
export const RUN_KINDS = ['task', 'process', 'unit', 'job', 'span'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

export interface RunError {
  /** The class or code as the source names it: `SMTPServerDisconnected`, `ECONNRESET`. */
  type?: string;
  /** First line first; may have several lines. */
  message?: string;
  stack?: string;
}

/**
 * What may be known of an attempt beside its key, its state and its task: what an event can tell, and what a run then has.
 *
 * `undefined` means "not reported". There is no `null`, no `-1` and no `0` for unknown.
 */
export interface RunFacts {
  substate?: Substate;
  /** The source's own word, verbatim. */
  nativeState?: string;
  /** What led to a derived state such as `lost`: "no heartbeat since 12:00:03, agent host-b silent". */
  evidence?: string;

  kind?: RunKind;
  worker?: string;
  host?: string;
  queue?: string;

  createdAt?: EpochMs;
  queuedAt?: EpochMs;
  startedAt?: EpochMs;
  finishedAt?: EpochMs;

  /**
   * The promise that a sign of life (an event of any kind) comes at least this often until the attempt ends, also while
   * it waits. Who gives it can be missed from the first event on.
   */
  heartbeatMs?: DurationMs;

  /** @asType integer */
  maxAttempts?: number;
  error?: RunError;
  /** @asType integer */
  exitCode?: number;
  /** Name, not number: `SIGKILL`. */
  signal?: string;

  parentId?: string;
  rootId?: string;
  traceId?: string;
  spanId?: string;
  parentSpanId?: string;

  /** CPU time used by the attempt so far or in total, all processes of its tree. */
  cpuSeconds?: CpuSeconds;
  /** Largest resident memory seen. */
  maxRssBytes?: Bytes;
  /** The most memory that it may use, where there is a limit: the smallest of those that hold. */
  memoryLimitBytes?: Bytes;
  /** The most CPU time per second that it may use, where there is a limit: 1.5 = one and a half cores. */
  cpuLimitCores?: number;

  /**
   * Told by the store, not by senders: how far the clock of the run's worker was ahead of its own (negative: behind),
   * where they differ by more than a few seconds. The instants are corrected by it.
   */
  clockAheadMs?: DurationMs;

  labels?: Readonly<Record<string, string>>;
  /** Text as the source gives it, cut and redacted. */
  args?: string;
  result?: string;
}

/** One attempt of one task run: the row that everything in Runlane is about. Key: `(source, runId, attempt)`. */
export interface TaskRun extends RunFacts {
  /** The connected system, as the user named it: `celery-prod`. */
  source: string;
  runId: string;
  /**
   * 1 for the first try.
   * @asType integer
   * @minimum 1
   */
  attempt: number;
  /**
   * A later attempt of the same run is known, so that this one's end is not the run's. Who holds the runs finds it out
   * (`attempts.ts`); senders do not tell it.
   */
  retried?: true;

  state: LifecycleState;
  /** The named kind of work: `email.send`. */
  task: string;
  /** When somebody last saw this run: the newest evidence of any kind. */
  observedAt: EpochMs;
}

/** The key of an attempt as one string. A line feed separates, because ids hold every other character. */
export function runKey(run: Pick<TaskRun, 'source' | 'runId' | 'attempt'>): string {
  return `${run.source}\n${run.runId}\n${run.attempt}`;
}

/**
 * The state in which a run ended, by its last attempt; `undefined` while it has not ended, and for an attempt that was
 * followed by another. Runs are counted by this, so that a run counts once however often it was tried.
 */
export function verdictOf(run: Pick<TaskRun, 'state' | 'retried'>): LifecycleState | undefined {
  return run.retried === true || run.state === 'pending' || run.state === 'running' ? undefined : run.state;
}

/** Whether this is an attempt that ended and was then followed by another of the same run. */
export function isRetried(run: Pick<TaskRun, 'state' | 'retried'>): boolean {
  return run.retried === true && run.state !== 'pending' && run.state !== 'running';
}

/** When a run began to exist for its observers: the earliest instant that is known. */
export function beganAt(run: TaskRun): EpochMs {
  return run.createdAt ?? run.queuedAt ?? run.startedAt ?? run.finishedAt ?? run.observedAt;
}

/** Milliseconds between being queued (or created) and started, or `undefined` when they do not tell it (`elapsedMs`). */
export function waitMs(run: TaskRun): DurationMs | undefined {
  return reported(elapsedMs(run.queuedAt ?? run.createdAt ?? NaN, run.startedAt ?? NaN));
}

/** Milliseconds between started and finished, or `undefined` when they do not tell it (`elapsedMs`). */
export function durationMs(run: TaskRun): DurationMs | undefined {
  return reported(elapsedMs(run.startedAt ?? NaN, run.finishedAt ?? NaN));
}

function reported(ms: DurationMs): DurationMs | undefined {
  return Number.isNaN(ms) ? undefined : ms;
}

/** Whether a run ended in a way no program asks for: a signal, out of memory, a non-zero code, or lost. */
export function isAbnormalExit(run: Pick<TaskRun, 'state' | 'substate' | 'signal' | 'exitCode'>): boolean {
  if (run.state !== 'failed') {
    return false;
  }
  return (
    run.signal !== undefined ||
    (run.exitCode !== undefined && run.exitCode !== 0) ||
    run.substate === 'oom' ||
    run.substate === 'killed' ||
    run.substate === 'lost'
  );
}
