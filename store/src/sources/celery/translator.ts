import { celeryFailure } from '../../../../src/connectors/celery-failure';
import type { TaskRun } from '../../../../src/model/task-run';
import type { DurationMs, EpochMs } from '../../../../src/model/units';
import { redactText } from '../../agent/redact';
import type { FeedEvent } from '../collected-system';
import type { CeleryEvent } from './celery-event';
import type { CeleryResult } from './result';
import { meet } from './meet-event';
import type { EndedUntold } from './meet-event';
import { ETA, REDELIVERIES, Tries } from './tries';
import type { Try } from './tries';
import { Workers } from './workers';

/** How often a run is said to be alive while its worker's heart beats. */
const SIGN_EVERY_MS: DurationMs = 10_000;
const SIGNALS: ReadonlyMap<string, string> = new Map(
  Object.entries({ 1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 6: 'SIGABRT', 9: 'SIGKILL', 10: 'SIGUSR1', 15: 'SIGTERM' })
);

/**
 * What Celery's events say, as events of runs: which try each is about (`meet-event.ts`), the words of its state (this room's README),
 * and for what its worker's heartbeats vouch. Knows no broker and no clock.
 */
export class Translator {
  readonly tries = new Tries();
  readonly workers = new Workers();

  recall(runs: readonly TaskRun[]): void {
    this.tries.recall(runs);
  }

  take(event: CeleryEvent): FeedEvent[] {
    return event.type.startsWith('worker-') ? this.takeWorker(event) : this.takeTask(event);
  }

  /** Nobody listens any more: what runs is neither alive nor lost. */
  mute(at: EpochMs): FeedEvent[] {
    return this.tries.allRunning().flatMap((one) => {
      if (one.muteAt !== undefined) {
        return [];
      }
      // Later than what it said last, also where the worker's clock is ahead.
      one.muteAt = Math.max(at, (one.signAt ?? 0) + 1, (one.startedAt ?? 0) + 1);
      const evidence = 'The broker could not be heard; whether it still runs is not known.';
      return [{ ...keyOf(one), at: one.muteAt, state: 'unknown' as const, nativeState: 'STARTED', evidence }];
    });
  }

  /** Somebody listens again: from now on the silence of a worker means something. */
  listenAgain(): FeedEvent[] {
    return this.tries.allRunning().flatMap((one) => (one.muteAt === undefined ? [] : this.unmute(one, one.muteAt + 1)));
  }

  /** What the result backend says of a task whose end no event told. */
  takeResult(result: CeleryResult): FeedEvent[] {
    const { uuid, status, doneAt, exception, traceback, name, worker, parentId } = result;
    if (doneAt === undefined) {
      return [];
    }
    const type = ({ SUCCESS: 'task-succeeded', FAILURE: 'task-failed', REVOKED: 'task-revoked' } as const)[status];
    const { meant, isRepeated } = meet(this.tries, {
      type,
      at: doneAt,
      uuid,
      hostname: worker ?? this.tries.latest(uuid)?.worker ?? '',
    });
    if (isRepeated === true) {
      return [];
    }
    this.tries.end(meant, doneAt, 'result');
    const base = {
      ...this.facts(meant),
      ...keyOf(meant),
      kind: 'task' as const,
      at: doneAt,
      finishedAt: doneAt,
      snapshot: true,
      nativeState: status,
      evidence: 'No event told its end; the result backend has it.',
      ...(name !== undefined && { task: name }),
      ...(parentId !== undefined && { parentId }),
    };
    if (status === 'SUCCESS') {
      return [{ ...base, state: 'completed', substate: 'success' }];
    }
    return status === 'REVOKED'
      ? [{ ...base, state: 'cancelled', substate: 'revoked' }]
      : [{ ...base, ...failed(exception, traceback) }];
  }

