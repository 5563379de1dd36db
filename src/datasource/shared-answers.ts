import { ConnectorError } from '../model/connector-error';
import type { DurationMs, EpochMs } from '../model/units';

/** How long an answer serves others that ask the same. Panels of one dashboard ask within moments of each other. */
const SERVES_MS: DurationMs = 1000;
/** How long a request outlives the last of those who wait: a refresh of the dashboard ends every query and begins it again. */
const LINGER_MS: DurationMs = 2000;
/** A request that has no answer after this fails. As long as Prometheus lets a query run by default. */
const LIMIT_MS: DurationMs = 120_000;
/** Answers kept for the time when the source does not answer: those of the dashboards looked at last. */
const MOST_KEPT = 32;

/** What is known of one question. */
export interface Standing<T> {
  /** The newest good answer. */
  told?: T;
  /** When the request under way went out. */
  waitingSince?: EpochMs;
  /** Why there was no answer the last time; absent once there is one again. */
  failure?: unknown;
}

interface UnderWay<T> {
  promise: Promise<T>;
  life: AbortController;
  waiting: number;
  since: EpochMs;
}

interface Question<T> {
  underWay?: UnderWay<T>;
  told?: { value: T; since: EpochMs; serves: EpochMs };
  failure?: unknown;
}

/** Nobody waits any more: the end of a request that says nothing about the source. */
class Abandoned extends Error {}

/**
 * Asks once where several ask the same: five numbers of an overview are one request, and a dashboard that refreshes
 * waits on for the request that is under way instead of beginning again, so that one without an answer fails in the end.
 * Keeps the newest good answer to each question, to be shown while there is no newer one.
 */
export class SharedAnswers<T> {
  /** In the order of their use. */
  private readonly questions = new Map<string, Question<T>>();

  /** @param most answers kept */
  constructor(private readonly most = MOST_KEPT) {}

  /** @param key says what is asked; the same from one refresh to the next, so without the instants of a relative range. */
  get(key: string, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal.aborted) {
      return Promise.reject(signal.reason);
    }
    const question = this.used(key);
    if (question.told !== undefined && question.told.serves > Date.now()) {
      return Promise.resolve(question.told.value);
    }
    question.underWay ??= begin(question, ask);
    return wait(question, question.underWay, signal);
  }

  standing(key: string): Standing<T> {
    const { told, underWay, failure } = this.questions.get(key) ?? {};
    return {
      ...(told === undefined ? {} : { told: told.value }),
      ...(underWay === undefined ? {} : { waitingSince: underWay.since }),
      ...(failure === undefined ? {} : { failure }),
    };
  }

  /** Keeps a newer state of what was told: the changes that came since. */
  keep(key: string, value: T): void {
    const question = this.used(key);
    question.told = { since: 0, serves: 0, ...question.told, value };
  }

  /** From now on everybody asks anew: something changed. Requests under way go on for those who wait for them. */
  clear(): void {
    this.outdate();
    for (const question of this.questions.values()) {
      delete question.underWay;
    }
  }

  /** Changes may be missed from now on: answers so far serve nobody who asks later, requests under way still do. */
  outdate(): void {
    for (const { told } of this.questions.values()) {
      if (told !== undefined) {
        told.serves = 0;
      }
    }
  }

  private used(key: string): Question<T> {
    const question = this.questions.get(key) ?? {};
    this.questions.delete(key);
    this.questions.set(key, question);
    for (const [oldest, { underWay }] of this.questions) {
      if (this.questions.size <= this.most) {
        break;
      }
      if (underWay === undefined && oldest !== key) {
        this.questions.delete(oldest);
      }
    }
    return question;
  }
}

function begin<T>(question: Question<T>, ask: (signal: AbortSignal) => Promise<T>): UnderWay<T> {
  const life = new AbortController();
  const limit = setTimeout(() => life.abort(overdue()), LIMIT_MS);
  const begun: UnderWay<T> = { promise: untilAborted(ask, life.signal), life, waiting: 0, since: Date.now() };
  /** Whether the question has not been asked anew since. */
  const settle = (): boolean => {
    clearTimeout(limit);
    const isNewest = question.underWay === begun;
    if (isNewest) {
      delete question.underWay;
    }
    return isNewest;
  };
  begun.promise.then(
    (value) => {
      const isNewest = settle();
      if (begun.since >= (question.told?.since ?? 0)) {
        question.told = { value, since: begun.since, serves: isNewest ? Date.now() + SERVES_MS : 0 };
        delete question.failure;
      }
    },
    (error: unknown) => {
      settle();
      if (!(error instanceof Abandoned)) {
        question.failure = error;
      }
    }
  );
  return begun;
}

function wait<T>(question: Question<T>, asked: UnderWay<T>, signal: AbortSignal): Promise<T> {
  asked.waiting++;
  return new Promise((resolve, reject) => {
    const leave = () => {
      asked.waiting--;
      // One that has been asked anew is of no use to anybody who might come.
      const linger = question.underWay === asked ? LINGER_MS : 0;
      setTimeout(() => (asked.waiting === 0 ? asked.life.abort(new Abandoned('Nobody waits.')) : undefined), linger);
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    asked.promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** The answer, or the signal's reason as soon as it aborts: not every way to a source heeds its signal. */
function untilAborted<T>(ask: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    ask(signal).then(resolve, reject);
  });
}

function overdue(): ConnectorError {
  return new ConnectorError(
    'timeout',
    'runlane',
    `No answer within ${LIMIT_MS / 1000} s. Check that the source runs and is not overloaded, or choose a shorter range.`
  );
}
