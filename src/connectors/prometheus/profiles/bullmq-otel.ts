import type { Profile } from '../profile';

/** BullMQ through OpenTelemetry (`bullmq-otel`): names of jobs and durations, which its own metrics lack. */
export const BULLMQ_OTEL: Profile = {
  id: 'bullmq-otel',
  name: 'BullMQ (OpenTelemetry)',
  detect: ['bullmq_jobs_completed_total', 'bullmq_queue_jobs'],
  labels: { task: 'bullmq_job_name', queue: 'bullmq_queue_name' },
  counters: {
    created: [{ metric: 'bullmq_jobs_waiting_total' }],
    completed: [{ metric: 'bullmq_jobs_completed_total' }],
    failed: [{ metric: 'bullmq_jobs_failed_total' }],
    retried: [{ metric: 'bullmq_jobs_retried_total' }],
  },
  gauges: {
    pending: [
      {
        metric: 'bullmq_queue_jobs',
        match: { bullmq_queue_jobs_state: 'waiting|delayed|prioritized|paused|waiting-children' },
        labels: { queue: 'bullmq_queue_name' },
      },
    ],
    running: [
      {
        metric: 'bullmq_queue_jobs',
        match: { bullmq_queue_jobs_state: 'active' },
        labels: { queue: 'bullmq_queue_name' },
      },
    ],
  },
  histograms: { duration: { metric: 'bullmq_job_duration_milliseconds', scale: 0.001 } },
  timestamps: {},
};
