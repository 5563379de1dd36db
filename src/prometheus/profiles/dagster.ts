import type { Profile } from '../profile';
import { worldsAnd } from '../world-labels';

/**
 * HirofumiTsuda/dagster-prometheus-exporter, as it was seen on a real Dagster. It has no histogram: how long runs took is not
 * told, and neither are cancelled runs. Its ages are those of a status, and 0 where no run has it. The daemons are the workers:
 * without the run coordinator nothing that is queued begins.
 */
export const DAGSTER: Profile = {
  id: 'dagster',
  name: 'Dagster (dagster-prometheus-exporter)',
  detect: ['dagster_completed_runs_total', 'dagster_active_runs'],
  worlds: worldsAnd('location'),
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
  timestamps: {
    oldestPending: [{ metric: 'dagster_active_run_duration_seconds', match: { status: 'queued|starting' }, age: true }],
    oldestRunning: [{ metric: 'dagster_active_run_duration_seconds', match: { status: 'started' }, age: true }],
    workerSeen: [{ metric: 'dagster_daemon_last_heartbeat_timestamp_seconds', labels: { worker: 'daemon_type' } }],
  },
};
