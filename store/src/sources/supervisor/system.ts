import { ConnectorError } from '../../../../src/model/connector-error';
import type { CollectedSystem } from '../collected-system';
import { createSupervisorFeed } from './feed';

export const SUPERVISOR: CollectedSystem = {
  id: 'supervisor',
  name: 'Supervisor',
  protocols: ['unix:', 'http:', 'https:'],
  exampleAddress: 'unix:///run/supervisor.sock',
  open: (access) => {
    const [setting] = Object.keys(access.settings);
    if (setting !== undefined) {
      throw new ConnectorError('bad-request', 'supervisor', `There is no setting ${setting}. Leave settings out.`);
    }
    return { feed: createSupervisorFeed(access) };
  },
};
