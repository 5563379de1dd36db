import type { Profile } from '../profile';

/** What cAdvisor measures of containers: those that `label` names. A container serves all the tasks in it: a worker's share. */
export function containerMetrics(label: string): Omit<Profile, 'id' | 'name' | 'detect' | 'labels'> {
  const match = { [label]: '.+' };
  return {
    counters: { abnormal: [{ metric: 'container_oom_events_total', match }] },
    gauges: { limitMemory: [{ metric: 'container_spec_memory_limit_bytes', match }] },
    histograms: {},
    timestamps: { workerSeen: [{ metric: 'container_last_seen', match }] },
    cpuSeconds: { metric: 'container_cpu_usage_seconds_total', match },
    rssBytes: { metric: 'container_memory_working_set_bytes', match },
    resourcesAre: 'worker share',
  };
}
