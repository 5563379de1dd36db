import { compact } from '../../../../src/model/read-shape';
import { UNNAMED_TASK } from '../../../../src/model/run-record';
import type { TaskRun } from '../../../../src/model/task-run';
import type { EpochMs } from '../../../../src/model/units';
import type { CeleryEvent } from './celery-event';

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

/** Why a try has ended although nobody said so. */
export type Untold = 'redelivered' | 'replaced' | 'followed' | 'lost';

export interface EndedUntold {
  try: Try;
  how: Untold;
  /** When that was known. */
  at: EpochMs;
  /** Of a task that replaced itself, the other one. */
  by?: string;
}

/** Which try an event is about, and what that says of others. */
export interface Meant {
  meant: Try;
  /** It is heard of for the first time. */
  isNew?: true;
  /** Tries before it that have ended untold, and how that is known. */
  ended?: readonly EndedUntold[];
  /** It has ended like this already: nothing new. */
  isRepeated?: true;
}

/** The label that says how often an attempt was delivered anew without being a retry. */
export const REDELIVERIES = 'redeliveries';
/** The label that says when it was to run. */
export const ETA = 'eta';
/** Ends that no event told: what is told of them still counts. */
const CONCLUDED: ReadonlySet<string> = new Set(['redelivered', 'followed', 'lost', 'result']);
/** Between two reports of one end. */
const TOLD_AGAIN_WITHIN_MS = 5_000;
/** Most tasks that have not ended and are remembered; the oldest are forgotten first. */
const MOST_OPEN = 500_000;
/** Ended tasks that are remembered for what is told twice, or late. */
const MOST_ENDED = 20_000;

/**
 * The tries of tasks. Celery's events name the task, not the try; only task-sent and task-received tell `retries`, which does not count a
 * task that goes back to the queue. So tries are numbered here, by what came before.
 */
export class Tries {
  private readonly open = new Map<string, Try[]>();
  private readonly ended = new Map<string, Try[]>();
  /** By worker, what it has started and not ended. */
  private readonly running = new Map<string, Set<Try>>();

  /** What is known of them from before. */
  recall(runs: readonly TaskRun[]): void {
    for (const run of [...runs].sort((a, b) => a.attempt - b.attempt)) {
      if (this.find(run.runId)?.some(({ attempt }) => attempt === run.attempt) !== true) {
        this.add(asTry(run));
      }
    }
  }

  has(uuid: string): boolean {
    return this.find(uuid) !== undefined;
  }

