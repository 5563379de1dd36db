import type { StateSeries } from '../profile';

/** ActiveState of a unit. Inactive says nothing of how it ended, but a unit that ended badly is `failed`. */
export const SYSTEMD_STATES: StateSeries['states'] = {
  activating: { state: 'pending', substate: 'queued' },
  active: { state: 'running', substate: 'executing' },
  reloading: { state: 'running', substate: 'reloading' },
  deactivating: { state: 'running', substate: 'stopping' },
  inactive: 'idle',
  failed: { state: 'failed', substate: 'error' },
};
