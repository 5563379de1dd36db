import { AIRFLOW_STATSD } from '../../src/prometheus/profiles/airflow-statsd';
import { startAirflow } from '../systems/airflow';
import { metricNames, query, queryUntil } from '../systems/ask-prometheus';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { startPrometheus } from '../systems/prometheus';
import { startStatsdExporter } from '../systems/statsd-exporter';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** A real Airflow sends StatsD with tags to a real statsd_exporter, which Prometheus scrapes. */
let airflow: System;
let statsd: System;
let prometheus: System;

beforeAll(async () => {
  const exporter = await startStatsdExporter({ mapping: 'defaults:\n  observer_type: histogram\n' });
  statsd = exporter;
  prometheus = await startPrometheus({ scrape: [{ job: 'airflow', target: statsd.url }] });
  airflow = await startAirflow({
    metrics: {
      STATSD_ON: 'True',
      STATSD_HOST: '127.0.0.1',
      STATSD_PORT: String(exporter.statsdPort),
      STATSD_INFLUXDB_ENABLED: 'True',
    },
  });
  await queryUntil(prometheus.url, 'airflow_executor_running_tasks', 120);
}, 900_000);

afterAll(() => stopAll([airflow, prometheus, statsd]), 60_000);

// Airflow 3 sends the time in the queue only from its old way of starting tasks; lost ones are not made here.
test('Airflow through statsd_exporter has what its profile names, but what 3.3.2 did not send', async () => {
  expect(await lackingOnScrape(prometheus.url, AIRFLOW_STATSD)).toEqual([
    'counters.lost: no airflow_task_instances_without_heartbeats_killed',
    'counters.lost: no airflow_zombies_killed',
    'histograms.wait: no airflow_task_queued_duration_bucket',
  ]);
});

test('a try that will be retried is a start and an end of its own, and ti_failures counts it too', async () => {
  const ends = await query(prometheus.url, 'airflow_ti_finish{task_id="refund"}');
  expect(ends.map(({ metric, value }) => `${metric['state']} ${value}`).sort()).toEqual(['failed 1', 'up_for_retry 1']);
  const count = async (metric: string) => (await query(prometheus.url, `${metric}{task_id="refund"}`))[0]?.value;
  expect(await count('airflow_ti_start')).toBe(2);
  expect(await count('airflow_ti_failures')).toBe(2);
});

test('timers are in seconds', async () => {
  const [took] = await query(prometheus.url, 'airflow_task_duration_sum{dag_id="orders",task_id="charge"}');
  // It sleeps 0.2 s; in milliseconds it would be above 200.
  expect(took?.value).toBeGreaterThan(0.2);
  expect(took?.value).toBeLessThan(100);
});

test('what Airflow sends a second time, with names of tasks in the name, is not taken for the same metric', async () => {
  const names = await metricNames(prometheus.url);
  expect(names).toContain('airflow_ti_finish_orders_charge_success');
  expect((await query(prometheus.url, 'sum(airflow_ti_successes{task_id="charge"})'))[0]?.value).toBe(1);
});
