import type { Profile } from '../profile';

/**
 * Strech/sidekiq-prometheus-exporter. It counts all jobs together: queues have depths, and no job has a name. Every try
 * counts: one that fails and will be made again is a failure.
 */
export const SIDEKIQ: Profile = {
  id: 'sidekiq',
  name: 'Sidekiq (sidekiq-prometheus-exporter)',
  detect: ['sidekiq_processed_jobs_total', 'sidekiq_enqueued_jobs'],
  labels: {},
  counters: {
    completed: [{ metric: 'sidekiq_processed_jobs_total', minus: 'sidekiq_failed_jobs_total' }],
    failed: [{ metric: 'sidekiq_failed_jobs_total' }],
  },
  gauges: {
    // What waits for its time is in no queue yet.
    pending: [
      { metric: 'sidekiq_queue_enqueued_jobs', labels: { queue: 'name' } },
      { metric: 'sidekiq_scheduled_jobs' },
      { metric: 'sidekiq_retry_jobs' },
    ],
    // By queue it tells what the processes do that serve the queue, whichever queue that is from.
    running: [{ metric: 'sidekiq_busy_workers' }],
    slots: [{ metric: 'sidekiq_workers' }],
  },
  histograms: {},
  timestamps: {
    oldestPending: [{ metric: 'sidekiq_queue_latency_seconds', labels: { queue: 'name' }, age: true }],
    oldestRunning: [{ metric: 'sidekiq_queue_max_processing_time_seconds', labels: { queue: 'name' }, age: true }],
  },
};
