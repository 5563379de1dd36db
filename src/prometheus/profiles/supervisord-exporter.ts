import type { Profile } from '../profile';

/**
 * salimd/supervisord_exporter: one series per process, whose label is its state and whose value is 1 of RUNNING and 0 of
 * all others. Its label `exit_status` is `0` however a process ended, so that EXITED says neither success nor failure;
 * node_exporter tells. Failures that are counted are those of processes that could not be started (FATAL).
 */
export const SUPERVISORD_EXPORTER: Profile = {
  id: 'supervisord-exporter',
  name: 'Supervisor (supervisord_exporter)',
  detect: ['supervisor_process_info'],
  labels: { task: 'name', host: 'instance' },
  counters: {
    failed: [{ metric: 'supervisor_process_info', match: { state: 'FATAL' }, equals: 0, counts: 'appearances' }],
  },
  gauges: {
    pending: [{ metric: 'supervisor_process_info', match: { state: 'STARTING|BACKOFF' }, equals: 0 }],
    running: [{ metric: 'supervisor_process_info', match: { state: 'RUNNING' } }],
  },
  histograms: {},
  timestamps: {},
  states: [
    {
      metric: 'supervisor_process_info',
      stateLabel: 'state',
      anyValue: true,
      kind: 'process',
      states: {
        STOPPED: { state: 'cancelled', substate: 'stopped' },
        STARTING: { state: 'pending', substate: 'queued' },
        RUNNING: { state: 'running', substate: 'executing' },
        BACKOFF: { state: 'pending', substate: 'retrying' },
        STOPPING: { state: 'running', substate: 'stopping' },
        EXITED: { state: 'unknown' },
        FATAL: { state: 'failed', substate: 'start_limit' },
        UNKNOWN: { state: 'unknown' },
      },
    },
  ],
};
