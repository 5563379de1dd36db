import { MYSQLD } from '../../src/prometheus/profiles/mysqld';
import { NODE_HOST } from '../../src/prometheus/profiles/node-host';
import { NODE_SYSTEMD } from '../../src/prometheus/profiles/node-systemd';
import { PROCESS_EXPORTER } from '../../src/prometheus/profiles/process-exporter';
import { query, queryUntil } from '../systems/ask-prometheus';
import { startMariaDb } from '../systems/mariadb';
import type { MariaDb } from '../systems/mariadb';
import { startMysqldExporter } from '../systems/mysqld-exporter';
import { startNodeExporter } from '../systems/node-exporter';
import { startProcessExporter } from '../systems/process-exporter';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { startPrometheus } from '../systems/prometheus';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** node_exporter, process-exporter and mysqld_exporter with a MariaDB, scraped by Prometheus. */
let database: MariaDb;
let prometheus: System;
const exporters: System[] = [];

beforeAll(async () => {
  database = await startMariaDb();
  const mysqld = await startMysqldExporter({ server: database });
  exporters.push(mysqld);
  const node = await startNodeExporter({ flags: ['--collector.systemd'] });
  exporters.push(node);
  const processes = await startProcessExporter({ processNames: [{ name: '{{.Comm}}', comm: ['mariadbd'] }] });
  exporters.push(processes);
  prometheus = await startPrometheus({
    scrape: [
      { job: 'mysql', target: mysqld.url },
      { job: 'node', target: node.url },
      { job: 'processes', target: processes.url },
    ],
  });
  for (const job of ['mysql', 'node', 'processes']) {
    await queryUntil(prometheus.url, `up{job="${job}"} == 1`);
  }
  await queryUntil(prometheus.url, 'namedprocess_namegroup_num_procs{groupname="mariadbd"} > 0');
}, 600_000);

afterAll(() => stopAll([prometheus, ...exporters, database]), 60_000);

test('process-exporter has what its profile names', async () => {
  expect(await lackingOnScrape(prometheus.url, PROCESS_EXPORTER)).toEqual([]);
});

test('mysqld_exporter has what its profile names', async () => {
  expect(await lackingOnScrape(prometheus.url, MYSQLD)).toEqual([]);
});

test('mysqld_exporter counts queries and connections of a real MariaDB', async () => {
  const [before] = await query(prometheus.url, 'mysql_global_status_queries');
  await database.sql('SELECT 1; '.repeat(100));
  await queryUntil(prometheus.url, `mysql_global_status_queries >= ${before?.value} + 100`);
  expect((await query(prometheus.url, 'mysql_global_status_threads_connected'))[0]?.value).toBeGreaterThanOrEqual(1);
});

test('node_exporter has what the profile of hosts names', async () => {
  expect(await lackingOnScrape(prometheus.url, NODE_HOST)).toEqual([]);
});

// Without systemd there is no scrape of units: their names rest on node_exporter's source alone. What it says of its
// failed collector can be tested, wherever systemd does not run.
test('node_exporter tells whether its systemd collector works, and has units only where it does', async () => {
  const [collector] = await query(prometheus.url, 'node_scrape_collector_success{collector="systemd"}');
  const units = await query(prometheus.url, 'node_systemd_unit_state');
  expect(units.length > 0).toBe(collector?.value === 1);
  if (units.length > 0) {
    const lacking = await lackingOnScrape(prometheus.url, { ...NODE_SYSTEMD, timestamps: {} });
    expect(lacking.filter((line) => !/service_restart_total|never matches/.test(line))).toEqual([]);
  }
});