  private takeTask(event: CeleryEvent): FeedEvent[] {
    if (event.type !== 'task-sent') {
      this.workers.tells(event.hostname);
    }
    const { meant, isNew = false, ended = [], isRepeated } = meet(this.tries, event);
    if (isRepeated === true) {
      return [];
    }
    const before = ended.map((one) => {
      if (one.how === 'followed') {
        this.tries.end(one.try, one.try.startedAt ?? event.at, one.how);
      }
      return endUntold(one, event.hostname);
    });
    return [...before, ...this.say(event, meant, isNew)];
  }

  private say(event: CeleryEvent, one: Try, isNew: boolean): FeedEvent[] {
    const { at, type, hostname } = event;
    const base = { ...keyOf(one), at, kind: 'task' as const };
    const known = { ...base, ...this.facts(one) };
    switch (type) {
      case 'task-sent':
        return [{ ...known, at: sentBefore(at, one), ...waiting(event, one), nativeState: 'PENDING' }];
      case 'task-received':
        return [{ ...known, ...placeOf(hostname), ...waiting(event, one), nativeState: 'RECEIVED' }];
      case 'task-started':
        delete one.muteAt;
        one.signAt = begunAfter(at, one);
        return [
          {
            ...(isNew ? known : base),
            at: one.signAt,
            ...placeOf(hostname),
            state: 'running',
            substate: 'executing',
            nativeState: 'STARTED',
            startedAt: at,
            // Until then it was not to run.
            ...(one.eta !== undefined && one.eta <= at && { queuedAt: one.eta }),
            ...this.workers.promise(hostname),
          },
        ];
      case 'task-succeeded':
        this.tries.end(one, at, type);
        return [
          {
            ...base,
            ...placeOf(hostname),
            state: 'completed',
            substate: 'success',
            nativeState: 'SUCCESS',
            finishedAt: at,
            ...(event.result !== undefined && event.result !== 'None' && { result: redactText(event.result) }),
          },
        ];
      case 'task-failed':
        this.tries.end(one, at, type);
        return [
          {
            ...base,
            ...placeOf(hostname),
            nativeState: 'FAILURE',
            finishedAt: at,
            ...failed(event.exception, event.traceback),
          },
        ];
      case 'task-retried':
        return this.sayRetried(event, one, base);
      case 'task-rejected':
        return this.sayRejected(event, one, base);
      case 'task-revoked':
        this.tries.end(one, at, type);
        return [{ ...base, ...placeOf(hostname), finishedAt: at, nativeState: 'REVOKED', ...revoked(event) }];
      default:
        // Its worker shuts down or lost its broker. What is acknowledged late is delivered again, the rest is gone; this does not tell which.
        this.tries.end(one, at, type);
        return [
          {
            ...base,
            ...placeOf(hostname),
            state: 'cancelled',
            substate: 'aborted',
            nativeState: 'CANCELLED',
            finishedAt: at,
            evidence: `${hostname} gave it up: it shut down, or lost its broker. With acks_late it is delivered again.`,
          },
        ];
    }
  }

  private sayRetried(event: CeleryEvent, one: Try, base: Pick<FeedEvent, 'runId' | 'attempt' | 'at'>): FeedEvent[] {
    const { at, hostname, type, exception, traceback } = event;
    const wasKnown = one.name !== undefined;
    this.tries.end(one, at, type);
    const end: FeedEvent = {
      ...base,
      ...placeOf(hostname),
      nativeState: 'RETRY',
      finishedAt: at,
      ...failed(exception === 'None' ? undefined : exception, traceback),
    };
    if (!wasKnown) {
      // Which try it was is not known either: the next one tells its number itself.
      return [end];
    }
    const { next, isNew } = this.tries.next(one, 'retried', at);
    const following = { ...keyOf(next), kind: 'task' as const, at, ...this.facts(next) };
    return isNew ? [end, { ...following, state: 'pending', substate: 'retrying', nativeState: 'RETRY' }] : [end];
  }

