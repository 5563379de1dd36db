import type { Profile } from '../profile';

/** yabeda-sidekiq with yabeda-prometheus. `worker` is Sidekiq's word for the class of a job: the task. */
export const SIDEKIQ_YABEDA: Profile = {
  id: 'sidekiq-yabeda',
  name: 'Sidekiq (yabeda)',
  detect: ['sidekiq_jobs_executed_total', 'sidekiq_jobs_enqueued_total'],
  labels: { task: 'worker', queue: 'queue' },
  counters: {
    created: [{ metric: 'sidekiq_jobs_enqueued_total' }],
    completed: [{ metric: 'sidekiq_jobs_success_total' }],
    failed: [{ metric: 'sidekiq_jobs_failed_total' }],
  },
  gauges: {
    pending: [{ metric: 'sidekiq_jobs_waiting_count', labels: { queue: 'queue' } }],
    running: [{ metric: 'sidekiq_active_workers_count', labels: {} }],
  },
  histograms: {
    duration: { metric: 'sidekiq_job_runtime_seconds' },
    wait: { metric: 'sidekiq_job_latency_seconds' },
  },
  timestamps: { oldestPending: [{ metric: 'sidekiq_queue_latency', labels: { queue: 'queue' }, age: true }] },
  errorLabel: 'error',
};
