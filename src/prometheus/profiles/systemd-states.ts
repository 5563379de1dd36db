import type { NativeState, StateSeries } from '../profile';

const EXECUTING: NativeState = { state: 'running', substate: 'executing' };

/** ActiveState of a unit. Inactive says nothing of how it ended, but a unit that ended badly is `failed`. */
export const SYSTEMD_STATES: StateSeries['states'] = {
  activating: { state: 'pending', substate: 'queued' },
  active: EXECUTING,
  reloading: { state: 'running', substate: 'reloading' },
  deactivating: { state: 'running', substate: 'stopping' },
  inactive: 'idle',
  failed: { state: 'failed', substate: 'error' },
};

/** Of a service of type oneshot, which is what timers start: it is activating as long as it runs. */
export const ONESHOT_STATES: StateSeries['states'] = { ...SYSTEMD_STATES, activating: EXECUTING };
