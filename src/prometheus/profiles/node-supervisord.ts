import type { Profile } from '../profile';

/**
 * Supervisor through node_exporter, whose collector is deprecated. The state is a code in the value; a process that a signal
 * ended has the exit status -1. Failures that are counted are those of processes that could not be started (FATAL); one
 * that ended otherwise than with 0 is a failed run of the timeline.
 */
export const NODE_SUPERVISORD: Profile = {
  id: 'node-supervisord',
  name: 'Supervisor (node_exporter)',
  detect: ['node_supervisord_state'],
  labels: { task: 'name', host: 'instance' },
  counters: {
    failed: [{ metric: 'node_supervisord_state', equals: 200, counts: 'appearances' }],
  },
  gauges: {
    pending: [
      { metric: 'node_supervisord_state', equals: 10 },
      { metric: 'node_supervisord_state', equals: 30 },
    ],
    running: [{ metric: 'node_supervisord_state', equals: 20 }],
  },
  histograms: {},
  timestamps: { started: [{ metric: 'node_supervisord_start_time_seconds' }] },
  states: [
    {
      metric: 'node_supervisord_state',
      needs: '--collector.supervisord',
      exitStatus: { metric: 'node_supervisord_exit_status' },
      kind: 'process',
      states: {
        0: { state: 'cancelled', substate: 'stopped', word: 'STOPPED' },
        10: { state: 'pending', substate: 'queued', word: 'STARTING' },
        20: { state: 'running', substate: 'executing', word: 'RUNNING' },
        30: { state: 'pending', substate: 'retrying', word: 'BACKOFF' },
        40: { state: 'running', substate: 'stopping', word: 'STOPPING' },
        100: { state: 'completed', substate: 'exited', word: 'EXITED' },
        200: { state: 'failed', substate: 'start_limit', word: 'FATAL' },
        1000: { state: 'unknown', word: 'UNKNOWN' },
      },
    },
  ],
};
