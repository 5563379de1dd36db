import type { Answer } from '../model/answer';
import type { DurationMs } from '../model/units';

/** How long an answer serves others that ask the same. Panels of one dashboard ask within moments of each other. */
const SERVES_MS: DurationMs = 1000;

interface Shared {
  promise: Promise<Answer>;
  life: AbortController;
  waiting: number;
  settled: boolean;
  expires: number;
}

/**
 * Asks once where several panels ask the same at the same time: five numbers of an overview are one request. A request
 * is aborted when the last of those who wait for it has gone.
 */
export class SharedAnswers {
  private readonly shared = new Map<string, Shared>();

  get(key: string, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    if (signal.aborted) {
      return Promise.reject(signal.reason);
    }
    this.forget();
    let entry = this.shared.get(key);
    if (entry === undefined) {
      const life = new AbortController();
      const created: Shared = { promise: ask(life.signal), life, waiting: 0, settled: false, expires: Infinity };
      created.promise.then(
        () => {
          created.settled = true;
          created.expires = Date.now() + SERVES_MS;
        },
        () => this.drop(key, created)
      );
      this.shared.set(key, created);
      entry = created;
    }
    return this.wait(key, entry, signal);
  }

  /** From now on everybody asks anew: something changed. Requests under way go on for those who wait for them. */
  clear(): void {
    this.shared.clear();
  }

  private wait(key: string, entry: Shared, signal: AbortSignal): Promise<Answer> {
    entry.waiting++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        entry.waiting--;
        if (entry.waiting === 0 && !entry.settled) {
          this.drop(key, entry);
          entry.life.abort(signal.reason);
        }
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      const done = () => signal.removeEventListener('abort', leave);
      entry.promise.then(
        (answer) => {
          done();
          resolve(answer);
        },
        (error: unknown) => {
          done();
          reject(error);
        }
      );
    });
  }

  private drop(key: string, entry: Shared): void {
    if (this.shared.get(key) === entry) {
      this.shared.delete(key);
    }
  }

  private forget(): void {
    const now = Date.now();
    for (const [key, entry] of this.shared) {
      if (entry.expires < now) {
        this.shared.delete(key);
      }
    }
  }
}
