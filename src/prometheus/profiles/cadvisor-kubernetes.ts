import type { Profile } from '../profile';
import { containerMetrics } from './container-metrics';

/** cAdvisor inside the kubelet, which adds pod and container. */
export const CADVISOR_KUBERNETES: Profile = {
  id: 'cadvisor-kubernetes',
  name: 'Containers (cAdvisor in Kubernetes)',
  kind: 'process',
  detect: ['kubelet_running_pods', 'kubelet_node_name'],
  labels: { task: 'container', worker: 'pod', host: 'instance' },
  ...containerMetrics('container'),
};
