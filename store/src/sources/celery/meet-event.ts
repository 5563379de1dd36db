import type { CeleryEvent } from './celery-event';
import type { EpochMs } from '../../../../src/model/units';
import type { Tries, Try } from './tries';

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

/** Ends that no event told: what is told of them still counts. */
const CONCLUDED: ReadonlySet<string> = new Set(['redelivered', 'followed', 'lost', 'result']);
/** Between two reports of one end. */
const TOLD_AGAIN_WITHIN_MS = 5_000;
/**
 * The try that the event is about, which it then is: sent, received, started or ended. Celery's events name the task, not the
 * try; only task-sent and task-received tell `retries`, which does not count a task that goes back to the queue. So tries are
 * numbered here, by what came before.
 */
export function meet(tries: Tries, event: CeleryEvent): Meant {
  switch (event.type) {
    case 'task-sent':
    case 'task-received':
      return meetNamed(tries, event);
    case 'task-started':
      return meetStart(tries, event);
    default:
      return meetEnd(tries, event);
  }
}

function meetNamed(known: Tries, event: CeleryEvent): Meant {
  const { uuid, retries = 0, name, type, at } = event;
  const tries = known.of(uuid);
  const last = tries?.at(-1);
  if (tries === undefined || last === undefined) {
    return {
      meant: fill(known.add({ uuid, retries, redeliveries: 0, attempt: retries + 1, bornAt: at }), event),
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
    return { meant: fill(heardBefore, event) };
  }
  const candidate =
    type === 'task-sent' ? (same.find(({ sentAt }) => sentAt === undefined) ?? same.at(-1)) : same.at(-1);
  if (candidate === undefined) {
    const before = [...tries].reverse().find((one) => one.retries < retries);
    const fresh =
      before === undefined
        ? known.add({ uuid, retries, redeliveries: 0, attempt: retries + 1, bornAt: at })
        : known.follow(before, retries, at);
    return { meant: fill(fresh, event), isNew: true };
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
    return { meant: fill(candidate, event) };
  }
  const fresh = known.follow(candidate, retries, at);
  if (isReplaced) {
    delete fresh.args;
  }
  const how = isReplaced ? ('replaced' as const) : ('redelivered' as const);
  // That it has begun may be told after it replaced itself: workers send what they do in batches.
  const isOver = candidate.endedAt === undefined && (candidate.startedAt !== undefined || !isReplaced);
  const ended = isOver ? [{ try: candidate, how, at, ...(name !== undefined && { by: name }) }] : [];
  ended.forEach((one) => known.end(one.try, one.try.startedAt ?? at, how));
  return { meant: fill(fresh, event), isNew: true, ended };
}

function meetStart(known: Tries, event: CeleryEvent): Meant {
  const { uuid, at, hostname } = event;
  const tries = known.of(uuid);
  const told = tries?.find(({ startedAt, worker }) => startedAt === at && worker === hostname);
  if (told !== undefined) {
    return { meant: told };
  }
  const waiting = (tries ?? []).filter(({ startedAt, endedAt }) => startedAt === undefined && endedAt === undefined);
  const meant = waiting.findLast(({ worker }) => worker === hostname) ?? waiting.at(-1);
  if (meant !== undefined) {
    start(known, meant, event);
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
    known.end(meant, replacement.bornAt, 'replaced');
    return { meant, ended: [{ try: meant, how: 'replaced', at: replacement.bornAt, by: replacement.name }] };
  }
  const last = tries?.at(-1);
  if (last === undefined) {
    const fresh = known.add({ uuid, retries: 0, redeliveries: 0, attempt: 1, bornAt: at });
    return { meant: start(known, fresh, event), isNew: true };
  }
  if (last.startedAt === undefined || (last.startedAt ?? Infinity) >= at || (last.knownTo ?? -Infinity) >= at) {
    // Told after its end, or again.
    return { meant: last };
  }
  // It was delivered again, and that was not heard.
  const fresh = known.follow(last, last.end === 'task-retried' ? last.retries + 1 : last.retries, at);
  const ended = last.endedAt === undefined ? [{ try: last, how: 'redelivered' as const, at }] : [];
  ended.forEach((one) => known.end(one.try, one.try.startedAt ?? at, one.how));
  return { meant: start(known, fresh, event), isNew: true, ended };
}

/** The first try that this worker has begun and not ended: of two, the older one ends first. */
function meetEnd(known: Tries, event: CeleryEvent): Meant {
  const { uuid, hostname, type, at } = event;
  const tries = known.of(uuid) ?? [];
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
    return { meant: known.add({ uuid, retries: 0, redeliveries: 0, attempt: 1, bornAt: at }), isNew: true };
  }
  if (meant === undefined || isTwiceTold(tries, meant, event)) {
    const one = tries.findLast(({ endedAt }) => endedAt !== undefined) ?? last!;
    return { meant: one, isRepeated: true };
  }
  const before = open.filter(({ attempt }) => attempt < meant.attempt);
  return { meant, ended: before.map((one) => ({ try: one, how: 'followed' as const, at })) };
}

function fill(one: Try, event: CeleryEvent): Try {
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

function start(known: Tries, one: Try, { at, hostname }: CeleryEvent): Try {
  one.startedAt = at;
  one.worker = hostname;
  known.run(one);
  return one;
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

/** Positional and named arguments as Python writes them, empty ones left out. */
function argsOf({ args = '', kwargs = '' }: CeleryEvent): string | undefined {
  const parts = [args === '()' ? '' : args, kwargs === '{}' ? '' : kwargs].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join(' ');
}
