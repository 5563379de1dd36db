import { ConnectorError } from '../../../../src/model/connector-error';
import type { CollectedSystem } from '../collected-system';
import { REDIS_PROTOCOLS } from '../redis-connection';
import { RedisReader } from '../redis-reader';
import { createRq } from './connector';
import { RQ } from './to-task-runs';

export const RQ_JOBS: CollectedSystem = {
  id: RQ,
  name: 'RQ',
  protocols: REDIS_PROTOCOLS,
  exampleAddress: 'redis://localhost:6379/0',
  open({ endpoint, timeoutMs, settings }) {
    const { keyPrefix = 'rq', ...others } = settings;
    const unknown = Object.keys(others)[0];
    if (unknown !== undefined) {
      throw new ConnectorError(
        'bad-request',
        RQ,
        `${unknown} is no setting of RQ. Known is keyPrefix (RQ_KEY_PREFIX).`
      );
    }
    if (typeof keyPrefix !== 'string' || !/^[\w.:{}-]+$/.test(keyPrefix)) {
      throw new ConnectorError(
        'bad-request',
        RQ,
        'keyPrefix is no prefix of keys: letters, digits and _ . : - { } are allowed.'
      );
    }
    if (endpoint === undefined) {
      throw new ConnectorError('bad-request', RQ, 'The address of Redis is missing. Set url.');
    }
    const reader = new RedisReader({ endpoint, system: RQ, timeoutMs });
    return { connector: createRq(reader, keyPrefix), close: () => reader.close() };
  },
};
