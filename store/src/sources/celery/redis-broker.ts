import { connectRedis, databaseOf, refuseRedis } from '../redis-connection';
import type { RedisPlace } from '../redis-connection';
import type { Broker } from './broker';
import { Inbox } from './inbox';
import { readEnvelope } from './message';
import type { CelerySettings } from './settings';

/** Beyond this Redis itself would end the connection (client-output-buffer-limit pubsub). */
const MOST_WAITING = 200_000;
const PING_EVERY_MS = 15_000;

/** Where kombu publishes events: `/0.celeryev/task.sent`; without patterns `/0.celeryev`. */
export function channelsOf({ keyPrefix, fanoutPrefix, exchange }: CelerySettings, database: number): string {
  return `${keyPrefix}${fanoutPrefix.replaceAll('{db}', String(database))}${exchange}`;
}

/** Publish and subscribe: what is said while nobody listens is said to nobody. */
export async function openRedisBroker(place: RedisPlace, settings: CelerySettings): Promise<Broker> {
  const redis = await connectRedis(place);
  const inbox = new Inbox<string>(MOST_WAITING);
  let failure: unknown;
  redis.on('error', (error) => (failure = error));
  redis.on('end', () => inbox.end(refuseRedis(place, failure ?? new Error('it closed the connection'))));
  redis.on('pmessage', (_pattern: string, _channel: string, text: string) => inbox.put(text));
  redis.on('message', (_channel: string, text: string) => inbox.put(text));
  const pinging = setInterval(() => {
    redis.ping().catch((error: unknown) => {
      inbox.end(refuseRedis(place, error));
      redis.disconnect();
    });
  }, PING_EVERY_MS);
  const channel = channelsOf(settings, databaseOf(place.endpoint));
  try {
    await redis.psubscribe(`${escapePattern(channel)}/*`);
    await redis.subscribe(channel);
  } catch (error) {
    clearInterval(pinging);
    redis.disconnect();
    throw refuseRedis(place, error);
  }
  return {
    next: async (waitMs) => (await inbox.take(waitMs)).map(readEnvelope),
    done: () => undefined,
    dropped: () => inbox.dropped(),
    close: async () => {
      clearInterval(pinging);
      redis.disconnect();
    },
  };
}

function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}
