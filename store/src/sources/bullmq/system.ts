import { ConnectorError } from '../../../../src/model/connector-error';
import type { CollectedSystem } from '../collected-system';
import { REDIS_PROTOCOLS } from '../redis-connection';
import { RedisReader } from '../redis-reader';
import { createBullMq } from './connector';
import { BULLMQ } from './to-task-run';

export const BULLMQ_JOBS: CollectedSystem = {
  id: BULLMQ,
  name: 'BullMQ',
  protocols: REDIS_PROTOCOLS,
  exampleAddress: 'redis://localhost:6379/0',
  open({ endpoint, timeoutMs, settings }) {
    const { prefix = 'bull', queues, ...others } = settings;
    const refuse = (message: string) => new ConnectorError('bad-request', BULLMQ, message);
    const unknown = Object.keys(others)[0];
    if (unknown !== undefined) {
      throw refuse(`${unknown} is no setting of BullMQ. Known are prefix and queues.`);
    }
    if (typeof prefix !== 'string' || prefix === '') {
      throw refuse(
        'prefix is no text. Want the prefix that queues are made with, {bull} with its braces where it has some.'
      );
    }
    if (queues !== undefined && !(Array.isArray(queues) && queues.every((name) => typeof name === 'string'))) {
      throw refuse('queues is no list of names.');
    }
    if (endpoint === undefined) {
      throw refuse('The address of Redis is missing. Set url.');
    }
    const reader = new RedisReader({ endpoint, system: BULLMQ, timeoutMs });
    const named = queues as readonly string[] | undefined;
    return {
      connector: createBullMq(reader, { prefix, ...(named !== undefined && { named }) }),
      close: () => reader.close(),
    };
  },
};
