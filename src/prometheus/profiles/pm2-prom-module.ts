import type { Profile } from '../profile';

/**
 * VeXell/pm2-prom-module. CPU is per cent of a core. Of a program without a process there is no count of restarts, so that
 * those of a quick crash loop are not all seen; that PM2 gave up is. Its `waiting restart` is told as 0, unknown.
 */
export const PM2_PROM_MODULE: Profile = {
  id: 'pm2-prom-module',
  name: 'PM2 (pm2-prom-module)',
  detect: ['pm2_app_status', 'pm2_available_apps'],
  labels: { task: 'app', host: 'instance' },
  counters: {
    failed: [{ metric: 'pm2_app_status', equals: 4, counts: 'appearances' }],
    retried: [{ metric: 'pm2_app_restart_count' }],
  },
  gauges: { running: [{ metric: 'pm2_app_instances' }] },
  histograms: {},
  timestamps: {},
  cpuCores: { metric: 'pm2_app_pids_cpu', scale: 0.01 },
  rssBytes: { metric: 'pm2_app_pids_memory' },
  resourcesAre: 'task',
  states: [
    {
      metric: 'pm2_app_status',
      kind: 'process',
      states: {
        0: { state: 'unknown', word: 'unknown' },
        1: { state: 'running', substate: 'executing', word: 'running' },
        2: { state: 'pending', substate: 'queued', word: 'pending' },
        3: { state: 'cancelled', substate: 'stopped', word: 'stopped' },
        4: { state: 'failed', substate: 'error', word: 'errored' },
      },
    },
  ],
};
