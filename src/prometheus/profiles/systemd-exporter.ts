import type { Profile } from '../profile';
import { ONESHOT_STATES } from './systemd-states';

const SERVICES = { name: '.+[.]service' };

/**
 * systemd services through systemd_exporter: states and exact starts. Memory is not told, and CPU time by versions up to
 * 0.5.0 only. A oneshot service, which is what timers start, is activating as long as it runs, and no label here tells it from
 * one that starts: both count as running. A unit that ends and that no other names is forgotten by
 * systemd, and so its end is not told. Verified on a real systemd.
 */
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
  gauges: { running: [{ metric: 'systemd_unit_state', match: { ...SERVICES, state: 'active|activating' } }] },
  histograms: {},
  timestamps: { started: [{ metric: 'systemd_unit_inactive_exit_time_seconds', match: SERVICES }] },
  cpuSeconds: { metric: 'systemd_unit_cpu_seconds_total', match: SERVICES },
  resourcesAre: 'task',
  states: [
    {
      metric: 'systemd_unit_state',
      match: SERVICES,
      stateLabel: 'state',
      states: ONESHOT_STATES,
      kind: 'unit',
    },
  ],
};