  private sayRejected(event: CeleryEvent, one: Try, base: Pick<FeedEvent, 'runId' | 'attempt' | 'at'>): FeedEvent[] {
    const { at, hostname, type, requeue } = event;
    this.tries.end(one, at, type);
    const end: FeedEvent = {
      ...base,
      ...placeOf(hostname),
      state: 'failed',
      substate: 'rejected',
      nativeState: 'REJECTED',
      finishedAt: at,
    };
    if (requeue !== true) {
      return [end];
    }
    const { next, isNew } = this.tries.next(one, 'requeued', at);
    const evidence =
      'It went back to its queue: the task rejected it, or its process was killed (reject_on_worker_lost). Celery tells both alike.';
    const following = { ...keyOf(next), kind: 'task' as const, at, ...this.facts(next) };
    return isNew
      ? [
          { ...end, evidence },
          { ...following, state: 'pending', substate: 'queued', nativeState: 'REJECTED' },
        ]
      : [{ ...end, evidence }];
  }

  private takeWorker(event: CeleryEvent): FeedEvent[] {
    const { hostname, at, type } = event;
    const { isOther, isIdleSince } = this.workers.hear(event);
    if (type === 'worker-offline') {
      return [];
    }
    const signs: FeedEvent[] = [];
    for (const one of [...this.tries.runningOn(hostname)]) {
      const { startedAt = at } = one;
      if (isOther && startedAt < at) {
        this.tries.end(one, one.signAt ?? startedAt, 'lost');
        signs.push(endUntold({ try: one, how: 'lost', at }, hostname));
      } else if (isIdleSince !== undefined && startedAt < isIdleSince) {
        this.forgetUntold(one, event, signs);
      } else if (one.muteAt !== undefined && at > one.muteAt) {
        signs.push(...this.unmute(one, at));
      } else if (at - (one.signAt ?? -Infinity) >= SIGN_EVERY_MS) {
        one.signAt = at;
        signs.push({ ...keyOf(one), at, ...this.workers.promise(hostname) });
      }
    }
    return signs;
  }

  /** Its worker runs nothing and told no end of it: `Ignore` has none (Celery 5.7), or the event was lost. */
  private forgetUntold(one: Try, { hostname, at }: CeleryEvent, signs: FeedEvent[]): void {
    if (one.muteAt !== undefined) {
      return;
    }
    one.muteAt = Infinity;
    signs.push({
      ...keyOf(one),
      at,
      state: 'unknown',
      nativeState: 'STARTED',
      evidence: `${hostname} runs nothing any more and told no end of it. Celery tells none of a task that raises Ignore; or the event was lost.`,
    });
  }

  private unmute(one: Try, at: EpochMs): FeedEvent[] {
    if (one.muteAt === Infinity) {
      return [];
    }
    delete one.muteAt;
    one.signAt = at;
    const { worker = '' } = one;
    return [
      {
        ...keyOf(one),
        at,
        state: 'running',
        substate: 'executing',
        nativeState: 'STARTED',
        snapshot: true,
        ...this.workers.promise(worker),
      },
    ];
  }

  private facts({ name, queue, args, parentId, rootId, redeliveries, eta, uuid }: Try): Partial<FeedEvent> {
    const labels = labelsOf(redeliveries, eta);
    return {
      ...(name !== undefined && { task: name }),
      ...(queue !== undefined && { queue }),
      ...(args !== undefined && { args: redactText(args) }),
      ...(parentId !== undefined && { parentId }),
      ...(rootId !== undefined && rootId !== uuid && { rootId }),
      ...(labels !== undefined && { labels }),
    };
  }
}

/** What is not to be forgotten over a restart, and tells a reader why. */
function labelsOf(redeliveries: number, eta: EpochMs | undefined): Record<string, string> | undefined {
  return redeliveries === 0 && eta === undefined
    ? undefined
    : {
        ...(redeliveries > 0 && { [REDELIVERIES]: String(redeliveries) }),
        ...(eta !== undefined && { [ETA]: new Date(eta).toISOString() }),
      };
}

