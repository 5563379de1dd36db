import type { Profile, Series } from '../profile';

/** How long jobs took that completed, in milliseconds: the histogram holds the tries that failed too. */
export const BULLMQ_DURATION = { match: { bullmq_job_state: 'completed' }, scale: 0.001 } satisfies Partial<Series>;

/**
 * BullMQ through OpenTelemetry (`bullmq-otel` with `enableMetrics`), pushed: names of jobs and durations, which its own
 * metrics lack. It counts no job that is added (`bullmq.jobs.waiting` are those that were put back). What waits and runs
 * is told where the program calls `queue.recordJobCountsMetric()` now and then.
 */
export const BULLMQ_OTEL: Profile = {
  id: 'bullmq-otel',
  name: 'BullMQ (OpenTelemetry)',
  detect: ['bullmq_jobs_completed_total', 'bullmq_queue_jobs'],
  labels: { task: 'bullmq_job_name', queue: 'bullmq_queue_name' },
  attributes: ['bullmq.job.name', 'bullmq.queue.name', 'bullmq.job.state', 'bullmq.queue.jobs.state'],
  counters: {
    completed: [{ metric: 'bullmq_jobs_completed_total' }],
    failed: [{ metric: 'bullmq_jobs_failed_total' }],
    // At once, and after a pause; a job that puts itself off counts as the latter.
    retried: [{ metric: 'bullmq_jobs_retried_total' }, { metric: 'bullmq_jobs_delayed_total' }],
  },
  gauges: {
    pending: [
      {
        metric: 'bullmq_queue_jobs',
        match: { bullmq_queue_jobs_state: 'waiting|delayed|prioritized|paused|waiting-children' },
        labels: { queue: 'bullmq_queue_name' },
        needs: 'queue.recordJobCountsMetric()',
      },
    ],
    running: [
      {
        metric: 'bullmq_queue_jobs',
        match: { bullmq_queue_jobs_state: 'active' },
        labels: { queue: 'bullmq_queue_name' },
        needs: 'queue.recordJobCountsMetric()',
      },
    ],
  },
  histograms: { duration: { metric: 'bullmq_job_duration_milliseconds', ...BULLMQ_DURATION } },
  timestamps: {},
};
