import type { Profile } from '../profile';

/** A host through node_exporter: what all its tasks use together. */
export const NODE_HOST: Profile = {
  id: 'node-host',
  name: 'Hosts (node_exporter)',
  detect: ['node_cpu_seconds_total'],
  labels: { worker: 'instance', host: 'instance' },
  counters: {},
  gauges: { limitMemory: [{ metric: 'node_memory_MemTotal_bytes' }] },
  histograms: {},
  timestamps: {},
  cpuSeconds: { metric: 'node_cpu_seconds_total', match: { mode: 'user|system|nice|irq|softirq|steal' } },
  rssBytes: { metric: 'node_memory_MemTotal_bytes', minus: 'node_memory_MemAvailable_bytes' },
  resourcesAre: 'worker share',
};
