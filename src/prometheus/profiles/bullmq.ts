import type { Profile } from '../profile';

/**
 * BullMQ's own `queue.exportPrometheusMetrics()`. It tells queues, not names of jobs. Its counters stay 0 unless the
 * workers have the option `metrics: { maxDataPoints: … }`; a job that will be tried again has not failed.
 */
export const BULLMQ: Profile = {
  id: 'bullmq',
  name: 'BullMQ',
  detect: ['bullmq_job_count', 'bullmq_job_completed_total'],
  labels: { queue: 'queue' },
  counters: {
    completed: [{ metric: 'bullmq_job_completed_total' }],
    failed: [{ metric: 'bullmq_job_failed_total' }],
  },
  gauges: {
    pending: [{ metric: 'bullmq_job_count', match: { state: 'waiting|delayed|prioritized|paused|waiting-children' } }],
    running: [{ metric: 'bullmq_job_count', match: { state: 'active' } }],
  },
  histograms: {},
  timestamps: {},
};
