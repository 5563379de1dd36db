import type { Redis } from 'ioredis';
import { connectRedis, refuseRedis } from './redis-connection';
import type { RedisPlace } from './redis-connection';

/** What a pipeline answers: for each command an error, or a value. */
export type Answers = ReadonlyArray<readonly [error: Error | null, value: unknown]>;

/** A connection for questions: made with the first, made anew after it was lost, one question at a time. */
export class RedisReader {
  private link: Redis | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly place: RedisPlace) {}

  /** @throws ConnectorError when Redis cannot be asked */
  ask<T>(signal: AbortSignal, question: (redis: Redis) => Promise<T>): Promise<T> {
    const answer = this.last.then(() => this.now(signal, question));
    this.last = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    this.link?.disconnect();
    this.link = undefined;
  }

  private async now<T>(signal: AbortSignal, question: (redis: Redis) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    try {
      this.link ??= await this.connect();
      return await question(this.link);
    } catch (error) {
      if (signal.aborted) {
        throw signal.reason;
      }
      throw refuseRedis(this.place, error);
    }
  }

  private async connect(): Promise<Redis> {
    const redis = await connectRedis(this.place);
    redis.on('end', () => {
      this.link = undefined;
    });
    return redis;
  }
}
