import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { ConnectorError } from '../../../../src/model/connector-error';
import type { CollectedSystem } from '../collected-system';
import { createPm2Feed } from './feed';

export const PM2: CollectedSystem = {
  id: 'pm2',
  name: 'PM2',
  protocols: [],
  exampleAddress: '',
  open: (access) => {
    const { home = process.env['PM2_HOME'] ?? join(homedir(), '.pm2'), ...others } = access.settings;
    const [other] = Object.keys(others);
    if (other !== undefined) {
      throw new ConnectorError(
        'bad-request',
        'pm2',
        `There is no setting ${other}. There is home, the PM2_HOME of its daemon.`
      );
    }
    if (typeof home !== 'string' || !isAbsolute(home)) {
      throw new ConnectorError(
        'bad-request',
        'pm2',
        `home is ${JSON.stringify(home)}, want the path of PM2_HOME, such as /home/app/.pm2.`
      );
    }
    return { feed: createPm2Feed(home, access) };
  },
};
