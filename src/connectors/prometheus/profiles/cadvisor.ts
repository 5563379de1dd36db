import type { Profile } from '../profile';
import { containerMetrics } from './container-metrics';

/** cAdvisor by itself, with Docker's names of containers. */
export const CADVISOR: Profile = {
  id: 'cadvisor',
  name: 'Containers (cAdvisor)',
  detect: ['container_cpu_usage_seconds_total'],
  labels: { task: 'name', worker: 'name', host: 'instance' },
  ...containerMetrics('name'),
};
