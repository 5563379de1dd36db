import type { ProxyRoute, SourceSystem } from '../system';
import { createKubernetes } from './connector';
import { KUBERNETES } from './refuse';

/** The API server takes the token of a service account, which Grafana's server sends. */
const ROUTE: ProxyRoute = { path: 'kubernetes', bearer: 'kubernetesToken' };

export const KUBERNETES_SYSTEM: SourceSystem = {
  id: KUBERNETES,
  name: 'Kubernetes',
  exampleAddress: 'https://kubernetes.default.svc',
  routes: [ROUTE],
  nothing: [],
  scores: 'here',
  create: (ports, settings) => createKubernetes(ports, settings),
};
