import type { AnsweringThread, Job } from './answering-thread';
import { ArchiveError, DEFAULT_QUESTION_LIMITS } from '../archive/archive';
import type { Asking, QuestionLimits } from '../archive/archive';
import type { Answered, ToReader } from './worker-messages';

/** Questions that may wait in a lane; who comes then is asked to come back. */
const MOST_WAITING = { usual: 1_000, slow: 200 };
/** Kinds of questions that are known to be slow, and for how long. */
const MOST_KNOWN = 500;
const KNOWN_MS = 5 * 60_000;
/** One that takes no longer than this would have stayed in the usual lane, however many waited there. */
const QUICK_MS = 200;

/** Questions with the id of their answer still to come, and their limits. */
type MakeQuestion = (id: number, limits: QuestionLimits) => ToReader;

/**
 * Two threads that answer questions, so that a slow one keeps nobody waiting. All begin in the usual lane. One that takes
 * long there while others wait is put off to the slow lane and asked again from the start; its kind goes there at once
 * for the next minutes, as the questions of a dashboard come again and again, unless it turns out to be quick: a light
 * one is put off too when the machine is busy. In the slow lane it is the same: who takes longer than those that wait is
 * put off behind them, each time with four times the time, so that little is done twice.
 */
export class QuestionLanes {
  private readonly slowUntil = new Map<string, number>();

  constructor(
    private readonly usual: AnsweringThread<ToReader>,
    private readonly slow: AnsweringThread<ToReader>,
    /** Never jumps; ms since some moment. */
    private readonly steady: () => number = () => performance.now()
  ) {}

  /**
   * @param kind the same for questions that take as long as each other
   * @throws ArchiveError
   */
  ask(make: MakeQuestion, kind: string, { signal, maxBytes, maxMs }: Asking = {}): Promise<Answered> {
    const limits: QuestionLimits = {
      maxBytes: maxBytes ?? DEFAULT_QUESTION_LIMITS.maxBytes,
      maxMs: maxMs ?? DEFAULT_QUESTION_LIMITS.maxMs,
    };
    return new Promise((resolve, reject) => {
      const settled = () => signal?.removeEventListener('abort', leave);
      let began = 0;
      const base: Job<ToReader> = {
        make: (id) => {
          began = this.steady();
          return make(id, limits);
        },
        maxMs: limits.maxMs,
        resolve: (value) => {
          settled();
          if (this.steady() - began <= QUICK_MS) {
            this.slowUntil.delete(kind);
          }
          resolve(value);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      let job = base;
      let lane = this.usual;
      const enter = (level: number) => {
        lane = level === 0 ? this.usual : this.slow;
        job = {
          ...base,
          level,
          moved: () => {
            if (signal?.aborted !== true) {
              this.rememberSlow(kind);
              enter(level + 1);
            }
          },
        };
        this.enter(lane, job);
      };
      const leave = () => lane.cancel(job);
      if (signal?.aborted === true) {
        reject(new ArchiveError('cancelled', 'Whoever asked has left. Ask again.'));
        return;
      }
      signal?.addEventListener('abort', leave, { once: true });
      enter(this.isSlow(kind) ? 1 : 0);
    });
  }

  /** A question of the store itself: before all others, and nobody can take its place. */
  askFirst(make: (id: number) => ToReader): Promise<Answered> {
    return new Promise((resolve, reject) => this.usual.ask({ make, resolve, reject, level: -1 }));
  }

  tell(message: ToReader): void {
    this.usual.tell(message);
    this.slow.tell(message);
  }

  async close(): Promise<void> {
    await Promise.all([this.usual.close(), this.slow.close()]);
  }

  private enter(lane: AnsweringThread<ToReader>, job: Job<ToReader>): void {
    const most = lane === this.slow ? MOST_WAITING.slow : MOST_WAITING.usual;
    if (lane.waiting >= most) {
      job.reject(new ArchiveError('busy', `${lane.waiting} questions wait already. Ask again in a few seconds.`));
    } else {
      lane.ask(job);
    }
  }

  private isSlow(kind: string): boolean {
    return (this.slowUntil.get(kind) ?? -Infinity) > this.steady();
  }

  private rememberSlow(kind: string): void {
    this.slowUntil.delete(kind);
    this.slowUntil.set(kind, this.steady() + KNOWN_MS);
    for (const oldest of this.slowUntil.keys()) {
      if (this.slowUntil.size <= MOST_KNOWN) {
        break;
      }
      this.slowUntil.delete(oldest);
    }
  }
}
