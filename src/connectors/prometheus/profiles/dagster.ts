import type { Profile } from '../profile';

/** HirofumiTsuda/dagster-prometheus-exporter. It has no histogram: how long runs took is not told. */
export const DAGSTER: Profile = {
  id: 'dagster',
  name: 'Dagster (dagster-prometheus-exporter)',
  detect: ['dagster_completed_runs_total', 'dagster_active_runs'],
  labels: { task: 'job_name' },
  counters: {
    completed: [{ metric: 'dagster_completed_runs_total', match: { status: 'success' } }],
    failed: [{ metric: 'dagster_completed_runs_total', match: { status: 'failure' } }],
  },
  gauges: {
    pending: [{ metric: 'dagster_active_runs', match: { status: 'queued|starting' } }],
    running: [{ metric: 'dagster_active_runs', match: { status: 'started' } }],
  },
  histograms: {},
  timestamps: { oldestRunning: [{ metric: 'dagster_active_run_duration_seconds', age: true }] },
};
