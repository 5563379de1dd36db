import type { Profile } from '../profile';

/** salimd/supervisord_exporter: one series per process whose labels are its state and last exit status. */
export const SUPERVISORD_EXPORTER: Profile = {
  id: 'supervisord-exporter',
  name: 'Supervisor (supervisord_exporter)',
  detect: ['supervisor_process_info'],
  labels: { task: 'name', host: 'instance' },
  counters: {
    failed: [{ metric: 'supervisor_process_info', match: { state: 'FATAL' }, counts: 'appearances' }],
  },
  gauges: {
    pending: [{ metric: 'supervisor_process_info', match: { state: 'STARTING|BACKOFF' } }],
    running: [{ metric: 'supervisor_process_info', match: { state: 'RUNNING' } }],
  },
  histograms: {},
  timestamps: {},
  states: [
    {
      metric: 'supervisor_process_info',
      stateLabel: 'state',
      exitLabel: 'exit_status',
      kind: 'process',
      states: {
        STOPPED: { state: 'cancelled', substate: 'stopped' },
        STARTING: { state: 'pending', substate: 'queued' },
        RUNNING: { state: 'running', substate: 'executing' },
        BACKOFF: { state: 'pending', substate: 'retrying' },
        STOPPING: { state: 'running', substate: 'stopping' },
        EXITED: { state: 'completed', substate: 'exited' },
        FATAL: { state: 'failed', substate: 'start_limit' },
        UNKNOWN: { state: 'unknown' },
      },
    },
  ],
};
