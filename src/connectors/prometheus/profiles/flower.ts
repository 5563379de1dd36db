import type { Profile } from '../profile';

/** Celery through Flower's own `/metrics`. What waits is what workers have fetched ahead; the broker's queue is not told. */
export const FLOWER: Profile = {
  id: 'flower',
  name: 'Celery (Flower)',
  detect: ['flower_events_total', 'flower_worker_online'],
  labels: { task: 'task', worker: 'worker' },
  counters: {
    created: [{ metric: 'flower_events_total', match: { type: 'task-sent' } }],
    started: [{ metric: 'flower_events_total', match: { type: 'task-started' } }],
    completed: [{ metric: 'flower_events_total', match: { type: 'task-succeeded' } }],
    failed: [{ metric: 'flower_events_total', match: { type: 'task-failed' } }],
    cancelled: [{ metric: 'flower_events_total', match: { type: 'task-revoked' } }],
    retried: [{ metric: 'flower_events_total', match: { type: 'task-retried' } }],
  },
  gauges: {
    pending: [{ metric: 'flower_worker_prefetched_tasks' }],
    running: [{ metric: 'flower_worker_number_of_currently_executing_tasks', labels: { worker: 'worker' } }],
  },
  histograms: { duration: { metric: 'flower_task_runtime_seconds' } },
  timestamps: {},
  workers: { metric: 'flower_worker_online', labels: { worker: 'worker' } },
};
