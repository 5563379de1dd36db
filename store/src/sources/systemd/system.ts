import { ConnectorError } from '../../../../src/model/connector-error';
import type { CollectedSystem } from '../collected-system';
import { createSystemdFeed } from './feed';
import type { SystemdOptions } from './feed';
import { matcherOf } from './unit-patterns';

const EXAMPLE = ['backup*.service'];

export const SYSTEMD: CollectedSystem = {
  id: 'systemd',
  name: 'systemd',
  protocols: [],
  exampleAddress: '',
  exampleSettings: { units: EXAMPLE },
  open: (access) => ({ feed: createSystemdFeed(readOptions(access.settings), access) }),
};

function readOptions({ units, scope = 'system', ...others }: Readonly<Record<string, unknown>>): SystemdOptions {
  const fault = (message: string) => new ConnectorError('bad-request', 'systemd', message);
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw fault(`There is no setting ${other}. There are units and scope.`);
  }
  if (scope !== 'system' && scope !== 'user') {
    throw fault(`scope is ${JSON.stringify(scope)}, want system or user.`);
  }
  const isName = (name: unknown): name is string =>
    typeof name === 'string' && /^[\w@.:*?[\]!\\-]+$/.test(name) && canBeMatched(name);
  if (!Array.isArray(units) || units.length === 0 || units.length > 100 || !units.every(isName)) {
    throw fault(
      `units is ${JSON.stringify(units)}, want 1 to 100 names or patterns of units, such as ${JSON.stringify(EXAMPLE)}.`
    );
  }
  return { units, scope };
}

function canBeMatched(pattern: string): boolean {
  try {
    matcherOf([pattern]);
    return true;
  } catch {
    return false;
  }
}
