import { ArchiveError } from '../archive/archive';
import { CANCELLED, GO_ON } from '../archive/budget';
import type { Answered, FromWorker, SentError } from './worker-messages';

/** The part of a worker thread that is needed here. */
interface ThreadPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: FromWorker) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): unknown;
}

/** A thread that has just been started, and where it looks, in the middle of a question, what it is told. */
export interface Started {
  port: ThreadPort;
  told: Int32Array;
}

/** A question with whoever waits for its answer. */
export interface Job<Message> {
  make: (id: number) => Message;
  resolve: (value: Answered) => void;
  reject: (error: ArchiveError) => void;
  /** How often it was put off already, 0 when left out. Those that were less often go first; -1 goes before all. */
  level?: number;
  /** Most time that it is worked on. */
  maxMs?: number;
  /** Takes the question back when it keeps others waiting; one without goes on to its end. */
  moved?: () => void;
}

export interface ThreadTimes {
  /**
   * A question that can move is worked on for so long while another waits, and for a part of it while several do. One
   * that was put off before has this at least, and four times as much with each time more. It is time on a processor:
   * on a busy machine a light question stays light.
   */
  makeWayAfterMs: number;
  /** But never less than this, however many wait. */
  leastMs: number;
  /** A thread that was told to end a question, and has not after so long, is ended itself. */
  stuckAfterMs: number;
  /** Between the death of a thread and its next start. */
  restartAfterMs: number;
  /** A thread that is not kept ends after so long without questions. */
  idleMs: number;
  closeMs: number;
}

/** Timers of Node that are longer ring at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const USUAL_TIMES: ThreadTimes = {
  makeWayAfterMs: 500,
  leastMs: 100,
  stuckAfterMs: 10_000,
  restartAfterMs: 500,
  idleMs: 60_000,
  closeMs: 10_000,
};

interface Life extends Started {
  ready: boolean;
  closing: boolean;
  /** What it died of. */
  fault?: Error;
}

/**
 * One thread that answers questions, one at a time. It can be told to end one in the middle, and it is started again
 * when it dies: a question may cost its own answer and no other.
 */
export class AnsweringThread<Message> {
  private life: Life | undefined;
  private current: { job: Job<Message>; id: number; began: number } | undefined;
  private readonly queue: Array<Job<Message>> = [];
  private nextId = 1;
  private closed = false;
  private makeWay: NodeJS.Timeout | undefined;
  private guard: NodeJS.Timeout | undefined;
  private restart: NodeJS.Timeout | undefined;
  private idle: NodeJS.Timeout | undefined;
  private exited: () => void = () => undefined;
  private opened: { resolve: () => void; reject: (error: ArchiveError) => void } | undefined;

  /**
   * @param start starts a thread
   * @param kept whether it lives all the time; one that is not is started by a question
   * @param farewell what makes it end in peace
   */
  constructor(
    private readonly start: () => Started,
    private readonly kept: boolean,
    private readonly farewell: Message,
    private readonly times: ThreadTimes = USUAL_TIMES
  ) {}

  /** Questions that wait, the one under way not counted. */
  get waiting(): number {
    return this.queue.length;
  }

