import type { Profile } from '../profile';

/** ncabatoff/process-exporter: groups of processes as its configuration names them. */
export const PROCESS_EXPORTER: Profile = {
  id: 'process-exporter',
  name: 'Processes (process-exporter)',
  kind: 'process',
  detect: ['namedprocess_namegroup_num_procs'],
  labels: { task: 'groupname', host: 'instance' },
  counters: {},
  gauges: { running: [{ metric: 'namedprocess_namegroup_num_procs' }] },
  histograms: {},
  timestamps: { oldestRunning: [{ metric: 'namedprocess_namegroup_oldest_start_time_seconds' }] },
  cpuSeconds: { metric: 'namedprocess_namegroup_cpu_seconds_total' },
  rssBytes: { metric: 'namedprocess_namegroup_memory_bytes', match: { memtype: 'resident' } },
  resourcesAre: 'task',
};
