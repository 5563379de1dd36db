import type { Profile } from '../profile';

const CONTAINERS = { name: '.+' };

/** cAdvisor by itself, with Docker's names of containers. A container serves all the tasks in it: a worker's share. */
export const CADVISOR: Profile = {
  id: 'cadvisor',
  name: 'Containers (cAdvisor)',
  detect: ['container_cpu_usage_seconds_total'],
  labels: { task: 'name', worker: 'name', host: 'instance' },
  counters: { abnormal: [{ metric: 'container_oom_events_total', match: CONTAINERS }] },
  gauges: { limitMemory: [{ metric: 'container_spec_memory_limit_bytes', match: CONTAINERS }] },
  histograms: {},
  timestamps: { workerSeen: [{ metric: 'container_last_seen', match: CONTAINERS }] },
  cpuSeconds: { metric: 'container_cpu_usage_seconds_total', match: CONTAINERS },
  rssBytes: { metric: 'container_memory_working_set_bytes', match: CONTAINERS },
  resourcesAre: 'worker share',
};
