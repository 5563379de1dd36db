import type { Redis } from 'ioredis';
import { ConnectorError } from '../../../../src/model/connector-error';
import { ShapeError } from '../../../../src/model/read-shape';
import type { EpochMs } from '../../../../src/model/units';
import { connectRedis } from '../redis-connection';
import type { RedisPlace } from '../redis-connection';
import { readResult } from './result';
import type { CeleryResult } from './result';

const ASKED_AT_ONCE = 500;
/** Results are larger than what is shown of them. */
const LONGEST = 1024 ** 2;
const MOST_HEARD = 50_000;
const LOOK_EVERY_MS = 60_000;

/** What the feed wants of a result backend. */
export interface Results {
  /** Results that were told since the last call. Connects, where that is to be done; says what speaks against it. */
  heard(now: EpochMs): Promise<{ results: readonly CeleryResult[]; skipped: number; trouble?: string; isNew?: true }>;
  /** Those of these tasks that have ended. */
  ask(uuids: readonly string[]): Promise<readonly CeleryResult[]>;
  close(): Promise<void>;
}

/**
 * A result backend on Redis: it keeps results for a day, and publishes each as it is kept. Only read: SUBSCRIBE and MGET. That it
 * cannot be read stops no event.
 */
export function createRedisResults(place: RedisPlace, keyPrefix: string): Results {
  const prefix = `${keyPrefix}celery-task-meta-`;
  let links: { hear: Redis; ask: Redis } | undefined;
  let dueAt = -Infinity;
  let trouble: string | undefined;
  let waiting: string[] = [];
  let skipped = 0;

  async function connect(): Promise<void> {
    const hear = await connectRedis(place);
    try {
      const ask = await connectRedis(place);
      links = { hear, ask };
      const over = () => {
        links = undefined;
        hear.disconnect();
        ask.disconnect();
      };
      hear.on('end', over);
      ask.on('end', over);
      hear.on('pmessage', (_pattern: string, _channel: string, text: string) => {
        if (waiting.length < MOST_HEARD) {
          waiting.push(text);
        }
      });
      await hear.psubscribe(`${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`);
    } catch (error) {
      hear.disconnect();
      links = undefined;
      throw error;
    }
  }

  function read(texts: ReadonlyArray<string | null>): CeleryResult[] {
    return texts.flatMap((text) => {
      if (text === null || text.length > LONGEST) {
        return [];
      }
      try {
        return readResult(text) ?? [];
      } catch (error) {
        if (!(error instanceof ShapeError)) {
          throw error;
        }
        skipped++;
        return [];
      }
    });
  }

  return {
    async heard(now) {
      let isNew = false;
      if (links === undefined && now >= dueAt) {
        dueAt = now + LOOK_EVERY_MS;
        try {
          await connect();
          trouble = undefined;
          isNew = true;
        } catch (error) {
          if (!(error instanceof ConnectorError)) {
            throw error;
          }
          trouble = `The result backend cannot be asked: ${error.message}`;
        }
      }
      const texts = waiting;
      waiting = [];
      const results = read(texts);
      const unread = skipped;
      skipped = 0;
      return { results, skipped: unread, ...(trouble !== undefined && { trouble }), ...(isNew && { isNew }) };
    },
    async ask(uuids) {
      const found: CeleryResult[] = [];
      for (let from = 0; from < uuids.length && links !== undefined; from += ASKED_AT_ONCE) {
        const keys = uuids.slice(from, from + ASKED_AT_ONCE).map((uuid) => prefix + uuid);
        found.push(...read(await links.ask.mget(keys).catch(() => [])));
      }
      return found;
    },
    async close() {
      links?.hear.disconnect();
      links?.ask.disconnect();
      links = undefined;
    },
  };
}
