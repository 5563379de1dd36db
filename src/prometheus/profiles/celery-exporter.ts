import type { Profile } from '../profile';

/** danihodovic/celery-exporter. Its histogram of run times holds succeeded runs only, as the model wants it. */
export const CELERY_EXPORTER: Profile = {
  id: 'celery-exporter',
  name: 'Celery (celery-exporter)',
  detect: ['celery_task_received_total', 'celery_task_succeeded_total', 'celery_task_sent_total', 'celery_worker_up'],
  labels: { task: 'name', queue: 'queue_name', worker: 'hostname' },
  counters: {
    created: [{ metric: 'celery_task_sent_total', needs: 'task_send_sent_event = True in Celery’s configuration' }],
    started: [{ metric: 'celery_task_started_total' }],
    completed: [{ metric: 'celery_task_succeeded_total' }],
    failed: [{ metric: 'celery_task_failed_total' }],
    cancelled: [{ metric: 'celery_task_revoked_total' }],
    // One that was rejected is put back and run again: its worker's process died, or it asked for it.
    retried: [{ metric: 'celery_task_retried_total' }, { metric: 'celery_task_rejected_total' }],
  },
  gauges: {
    pending: [{ metric: 'celery_queue_length', labels: { queue: 'queue_name' } }],
    running: [{ metric: 'celery_worker_tasks_active', labels: { worker: 'hostname' } }],
    slots: [{ metric: 'celery_active_process_count', labels: { queue: 'queue_name' } }],
  },
  histograms: {
    duration: { metric: 'celery_task_runtime' },
    wait: { metric: 'celery_task_queue_wait_time', needs: 'task_send_sent_event = True in Celery’s configuration' },
  },
  timestamps: {},
  workers: { metric: 'celery_worker_up', labels: { worker: 'hostname' } },
  errorLabel: 'exception',
};
