import type { Profile } from '../profile';
import { ONESHOT_STATES, SYSTEMD_STATES } from './systemd-states';

const SERVICES = { name: '.+[.]service' };
const ONESHOT = { ...SERVICES, type: 'oneshot' };
const OTHERS = { ...SERVICES, type: '|simple|exec|forking|dbus|notify|notify-reload|idle' };

/**
 * systemd services through node_exporter. It tells states only: no exit codes, no memory, no CPU. A unit that ends and that no
 * other names is forgotten by systemd, and so its end is not told. Verified on a real systemd.
 */
export const NODE_SYSTEMD: Profile = {
  id: 'node-systemd',
  name: 'systemd (node_exporter)',
  detect: ['node_systemd_unit_state'],
  labels: { task: 'name', host: 'instance' },
  counters: {
    completed: [
      { metric: 'node_systemd_unit_state', match: { ...SERVICES, state: 'inactive' }, counts: 'appearances' },
    ],
    failed: [{ metric: 'node_systemd_unit_state', match: { ...SERVICES, state: 'failed' }, counts: 'appearances' }],
    retried: [
      {
        metric: 'node_systemd_service_restart_total',
        match: SERVICES,
        needs: '--collector.systemd.enable-restarts-metrics',
      },
    ],
  },
  gauges: {
    pending: [{ metric: 'node_systemd_unit_state', match: { ...OTHERS, state: 'activating' } }],
    running: [
      { metric: 'node_systemd_unit_state', match: { ...SERVICES, state: 'active' } },
      { metric: 'node_systemd_unit_state', match: { ...ONESHOT, state: 'activating' } },
    ],
  },
  histograms: {},
  timestamps: {
    started: [
      {
        metric: 'node_systemd_unit_start_time_seconds',
        match: SERVICES,
        needs: '--collector.systemd.enable-start-time-metrics',
      },
    ],
  },
  states: [
    {
      metric: 'node_systemd_unit_state',
      match: OTHERS,
      stateLabel: 'state',
      states: SYSTEMD_STATES,
      kind: 'unit',
      needs: '--collector.systemd',
    },
    {
      metric: 'node_systemd_unit_state',
      match: ONESHOT,
      stateLabel: 'state',
      states: ONESHOT_STATES,
      kind: 'unit',
      needs: '--collector.systemd',
    },
  ],
};
