import { compact } from '../../../../src/model/read-shape';
import { UNNAMED_TASK } from '../../../../src/model/run-record';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';

/** One try of a task, as far as events have told. */
export interface Try {
  readonly uuid: string;
  /** From 1: `retries` and what Celery does not count, deliveries after the first. */
  readonly attempt: number;
  readonly retries: number;
  /** Deliveries after the first that were no retries. */
  readonly redeliveries: number;
  /** When it was heard of first. */
  readonly bornAt: EpochMs;
  name?: string;
  queue?: string;
  args?: string;
  parentId?: string;
  rootId?: string;
  eta?: EpochMs;
  sentAt?: EpochMs;
  receivedAt?: EpochMs;
  worker?: string;
  startedAt?: EpochMs;
  endedAt?: EpochMs;
  /** The type of the event that ended it. */
  end?: string;
  /** When it was last said to be alive. */
  signAt?: EpochMs;
  /** Of one that another process has heard of: all up to here is known. */
  knownTo?: EpochMs;
  /** Nobody vouches for it: since when. */
  muteAt?: EpochMs;
}

/** The label that says how often an attempt was delivered anew without being a retry. */
export const REDELIVERIES = 'redeliveries';
/** The label that says when it was to run. */
export const ETA = 'eta';
/** Most tasks that have not ended and are remembered; the oldest are forgotten first. */
const MOST_OPEN = 500_000;
/** Ended tasks that are remembered for what is told twice, or late. */
const MOST_ENDED = 20_000;

/** The tries of tasks that are remembered: all that have not ended, and those that ended last. */
export class Tries {
  private readonly open = new Map<string, Try[]>();
  private readonly ended = new Map<string, Try[]>();
  /** By worker, what it has started and not ended. */
  private readonly running = new Map<string, Set<Try>>();

  /** What is known of them from before. */
  recall(runs: readonly TaskRun[]): void {
    for (const run of [...runs].sort((a, b) => a.attempt - b.attempt)) {
      if (this.of(run.runId)?.some(({ attempt }) => attempt === run.attempt) !== true) {
        this.add(asTry(run));
      }
    }
  }

  has(uuid: string): boolean {
    return this.of(uuid) !== undefined;
  }

  /** The newest try of the task. */
  latest(uuid: string): Try | undefined {
    return this.of(uuid)?.at(-1);
  }

  /** What the worker has started and not ended. */
  runningOn(worker: string): Iterable<Try> {
    return this.running.get(worker) ?? [];
  }

  allRunning(): Try[] {
    return [...this.running.values()].flatMap((tries) => [...tries]);
  }

  /** Tasks whose newest try has not ended. */
  openUuids(): string[] {
    return [...this.open.keys()];
  }

  /** The try after one that is to be tried again. It exists already where it was heard of first. */
  next(before: Try, how: 'retried' | 'requeued', at: EpochMs): { next: Try; isNew: boolean } {
    const tries = this.of(before.uuid) ?? [];
    const later = tries.find((one) => one.attempt > before.attempt);
    return later === undefined
      ? { next: this.follow(before, how === 'retried' ? before.retries + 1 : before.retries, at), isNew: true }
      : { next: later, isNew: false };
  }

  end(one: Try, at: EpochMs, how: string): void {
    one.endedAt = at;
    one.end = how;
    this.running.get(one.worker ?? '')?.delete(one);
    const tries = this.open.get(one.uuid);
    if (tries !== undefined && tries.every(({ endedAt }) => endedAt !== undefined)) {
      this.open.delete(one.uuid);
      this.ended.set(one.uuid, tries);
      this.forgetOldest(this.ended, MOST_ENDED);
    }
  }

  /** All tries of a task, the first one first. */
  of(uuid: string): Try[] | undefined {
    return this.open.get(uuid) ?? this.ended.get(uuid);
  }

  add(fresh: Try): Try {
    const known = this.of(fresh.uuid);
    const tries = known ?? [];
    tries.push(fresh);
    tries.sort((a, b) => a.attempt - b.attempt);
    if (tries.some(({ endedAt }) => endedAt === undefined)) {
      this.ended.delete(fresh.uuid);
      this.open.set(fresh.uuid, tries);
      this.forgetOldest(this.open, MOST_OPEN);
    } else {
      this.ended.set(fresh.uuid, tries);
      this.forgetOldest(this.ended, MOST_ENDED);
    }
    if (fresh.startedAt !== undefined && fresh.endedAt === undefined) {
      this.run(fresh);
    }
    return fresh;
  }

  /** A new try of the same task. */
  follow(before: Try, retries: number, bornAt: EpochMs): Try {
    const { uuid, name, queue, args, parentId, rootId } = before;
    const redeliveries = before.redeliveries + (retries > before.retries ? 0 : 1);
    return this.add({
      uuid,
      retries,
      redeliveries,
      bornAt,
      attempt: Math.max(before.attempt + 1, retries + 1 + redeliveries),
      ...(name !== undefined && { name }),
      ...(queue !== undefined && { queue }),
      ...(args !== undefined && { args }),
      ...(parentId !== undefined && { parentId }),
      ...(rootId !== undefined && { rootId }),
    });
  }

  private forgetOldest(known: Map<string, Try[]>, most: number): void {
    if (known.size <= most) {
      return;
    }
    for (const [uuid, tries] of known) {
      tries.forEach((one) => this.running.get(one.worker ?? '')?.delete(one));
      known.delete(uuid);
      if (known.size <= most * 0.9) {
        return;
      }
    }
  }

  /** It runs now on its worker. */
  run(one: Try): void {
    const { worker = '' } = one;
    const running = this.running.get(worker);
    if (running === undefined) {
      this.running.set(worker, new Set([one]));
    } else {
      running.add(one);
    }
  }
}

/** How a run is kept in words of tries. */
function asTry(run: TaskRun): Try {
  const { runId, attempt, task, queue, worker, startedAt, finishedAt, parentId, rootId, observedAt, state } = run;
  const redeliveries = Number(run.labels?.[REDELIVERIES] ?? 0);
  const eta = Date.parse(run.labels?.[ETA] ?? '');
  const end = run.substate === 'lost' ? 'lost' : `task-${(run.nativeState ?? state).toLowerCase()}`;
  return compact<Try>({
    uuid: runId,
    attempt,
    redeliveries,
    retries: Math.max(0, attempt - 1 - redeliveries),
    bornAt: run.createdAt ?? run.queuedAt ?? startedAt ?? observedAt,
    name: task === UNNAMED_TASK ? undefined : task,
    queue,
    worker,
    startedAt,
    parentId,
    rootId,
    eta: Number.isNaN(eta) ? undefined : eta,
    ...(finishedAt !== undefined && { endedAt: finishedAt, end }),
    muteAt: state === 'unknown' ? observedAt : undefined,
    knownTo: observedAt,
  });
}
