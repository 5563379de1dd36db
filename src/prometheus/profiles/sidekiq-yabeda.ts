import type { Profile } from '../profile';

/**
 * yabeda-sidekiq with yabeda-prometheus. `worker` is Sidekiq's word for the class of a job: the task. Every try counts: as
 * enqueued, as a failure, and in the duration, which does not tell failures apart. Jobs are counted as enqueued by the
 * process that enqueues them, so that one must be scraped too. What waits and runs, every Sidekiq process tells of all:
 * where there are several, all but one need `YABEDA_SIDEKIQ_COLLECT_CLUSTER_METRICS=no`, or it is added up.
 */
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
    // What waits for its time is in no queue yet.
    pending: [
      { metric: 'sidekiq_jobs_waiting_count', labels: { queue: 'queue' } },
      { metric: 'sidekiq_jobs_scheduled_count', labels: {} },
      { metric: 'sidekiq_jobs_retry_count', labels: {} },
    ],
    running: [{ metric: 'sidekiq_active_workers_count', labels: {} }],
  },
  histograms: {
    duration: { metric: 'sidekiq_job_runtime_seconds' },
    wait: { metric: 'sidekiq_job_latency_seconds' },
  },
  timestamps: {
    oldestPending: [{ metric: 'sidekiq_queue_latency', labels: { queue: 'queue' }, age: true }],
    // 0 of a task that does not run.
    oldestRunning: [{ metric: 'sidekiq_running_job_runtime_seconds', age: true }],
  },
  // With `label_for_error_class_on_sidekiq_jobs_failed`.
  errorLabel: 'error',
};
