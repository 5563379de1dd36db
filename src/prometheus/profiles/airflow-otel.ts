import type { Profile } from '../profile';

/** Airflow through OpenTelemetry: counters end in `_total`, timers are histograms in milliseconds. See `airflow-statsd.ts`. */
export const AIRFLOW_OTEL: Profile = {
  id: 'airflow-otel',
  name: 'Airflow (OpenTelemetry)',
  detect: ['airflow_ti_successes_total', 'airflow_ti_start_total', 'airflow_ti_finish_total'],
  labels: { task: 'dag_id' },
  attributes: ['dag_id', 'state'],
  counters: {
    started: [{ metric: 'airflow_ti_start_total' }],
    completed: [{ metric: 'airflow_ti_successes_total' }],
    // Not ti_failures, which counts a try that is retried as well (seen in 3.3.2).
    failed: [{ metric: 'airflow_ti_finish_total', match: { state: 'failed' } }],
    retried: [{ metric: 'airflow_ti_finish_total', match: { state: 'up_for_retry' } }],
    lost: [
      { metric: 'airflow_task_instances_without_heartbeats_killed_total' },
      { metric: 'airflow_zombies_killed_total' },
    ],
  },
  gauges: {
    pending: [{ metric: 'airflow_executor_queued_tasks', labels: {} }],
    running: [{ metric: 'airflow_executor_running_tasks', labels: {} }],
  },
  histograms: {
    duration: { metric: 'airflow_task_duration_milliseconds', scale: 0.001 },
    wait: { metric: 'airflow_task_queued_duration_milliseconds', scale: 0.001 },
  },
  timestamps: {},
};
