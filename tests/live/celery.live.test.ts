import { CELERY_EXPORTER } from '../../src/connectors/prometheus/profiles/celery-exporter';
import { query, queryUntil } from '../systems/ask-prometheus';
import { startCelery } from '../systems/celery';
import type { Celery } from '../systems/celery';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { startPrometheus } from '../systems/prometheus';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** Redis, a Celery worker, celery-exporter and Flower, scraped by Prometheus while tasks succeed, fail, retry and run. */
let celery: Celery;
let prometheus: System;

beforeAll(async () => {
  celery = await startCelery();
  prometheus = await startPrometheus({
    scrape: [
      // It asks the workers when it is scraped, and gives them a second to answer.
      { job: 'celery', target: celery.exporterUrl, intervalSeconds: 3 },
      { job: 'flower', target: celery.flowerUrl },
    ],
  });
  await celery.send({ 'orders.charge': 5, 'orders.refund': 3, 'mail.send': 2 });
  const { url } = prometheus;
  await queryUntil(url, 'sum(celery_task_succeeded_total) == 7');
  await queryUntil(url, 'sum(flower_events_total{type="task-succeeded"}) == 7');
  // Two that run, three that wait.
  await celery.send({ 'report.build': 5 });
  await queryUntil(url, 'sum(celery_worker_tasks_active) == 2');
}, 900_000);

afterAll(() => stopAll([prometheus, celery]), 60_000);

test('celery-exporter has what its profile names, but the wait, which its last version at PyPI does not measure', async () => {
  expect(await lackingOnScrape(prometheus.url, CELERY_EXPORTER)).toEqual([
    'histograms.wait: no celery_task_queue_wait_time_bucket',
  ]);
});

test('celery-exporter counts every try: a retry is a start more, not a failure', async () => {
  const count = async (metric: string, task: string) =>
    (await query(prometheus.url, `sum(${metric}{name="${task}"})`))[0]?.value;
  expect(await count('celery_task_started_total', 'mail.send')).toBe(6);
  expect(await count('celery_task_retried_total', 'mail.send')).toBe(4);
  expect(await count('celery_task_succeeded_total', 'mail.send')).toBe(2);
  expect(await count('celery_task_failed_total', 'mail.send')).toBe(0);
  expect(await count('celery_task_failed_total', 'orders.refund')).toBe(3);
});

test('a failure of a new kind is a series that appears, so that increase() alone would miss it', async () => {
  const kinds = await query(prometheus.url, 'celery_task_failed_total{name="orders.refund"}');
  expect(kinds.map(({ metric, value }) => [metric['exception'] ?? 'none', value]).sort()).toEqual([
    ['ValueError', 3],
    ['none', 0],
  ]);
});

test('celery-exporter names a worker by what follows the @', async () => {
  const workers = await query(prometheus.url, 'celery_worker_up');
  expect(workers.map(({ metric }) => metric['hostname'])).toEqual(['test']);
});
