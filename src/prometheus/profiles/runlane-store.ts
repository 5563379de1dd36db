import type { Profile } from '../profile';

/** A counter cannot go back: what was counted of a run that was then tried again is counted here, and taken off. */
const FINISHED = 'runlane_task_runs_finished_total';
const NOT_FINISHED = 'runlane_task_runs_finished_corrections_total';
const EXITS = 'runlane_task_abnormal_exits_total';
const NO_EXITS = 'runlane_task_abnormal_exits_corrections_total';

/** Runlane's own task store, `/metrics`. */
export const RUNLANE_STORE: Profile = {
  id: 'runlane-store',
  name: 'Runlane task store',
  kind: 'mixed',
  detect: [
    'runlane_task_run_duration_seconds',
    'runlane_task_runs_finished_total',
    'runlane_task_runs',
    'runlane_source_last_seen_timestamp_seconds',
  ],
  labels: { source: 'source', task: 'task', queue: 'queue' },
  counters: {
    created: [{ metric: 'runlane_task_runs_created_total' }],
    started: [{ metric: 'runlane_task_runs_started_total' }],
    completed: [{ metric: FINISHED, minus: NOT_FINISHED, match: { outcome: 'completed' } }],
    failed: [{ metric: FINISHED, minus: NOT_FINISHED, match: { outcome: 'failed' } }],
    cancelled: [{ metric: FINISHED, minus: NOT_FINISHED, match: { outcome: 'cancelled' } }],
    retried: [{ metric: 'runlane_task_retries_total' }],
    lost: [{ metric: EXITS, minus: NO_EXITS, match: { reason: 'lost' } }],
    abnormal: [{ metric: EXITS, minus: NO_EXITS }],
  },
  gauges: {
    pending: [{ metric: 'runlane_task_runs', match: { state: 'pending' } }],
    running: [{ metric: 'runlane_task_runs', match: { state: 'running' } }],
    limitMemory: [{ metric: 'runlane_task_memory_limit_bytes' }],
    limitCpu: [{ metric: 'runlane_task_cpu_limit_cores' }],
  },
  histograms: {
    duration: { metric: 'runlane_task_run_duration_seconds' },
    wait: { metric: 'runlane_task_run_wait_seconds' },
  },
  timestamps: {
    lastSuccess: [{ metric: 'runlane_task_last_success_timestamp_seconds' }],
    lastFailure: [{ metric: 'runlane_task_last_failure_timestamp_seconds' }],
    oldestPending: [
      { metric: 'runlane_queue_oldest_pending_timestamp_seconds', labels: { source: 'source', queue: 'queue' } },
    ],
    oldestRunning: [{ metric: 'runlane_task_oldest_running_timestamp_seconds' }],
    workerSeen: [
      { metric: 'runlane_worker_last_seen_timestamp_seconds', labels: { source: 'source', worker: 'worker' } },
    ],
  },
  cpuSeconds: { metric: 'runlane_task_cpu_seconds_total' },
  cpuCores: { metric: 'runlane_task_cpu_cores' },
  rssBytes: { metric: 'runlane_task_resident_memory_bytes' },
  resourcesAre: 'task',
  idleWorkersAreQuiet: true,
  reasonLabel: 'reason',
  health: {
    score: { metric: 'runlane_health_score', labels: { source: 'source', task: 'task' } },
    deduction: { metric: 'runlane_health_deduction', labels: { source: 'source', task: 'task' } },
  },
  alerting: {
    expected: { metric: 'runlane_task_expected_runs_total', needs: 'health.expected in the store’s configuration' },
    missed: { metric: 'runlane_task_missed_runs_total', needs: 'health.expected in the store’s configuration' },
    deadline: {
      metric: 'runlane_task_deadline_timestamp_seconds',
      needs: 'health.expected[].deadlineMs in the store’s configuration',
    },
    usualDuration: { metric: 'runlane_task_usual_duration_seconds' },
    owner: { metric: 'runlane_task_owner_info', needs: 'a label "owner" on runs' },
    oldestPending: { metric: 'runlane_task_oldest_pending_timestamp_seconds' },
    memoryShare: { metric: 'runlane_task_memory_limit_used_ratio', needs: 'an agent that reports limits' },
    cpuShare: { metric: 'runlane_task_cpu_limit_used_ratio', needs: 'an agent that reports limits' },
    taskWorkers: { metric: 'runlane_task_workers', needs: 'runs that give signs of life while they run' },
    silentTaskWorkers: {
      metric: 'runlane_task_workers',
      match: { state: 'silent' },
      needs: 'runs that give signs of life while they run',
    },
    sourceSeen: { metric: 'runlane_source_last_seen_timestamp_seconds' },
    lag: { metric: 'runlane_store_ingest_lag_seconds' },
    always: 'runlane_store_task_series_folded',
  },
};