function keyOf({ uuid, attempt }: Try): { runId: string; attempt: number } {
  return { runId: uuid, attempt };
}

/** `worker-1@shop-7` runs on the host after the @. */
function placeOf(hostname: string): { worker: string; host?: string } {
  const host = hostname.slice(hostname.indexOf('@') + 1);
  return { worker: hostname, ...(hostname.includes('@') && host !== '' && { host }) };
}

/** Who sends a task stamps it when the message is out, by then a quick worker may have begun: it was sent before that. */
function sentBefore(at: EpochMs, { receivedAt = Infinity, startedAt = Infinity }: Try): EpochMs {
  return Math.min(at, receivedAt, startedAt);
}

/** The same where the stamp of the sending came first. When it began is told beside it. */
function begunAfter(at: EpochMs, { sentAt = -Infinity, receivedAt = -Infinity }: Try): EpochMs {
  const waitedAt = Math.max(sentAt, receivedAt);
  return at > waitedAt ? at : waitedAt + 1;
}

function waiting({ type, at }: CeleryEvent, { eta, retries }: Try): Partial<FeedEvent> {
  if (eta !== undefined && eta > at) {
    return { state: 'pending', substate: type === 'task-sent' && retries > 0 ? 'retrying' : 'scheduled' };
  }
  return {
    state: 'pending',
    substate: type === 'task-sent' ? 'queued' : 'received',
    ...(eta !== undefined && { queuedAt: eta }),
  };
}

function failed(exception: string | undefined, traceback: string | undefined): Partial<FeedEvent> {
  const { substate, error, signal } = celeryFailure(clean(exception), clean(traceback));
  return {
    state: 'failed',
    substate,
    ...(error !== undefined && { error }),
    ...(signal !== undefined && { signal }),
  };
}

function clean(text: string | undefined): string | undefined {
  return text === undefined ? undefined : redactText(text);
}

function revoked({ terminated, expired, signum }: CeleryEvent): Partial<FeedEvent> {
  if (expired === true) {
    return { state: 'failed', substate: 'expired' };
  }
  const signal = signum === undefined ? undefined : (SIGNALS.get(String(signum)) ?? nameOf(String(signum)));
  return {
    state: 'cancelled',
    substate: terminated === true ? 'terminated' : 'revoked',
    ...(terminated === true && signal !== undefined && { signal }),
  };
}

function nameOf(signum: string): string {
  return /^\d+$/.test(signum) ? `signal ${signum}` : signum.startsWith('SIG') ? signum : `SIG${signum}`;
}

/** The end of a try that nobody told, as a conclusion: what is told of it later outranks it. */
function endUntold({ try: one, how, at, by }: EndedUntold, hostname: string): FeedEvent {
  const finishedAt = how === 'replaced' ? at : (one.signAt ?? one.startedAt ?? at);
  const end = { ...keyOf(one), at, derived: true, finishedAt };
  switch (how) {
    case 'replaced':
      return {
        ...end,
        state: 'completed',
        substate: 'success',
        evidence: `The task replaced itself by ${by ?? 'another'} under the same id.`,
      };
    case 'redelivered':
      return {
        ...end,
        state: 'failed',
        substate: 'lost',
        evidence: `The broker delivered it again, to ${hostname}, before ${one.worker ?? 'its worker'} told an end.`,
      };
    case 'lost':
      return {
        ...end,
        state: 'failed',
        substate: 'lost',
        evidence: `${hostname} was started anew and knows nothing of it; last sign of life ${new Date(finishedAt).toISOString()}.`,
      };
    case 'followed':
      return {
        ...end,
        state: 'failed',
        evidence: `A later attempt of the run has ended; how this one ended was not told.`,
      };
  }
}
