import type { Profile } from '../profile';
import { containerMetrics } from './container-metrics';

/**
 * cAdvisor by itself, with Docker's names of containers. Control groups without one, those of systemd among them, have only an
 * `id` and are not read. Its metrics were seen on a host without Docker; Docker's names are those of its documentation.
 */
export const CADVISOR: Profile = {
  id: 'cadvisor',
  name: 'Containers (cAdvisor)',
  kind: 'process',
  detect: ['container_cpu_usage_seconds_total'],
  labels: { task: 'name', worker: 'name', host: 'instance' },
  ...containerMetrics('name'),
};
