import type { Profile } from '../profile';
import { worldsAnd } from '../world-labels';

/** Each request is told twice, by the one who sends and the one who receives: only the receiver's is counted. */
const RECEIVED = { reporter: 'destination' };

/** Istio's requests: a service is a task. The fault of the caller (4xx) is no failure of the service. */
export const ISTIO: Profile = {
  id: 'istio',
  name: 'Requests (Istio)',
  detect: ['istio_requests_total'],
  worlds: worldsAnd('destination_cluster', 'destination_service_namespace'),
  labels: { task: 'destination_service_name', worker: 'destination_workload' },
  counters: {
    completed: [{ metric: 'istio_requests_total', match: { ...RECEIVED, response_code: '[1234]..' } }],
    failed: [{ metric: 'istio_requests_total', match: { ...RECEIVED, response_code: '5..|0' } }],
  },
  gauges: {},
  histograms: { duration: { metric: 'istio_request_duration_milliseconds', match: RECEIVED, scale: 0.001 } },
  timestamps: {},
  errorLabel: 'response_code',
};
