import type { Profile } from '../profile';

/**
 * Envoy's requests to its upstream clusters: a cluster is a task. Verified on a real one. `upstream_rq_total` counts every try,
 * so that a retry is a start more; requests are counted when they are answered, also with Envoy's own 503 and 504. How long
 * those that timed out took is not told, and one that its client gives up is counted as a start only.
 */
export const ENVOY: Profile = {
  id: 'envoy',
  name: 'Requests (Envoy)',
  detect: ['envoy_cluster_upstream_rq_total', 'envoy_cluster_upstream_rq_xx'],
  labels: { task: 'envoy_cluster_name' },
  counters: {
    started: [{ metric: 'envoy_cluster_upstream_rq_total' }],
    completed: [{ metric: 'envoy_cluster_upstream_rq_xx', match: { envoy_response_code_class: '[1234]' } }],
    failed: [{ metric: 'envoy_cluster_upstream_rq_xx', match: { envoy_response_code_class: '5' } }],
    retried: [{ metric: 'envoy_cluster_upstream_rq_retry' }],
  },
  gauges: {
    pending: [{ metric: 'envoy_cluster_upstream_rq_pending_active' }],
    running: [{ metric: 'envoy_cluster_upstream_rq_active' }],
  },
  histograms: { duration: { metric: 'envoy_cluster_upstream_rq_time', scale: 0.001 } },
  timestamps: {},
};
