import type { DurationMs } from '../../../../src/model/units';

/** Most messages in one batch. */
const BATCH = 2_000;

/** Messages between the connection that brings them and the feed that takes them. */
export class Inbox<Message> {
  private waiting: Message[] = [];
  private over: { error: unknown } | undefined;
  private wake: (() => void) | undefined;
  private lost = 0;

  /** @param most what is more is dropped, and counted */
  constructor(private readonly most = Infinity) {}

  put(message: Message): void {
    if (this.waiting.length >= this.most) {
      this.lost++;
      return;
    }
    this.waiting.push(message);
    this.wake?.();
  }

  /** No more will come. What has come can still be taken. */
  end(error: unknown): void {
    this.over ??= { error };
    this.wake?.();
  }

  /** @throws what ended it, once all is taken */
  async take(waitMs: DurationMs): Promise<Message[]> {
    if (this.waiting.length === 0 && this.over === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = undefined;
    }
    if (this.waiting.length === 0 && this.over !== undefined) {
      throw this.over.error;
    }
    if (this.waiting.length <= BATCH) {
      const all = this.waiting;
      this.waiting = [];
      return all;
    }
    return this.waiting.splice(0, BATCH);
  }

  dropped(): number {
    const { lost } = this;
    this.lost = 0;
    return lost;
  }
}