  /** The newest try of the task. */
  latest(uuid: string): Try | undefined {
    return this.find(uuid)?.at(-1);
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

  /** The try that the event is about, which it then is: sent, received, started or ended. */
  meet(event: CeleryEvent): Meant {
    switch (event.type) {
      case 'task-sent':
      case 'task-received':
        return this.meetNamed(event);
      case 'task-started':
        return this.meetStart(event);
      default:
        return this.meetEnd(event);
    }
  }

  /** The try after one that is to be tried again. It exists already where it was heard of first. */
  next(before: Try, how: 'retried' | 'requeued', at: EpochMs): { next: Try; isNew: boolean } {
    const tries = this.find(before.uuid) ?? [];
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

  private meetNamed(event: CeleryEvent): Meant {
    const { uuid, retries = 0, name, type, at } = event;
    const tries = this.find(uuid);
    const last = tries?.at(-1);
    if (tries === undefined || last === undefined) {
      return {
        meant: this.fill(this.add({ uuid, retries, redeliveries: 0, attempt: retries + 1, bornAt: at }), event),
        isNew: true,
      };
    }
    const alike = tries.filter((one) => one.retries === retries);
    const named = alike.filter((one) => name === undefined || one.name === undefined || one.name === name);
    const same = named.length > 0 ? named : alike;
    const told = same.find((one) => (type === 'task-sent' ? one.sentAt : one.receivedAt) === at);
    if (told !== undefined) {
      return { meant: told };
    }
    const heardBefore = same.findLast(({ knownTo = -Infinity, bornAt }) => bornAt <= at && at <= knownTo);
    if (heardBefore !== undefined) {
      return { meant: this.fill(heardBefore, event) };
    }
    const candidate =
      type === 'task-sent' ? (same.find(({ sentAt }) => sentAt === undefined) ?? same.at(-1)) : same.at(-1);
    if (candidate === undefined) {
      const before = [...tries].reverse().find((one) => one.retries < retries);
      const fresh =
        before === undefined
          ? this.add({ uuid, retries, redeliveries: 0, attempt: retries + 1, bornAt: at })
          : this.follow(before, retries, at);
      return { meant: this.fill(fresh, event), isNew: true };
    }
    // The message is there again although the try had begun: its worker is gone or gave it back, or it became another task.
    const isReplaced = name !== undefined && candidate.name !== undefined && candidate.name !== name;
    const hasBegun = candidate.startedAt !== undefined && at >= candidate.startedAt;
    const isAgain =
      type === 'task-received'
        ? (candidate.receivedAt !== undefined || candidate.knownTo !== undefined) &&
          (candidate.endedAt === undefined ? hasBegun : at > candidate.endedAt)
        : candidate.endedAt !== undefined && candidate.sentAt !== undefined && at > candidate.endedAt;
    if (!isAgain && !isReplaced) {
      return { meant: this.fill(candidate, event) };
    }
    const fresh = this.follow(candidate, retries, at);
    if (isReplaced) {
      delete fresh.args;
    }
    const how = isReplaced ? ('replaced' as const) : ('redelivered' as const);
    // That it has begun may be told after it replaced itself: workers send what they do in batches.
    const isOver = candidate.endedAt === undefined && (candidate.startedAt !== undefined || !isReplaced);
    const ended = isOver ? [{ try: candidate, how, at, ...(name !== undefined && { by: name }) }] : [];
    ended.forEach((one) => this.end(one.try, one.try.startedAt ?? at, how));
    return { meant: this.fill(fresh, event), isNew: true, ended };
  }

  private meetStart(event: CeleryEvent): Meant {
    const { uuid, at, hostname } = event;
    const tries = this.find(uuid);
    const told = tries?.find(({ startedAt, worker }) => startedAt === at && worker === hostname);
    if (told !== undefined) {
      return { meant: told };
    }
    const waiting = (tries ?? []).filter(({ startedAt, endedAt }) => startedAt === undefined && endedAt === undefined);
    const meant = waiting.findLast(({ worker }) => worker === hostname) ?? waiting.at(-1);
    if (meant !== undefined) {
      this.start(meant, event);
      const replacement = tries?.find(
        ({ attempt, name, retries }) =>
          attempt > meant.attempt &&
          retries === meant.retries &&
          name !== undefined &&
          meant.name !== undefined &&
          name !== meant.name
      );
      if (replacement === undefined) {
        return { meant };
      }
      this.end(meant, replacement.bornAt, 'replaced');
      return { meant, ended: [{ try: meant, how: 'replaced', at: replacement.bornAt, by: replacement.name }] };
    }
    const last = tries?.at(-1);
    if (last === undefined) {
      const fresh = this.add({ uuid, retries: 0, redeliveries: 0, attempt: 1, bornAt: at });
      return { meant: this.start(fresh, event), isNew: true };
    }
    if (last.startedAt === undefined || (last.startedAt ?? Infinity) >= at || (last.knownTo ?? -Infinity) >= at) {
      // Told after its end, or again.
      return { meant: last };
    }
    // It was delivered again, and that was not heard.
    const fresh = this.follow(last, last.end === 'task-retried' ? last.retries + 1 : last.retries, at);
    const ended = last.endedAt === undefined ? [{ try: last, how: 'redelivered' as const, at }] : [];
    ended.forEach((one) => this.end(one.try, one.try.startedAt ?? at, one.how));
    return { meant: this.start(fresh, event), isNew: true, ended };
  }

  /** The first try that this worker has begun and not ended: of two, the older one ends first. */
  private meetEnd(event: CeleryEvent): Meant {
    const { uuid, hostname, type, at } = event;
    const tries = this.find(uuid) ?? [];
    const open = tries.filter(({ endedAt }) => endedAt === undefined);
    const begun = open.filter(({ startedAt }) => startedAt !== undefined);
    const mayBeUnbegun = type !== 'task-succeeded' && type !== 'task-retried';
    const meant =
      begun.find(({ worker }) => worker === hostname) ??
      tries.find(({ worker, end = '' }) => worker === hostname && CONCLUDED.has(end)) ??
      begun.at(0) ??
      (mayBeUnbegun || tries.every(({ endedAt }) => endedAt === undefined) ? open.at(0) : undefined);
    const last = tries.at(-1);
    if (meant === undefined && last === undefined) {
      return { meant: this.add({ uuid, retries: 0, redeliveries: 0, attempt: 1, bornAt: at }), isNew: true };
    }
    if (meant === undefined || isTwiceTold(tries, meant, event)) {
      const one = tries.findLast(({ endedAt }) => endedAt !== undefined) ?? last!;
      return { meant: one, isRepeated: true };
    }
    const before = open.filter(({ attempt }) => attempt < meant.attempt);
    return { meant, ended: before.map((one) => ({ try: one, how: 'followed' as const, at })) };
  }

  private find(uuid: string): Try[] | undefined {
    return this.open.get(uuid) ?? this.ended.get(uuid);
  }

  private add(fresh: Try): Try {
    const known = this.find(fresh.uuid);
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

  private follow(before: Try, retries: number, bornAt: EpochMs): Try {
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

  private fill(one: Try, event: CeleryEvent): Try {
    const { type, at, hostname, name, queue, parentId, rootId, eta } = event;
    if (type === 'task-sent') {
      one.sentAt = at;
    } else {
      one.receivedAt = at;
      if (one.startedAt === undefined) {
        one.worker = hostname;
      }
    }
    one.name = name ?? one.name;
    one.queue = queue ?? one.queue;
    one.args = argsOf(event) ?? one.args;
    one.eta = eta ?? one.eta;
    one.rootId = rootId ?? one.rootId;
    // A retry names the task itself.
    one.parentId = parentId === undefined || parentId === one.uuid ? one.parentId : parentId;
    return one;
  }

  private start(one: Try, { at, hostname }: CeleryEvent): Try {
    one.startedAt = at;
    one.worker = hostname;
    this.run(one);
    return one;
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

  private run(one: Try): void {
    const { worker = '' } = one;
    const running = this.running.get(worker);
    if (running === undefined) {
      this.running.set(worker, new Set([one]));
    } else {
      running.add(one);
    }
  }
}

/**
 * Celery tells some ends twice: of a hard time limit, a second later (5.7, prefork), and of `Reject(requeue=False)` as failed
 * and as rejected. The second is about the try that has ended, not about the next one.
 */
function isTwiceTold(tries: readonly Try[], meant: Try, { at, type, hostname }: CeleryEvent): boolean {
  const before = tries.findLast(({ attempt }) => attempt < meant.attempt);
  return (
    meant.startedAt === undefined &&
    before?.end === type &&
    before.worker === hostname &&
    before.endedAt !== undefined &&
    at - before.endedAt < TOLD_AGAIN_WITHIN_MS
  );
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

/** Positional and named arguments as Python writes them, empty ones left out. */
function argsOf({ args = '', kwargs = '' }: CeleryEvent): string | undefined {
  const parts = [args === '()' ? '' : args, kwargs === '{}' ? '' : kwargs].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join(' ');
}
