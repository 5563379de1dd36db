import { randomUUID } from 'node:crypto';
import { ConnectorError } from '../../../../src/model/connector-error';
import type { CollectedSystem } from '../collected-system';
import { REDIS_PROTOCOLS } from '../redis-connection';
import { openAmqpBroker } from './amqp-broker';
import type { OpenBroker } from './broker';
import { CeleryFeed } from './feed';
import { openRedisBroker } from './redis-broker';
import { createRedisResults } from './results';
import { CELERY, readSettings } from './settings';

export const CELERY_EVENTS: CollectedSystem = {
  id: CELERY,
  name: 'Celery (broker events)',
  protocols: [...REDIS_PROTOCOLS, 'amqp:', 'amqps:'],
  exampleAddress: 'redis://localhost:6379/0',
  open({ endpoint, timeoutMs, settings: given }) {
    if (endpoint === undefined) {
      throw new ConnectorError('bad-request', CELERY, 'The address of the broker is missing. Set url.');
    }
    const settings = readSettings(given, endpoint, process.env);
    const place = { endpoint, system: CELERY, timeoutMs };
    const isRedis = (REDIS_PROTOCOLS as readonly string[]).includes(new URL(endpoint.url).protocol);
    const open: OpenBroker = (queue, signal, wait) =>
      isRedis ? openRedisBroker(place, settings) : openAmqpBroker(place, settings, queue, signal, wait);
    const results =
      settings.results === undefined
        ? undefined
        : createRedisResults({ ...place, endpoint: settings.results.endpoint }, settings.results.keyPrefix);
    return {
      feed: new CeleryFeed({
        open,
        ...(results !== undefined && { results }),
        newPlace: () => `${settings.queuePrefix}.${randomUUID()}`,
        now: Date.now,
      }),
      ...(results !== undefined && { close: () => results.close() }),
    };
  },
};
