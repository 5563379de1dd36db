import type { Profile } from '../profile';

const CONTAINERS = { container: '.+' };

/** cAdvisor inside the kubelet, which adds pod and container. A container serves all the tasks in it: a worker's share. */
export const CADVISOR_KUBERNETES: Profile = {
  id: 'cadvisor-kubernetes',
  name: 'Containers (cAdvisor in Kubernetes)',
  detect: ['kubelet_running_pods', 'kubelet_node_name'],
  labels: { task: 'container', worker: 'pod', host: 'instance' },
  counters: { abnormal: [{ metric: 'container_oom_events_total', match: CONTAINERS }] },
  gauges: { limitMemory: [{ metric: 'container_spec_memory_limit_bytes', match: CONTAINERS }] },
  histograms: {},
  timestamps: { workerSeen: [{ metric: 'container_last_seen', match: CONTAINERS }] },
  cpuSeconds: { metric: 'container_cpu_usage_seconds_total', match: CONTAINERS },
  rssBytes: { metric: 'container_memory_working_set_bytes', match: CONTAINERS },
  resourcesAre: 'worker share',
};
