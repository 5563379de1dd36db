import type { Profile } from '../profile';

/**
 * pm2-metrics (saikatharryc/pm2-prometheus-exporter). Whether a process that is not online was stopped or failed is not
 * told. Restarts by hand count as those after a crash. PM2's modules, itself among them, are processes too.
 */
export const PM2_METRICS: Profile = {
  id: 'pm2-metrics',
  name: 'PM2 (pm2-metrics)',
  detect: ['pm2_up', 'pm2_restarts'],
  labels: { task: 'name', host: 'instance' },
  counters: { retried: [{ metric: 'pm2_restarts' }] },
  gauges: { running: [{ metric: 'pm2_up' }] },
  histograms: {},
  timestamps: {},
  cpuCores: { metric: 'pm2_cpu', scale: 0.01 },
  rssBytes: { metric: 'pm2_memory' },
  resourcesAre: 'task',
  states: [
    {
      metric: 'pm2_up',
      kind: 'process',
      states: {
        0: { state: 'unknown', word: 'not online' },
        1: { state: 'running', substate: 'executing', word: 'online' },
      },
    },
  ],
};
