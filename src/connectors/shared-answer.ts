import type { DurationMs, EpochMs } from '../model/units';

/** Asked once for all who want to know at the same time, cancelled when none of them waits any more, known for a while. */
export class SharedAnswer<T> {
  private known: { value: T; until: EpochMs } | undefined;
  private asking: { promise: Promise<T>; waiting: number; life: AbortController } | undefined;

  constructor(
    private readonly ask: (signal: AbortSignal) => Promise<T>,
    private readonly lastsMs: DurationMs,
    private readonly now: () => EpochMs = Date.now
  ) {}

  /** Rejects as `ask` does, and with the signal's reason. */
  async get(signal: AbortSignal): Promise<T> {
    if (signal.aborted) {
      throw signal.reason;
    }
    if (this.known !== undefined && this.known.until > this.now()) {
      return this.known.value;
    }
    const asking = (this.asking ??= this.begin());
    asking.waiting++;
    let leave: () => void = () => undefined;
    try {
      const left = new Promise<never>((_, reject) => {
        leave = () => reject(signal.reason);
        signal.addEventListener('abort', leave, { once: true });
      });
      return await Promise.race([asking.promise, left]);
    } finally {
      signal.removeEventListener('abort', leave);
      asking.waiting--;
      if (asking.waiting === 0) {
        this.asking = this.asking === asking ? undefined : this.asking;
        asking.life.abort(signal.reason);
      }
    }
  }

  private begin(): NonNullable<SharedAnswer<T>['asking']> {
    const life = new AbortController();
    const promise = this.ask(life.signal)
      .then((value) => {
        this.known = { value, until: this.now() + this.lastsMs };
        return value;
      })
      .finally(() => {
        if (this.asking?.life === life) {
          this.asking = undefined;
        }
      });
    // Whoever waits hears of a failure; when nobody does any more, it is nobody's.
    promise.catch(() => undefined);
    return { promise, waiting: 0, life };
  }
}