  /** @throws ArchiveError when the thread cannot begin */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.opened = { resolve, reject };
      this.begin();
    });
  }

  ask(job: Job<Message>): void {
    if (this.closed) {
      job.reject(new ArchiveError('unreachable', 'The archive is closed. Start the store again.'));
      return;
    }
    const place = this.queue.findIndex(({ level = 0 }) => level > (job.level ?? 0));
    this.queue.splice(place < 0 ? this.queue.length : place, 0, job);
    this.pump();
    this.hurry();
  }

  /** Nobody waits for the answer any more. */
  cancel(job: Job<Message>): void {
    const place = this.queue.indexOf(job);
    if (place >= 0) {
      this.queue.splice(place, 1);
    } else if (this.current?.job === job) {
      this.cut();
    } else {
      return;
    }
    job.reject(new ArchiveError('cancelled', 'Whoever asked has left. Ask again.'));
  }

  /** What asks for no answer. Lost on a thread that is not there. */
  tell(message: Message): void {
    if (this.life?.closing === false) {
      this.life.port.postMessage(message);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.restart);
    clearTimeout(this.idle);
    if (this.life === undefined) {
      return;
    }
    const { port } = this.life;
    const gone = new Promise<void>((resolve) => (this.exited = resolve));
    this.cut();
    this.end(this.life);
    const timer = setTimeout(() => void port.terminate(), this.times.closeMs);
    await gone;
    clearTimeout(timer);
  }

  private begin(): void {
    clearTimeout(this.restart);
    this.restart = undefined;
    const life: Life = { ...this.start(), ready: false, closing: false };
    this.life = life;
    life.port.on('message', (message) => this.hear(life, message));
    life.port.on('error', (error) => (life.fault = error));
    life.port.on('exit', () => this.died(life));
  }

  private hear(life: Life, message: FromWorker): void {
    switch (message.what) {
      case 'ready':
        life.ready = true;
        this.opened?.resolve();
        this.opened = undefined;
        this.pump();
        return;
      case 'broken': {
        const error = toArchiveError(message.error);
        this.opened?.reject(error);
        this.opened = undefined;
        this.queue.splice(0).forEach((job) => job.reject(error));
        return;
      }
      case 'answer':
        this.done(message.id)?.resolve(message.value);
        break;
      case 'failure':
        this.done(message.id)?.reject(toArchiveError(message.error));
        break;
      case 'made-way': {
        const job = this.done(message.id);
        job?.moved?.();
        break;
      }
      default:
        return;
    }
    this.pump();
  }

  /** The question under way is over. */
  private done(id: number): Job<Message> | undefined {
    if (this.current?.id !== id) {
      return undefined;
    }
    const { job } = this.current;
    this.current = undefined;
    this.tellWord(GO_ON);
    clearTimeout(this.makeWay);
    clearTimeout(this.guard);
    this.makeWay = undefined;
    return job;
  }

  private pump(): void {
    clearTimeout(this.idle);
    const { life } = this;
    if (life === undefined) {
      if (!this.closed && (this.kept || this.queue.length > 0) && this.restart === undefined) {
        this.begin();
      }
      return;
    }
    if (!life.ready || life.closing || this.current !== undefined) {
      return;
    }
    const job = this.queue.shift();
    if (job === undefined) {
      if (!this.kept) {
        this.idle = setTimeout(() => this.end(life), this.times.idleMs).unref();
      }
      return;
    }
    const id = this.nextId++;
    this.current = { job, id, began: performance.now() };
    life.port.postMessage(job.make(id));
    if (job.maxMs !== undefined) {
      // It ends itself in time; this is for when it cannot.
      this.guard = setTimeout(
        () => void life.port.terminate(),
        Math.min(LONGEST_TIMER_MS, job.maxMs + this.times.stuckAfterMs)
      ).unref();
    }
    this.hurry();
  }

  /** Others wait: the question under way gets little more time, if it can be worked on elsewhere. */
  private hurry(): void {
    const { current, queue } = this;
    if (current?.job.moved === undefined || queue.length === 0 || this.makeWay !== undefined) {
      return;
    }
    const { makeWayAfterMs, leastMs } = this.times;
    const { level = 0 } = current.job;
    const share = level > 0 ? makeWayAfterMs * 4 ** (level - 1) : Math.max(leastMs, makeWayAfterMs / queue.length);
    // Earlier it cannot have worked for so long. Whether it has, only its own thread can tell.
    const left = Math.max(0, share - (performance.now() - current.began));
    this.makeWay = setTimeout(() => this.tellWord(Math.max(1, Math.ceil(share))), left).unref();
  }

  /** Ends the question under way. */
  private cut(): void {
    const { life, current } = this;
    if (life === undefined || current === undefined) {
      return;
    }
    this.tellWord(CANCELLED);
    clearTimeout(this.guard);
    this.guard = setTimeout(() => void life.port.terminate(), this.times.stuckAfterMs).unref();
  }

  private tellWord(word: number): void {
    if (this.life !== undefined) {
      Atomics.store(this.life.told, 0, word);
    }
  }

  private end(life: Life): void {
    if (!life.closing) {
      life.port.postMessage(this.farewell);
      life.closing = true;
    }
  }

  private died(life: Life): void {
    if (this.life !== life) {
      return;
    }
    this.life = undefined;
    const { current } = this;
    if (current !== undefined) {
      const job = this.done(current.id);
      const fact = life.fault?.message ?? 'it did not end in time';
      job?.reject(
        new ArchiveError(
          'unreachable',
          `The thread that worked on this question ended (${fact}) and is started again. Choose a shorter range, a smaller limit or a narrower filter.`,
          { cause: life.fault }
        )
      );
    }
    this.opened?.reject(
      new ArchiveError(
        'unreachable',
        `A thread of the archive could not begin (${life.fault?.message ?? 'it ended'}). Restart the store.`
      )
    );
    this.opened = undefined;
    if (this.closed) {
      const error = new ArchiveError('unreachable', 'The archive is closed. Start the store again.');
      this.queue.splice(0).forEach((job) => job.reject(error));
      this.exited();
    } else if (life.closing) {
      this.pump();
    } else {
      this.restart = setTimeout(() => {
        this.restart = undefined;
        this.pump();
      }, this.times.restartAfterMs).unref();
    }
  }
}

export function toArchiveError({ kind, message }: SentError): ArchiveError {
  return new ArchiveError(kind ?? 'unreachable', message.replace(/^\[archive\] /, ''));
}
