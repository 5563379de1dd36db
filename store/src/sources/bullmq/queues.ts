import type { Redis } from 'ioredis';
import type { DurationMs, EpochMs } from '../../../../src/model/units';

const EVERY_MS: DurationMs = 60_000;
/** Keys that are looked at for one another; the rest has its turn with the next reading. */
const KEYS_AT_ONCE = 1_000;
const LOOKS = 100;
const MOST_QUEUES = 1_000;

/**
 * Queues below a prefix, found by their `meta` key. BullMQ keeps no list of them, so that all keys are gone through, a part with each
 * reading; until that is done, those are known that were found. Where queues are named, nothing is searched.
 */
export class Queues {
  private found = new Set<string>();
  private finding = new Set<string>();
  private cursor = '0';
  private dueAt: EpochMs = -Infinity;

  constructor(
    private readonly prefix: string,
    private readonly named: readonly string[] | undefined
  ) {}

  async names(redis: Redis, now: EpochMs): Promise<string[]> {
    if (this.named !== undefined) {
      return [...this.named];
    }
    if (this.cursor !== '0' || now >= this.dueAt) {
      await this.look(redis, now);
    }
    return [...this.found].sort().slice(0, MOST_QUEUES);
  }

  private async look(redis: Redis, now: EpochMs): Promise<void> {
    const start = `${this.prefix}:`;
    const pattern = `${start.replace(/[\\*?[\]]/g, '\\$&')}*:meta`;
    for (let looks = 0; looks < LOOKS; looks++) {
      const [next, keys] = await redis.scan(this.cursor, 'MATCH', pattern, 'COUNT', KEYS_AT_ONCE);
      for (const key of keys) {
        const name = key.slice(start.length, -':meta'.length);
        this.finding.add(name);
        this.found.add(name);
      }
      this.cursor = next;
      if (next === '0') {
        this.found = this.finding;
        this.finding = new Set();
        this.dueAt = now + EVERY_MS;
        return;
      }
    }
  }
}
