import type { Profile } from '../profile';

const TAGS = 'statsd_datadog_enabled or statsd_influxdb_enabled = True';

/**
 * Airflow through statsd_exporter: no `_total`, timers in seconds. A task is a DAG, what runs are its task instances;
 * `label:task_id` tells them apart. Labels need StatsD tags (Airflow 2.6 or newer); without them there is one group.
 */
export const AIRFLOW_STATSD: Profile = {
  id: 'airflow-statsd',
  name: 'Airflow (statsd_exporter)',
  detect: ['airflow_ti_successes', 'airflow_ti_start', 'airflow_executor_running_tasks'],
  labels: { task: 'dag_id' },
  counters: {
    started: [{ metric: 'airflow_ti_start', needs: TAGS }],
    completed: [{ metric: 'airflow_ti_successes' }],
    // Not ti_failures, which counts a try that is retried as well (seen in 3.3.2).
    failed: [{ metric: 'airflow_ti_finish', match: { state: 'failed' }, needs: TAGS }],
    retried: [{ metric: 'airflow_ti_finish', match: { state: 'up_for_retry' }, needs: TAGS }],
    lost: [{ metric: 'airflow_task_instances_without_heartbeats_killed' }, { metric: 'airflow_zombies_killed' }],
  },
  gauges: {
    pending: [{ metric: 'airflow_executor_queued_tasks', labels: {} }],
    running: [{ metric: 'airflow_executor_running_tasks', labels: {} }],
  },
  histograms: {
    duration: { metric: 'airflow_task_duration', needs: 'observer_type: histogram in the mapping of statsd_exporter' },
    wait: {
      metric: 'airflow_task_queued_duration',
      needs: 'observer_type: histogram in the mapping of statsd_exporter',
    },
  },
  timestamps: {},
};
