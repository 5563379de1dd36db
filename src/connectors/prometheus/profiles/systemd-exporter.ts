import type { Profile } from '../profile';
import { SYSTEMD_STATES } from './systemd-states';

const SERVICES = { name: '.+[.]service' };

/** systemd services through systemd_exporter: states, exact starts, CPU time. Memory is not told. */
export const SYSTEMD_EXPORTER: Profile = {
  id: 'systemd-exporter',
  name: 'systemd (systemd_exporter)',
  detect: ['systemd_unit_state'],
  labels: { task: 'name', host: 'instance' },
  counters: {
    completed: [{ metric: 'systemd_unit_state', match: { ...SERVICES, state: 'inactive' }, counts: 'appearances' }],
    failed: [{ metric: 'systemd_unit_state', match: { ...SERVICES, state: 'failed' }, counts: 'appearances' }],
    retried: [
      {
        metric: 'systemd_service_restart_total',
        match: SERVICES,
        needs: '--systemd.collector.enable-restart-count',
      },
    ],
  },
  gauges: {
    pending: [{ metric: 'systemd_unit_state', match: { ...SERVICES, state: 'activating' } }],
    running: [{ metric: 'systemd_unit_state', match: { ...SERVICES, state: 'active' } }],
  },
  histograms: {},
  timestamps: { started: [{ metric: 'systemd_unit_active_enter_time_seconds', match: SERVICES }] },
  cpuSeconds: { metric: 'systemd_unit_cpu_seconds_total', match: SERVICES },
  resourcesAre: 'task',
  states: [
    { metric: 'systemd_unit_state', match: SERVICES, stateLabel: 'state', states: SYSTEMD_STATES, kind: 'unit' },
  ],
};
