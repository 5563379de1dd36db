import type { Profile } from '../profile';

/** mysqld_exporter: queries are the runs, connections what is open now, of as many as may be. */
export const MYSQLD: Profile = {
  id: 'mysqld',
  name: 'MySQL or MariaDB (mysqld_exporter)',
  detect: ['mysql_global_status_queries', 'mysql_up'],
  labels: { worker: 'instance', host: 'instance' },
  task: 'queries',
  counters: {
    completed: [{ metric: 'mysql_global_status_queries' }],
    failed: [{ metric: 'mysql_global_status_aborted_connects' }],
  },
  gauges: {
    running: [{ metric: 'mysql_global_status_threads_connected' }],
    slots: [{ metric: 'mysql_global_variables_max_connections' }],
  },
  histograms: {},
  timestamps: {},
  workers: { metric: 'mysql_up' },
};
