import type { Profile } from '../profile';

/**
 * Celery through Flower's own `/metrics`. What waits is what workers have fetched ahead; the broker's queue is not told. A
 * worker that is killed stays online, with what it ran and had fetched; a clean stop alone makes it 0 (seen in 2.2.0). The
 * `worker` of what was sent is the sender.
 */
export const FLOWER: Profile = {
  id: 'flower',
  name: 'Celery (Flower)',
  detect: ['flower_events_total', 'flower_worker_online'],
  labels: { task: 'task', worker: 'worker' },
  counters: {
    created: [{ metric: 'flower_events_total', match: { type: 'task-sent' }, labels: { task: 'task' } }],
    started: [{ metric: 'flower_events_total', match: { type: 'task-started' } }],
    completed: [{ metric: 'flower_events_total', match: { type: 'task-succeeded' } }],
    failed: [{ metric: 'flower_events_total', match: { type: 'task-failed' } }],
    cancelled: [{ metric: 'flower_events_total', match: { type: 'task-revoked' } }],
    // One that was rejected is put back and run again: its worker's process died, or it asked for it.
    retried: [{ metric: 'flower_events_total', match: { type: 'task-retried|task-rejected' } }],
  },
  gauges: {
    pending: [{ metric: 'flower_worker_prefetched_tasks' }],
    running: [{ metric: 'flower_worker_number_of_currently_executing_tasks', labels: { worker: 'worker' } }],
  },
  histograms: { duration: { metric: 'flower_task_runtime_seconds' } },
  timestamps: {},
  workers: { metric: 'flower_worker_online', labels: { worker: 'worker' } },
  signsOfLife: {
    metric: 'flower_events_total',
    match: { type: 'task-(?:received|started|succeeded|failed|retried|rejected|revoked)' },
    labels: { worker: 'worker' },
    forgets: '--purge_offline_workers',
  },
  notWorkers: 'gen[0-9]+@.*',
};
