import { createPrometheus } from '../../src/connectors/prometheus/connector';
import type { Answer } from '../../src/model/answer';
import type { TimeRange, View } from '../../src/model/task-query';
import { CELERY_EXPORTER } from '../../src/prometheus/profiles/celery-exporter';
import { FLOWER } from '../../src/prometheus/profiles/flower';
import { query, queryUntil } from '../systems/ask-prometheus';
import { startCelery } from '../systems/celery';
import type { Celery } from '../systems/celery';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { startPrometheus } from '../systems/prometheus';
import { prometheusHttp } from '../systems/prometheus-http';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** Redis, a Celery worker, celery-exporter and Flower, scraped by Prometheus while tasks succeed, fail, retry and run. */
let celery: Celery;
let prometheus: System;
/** Around what is counted below. */
let range: TimeRange;
const STEP_MS = 10_000;
const signal = new AbortController().signal;

beforeAll(async () => {
  celery = await startCelery();
  prometheus = await startPrometheus({
    scrape: [
      // It asks the workers when it is scraped, and gives them a second to answer.
      { job: 'celery', target: celery.exporterUrl, intervalSeconds: 3 },
      { job: 'flower', target: celery.flowerUrl },
    ],
  });
  const { url } = prometheus;
  // Some succeed beforehand. Nothing has ever failed: the failures of orders.refund below are the first.
  await celery.send({ 'orders.charge': 1, 'mail.send': 1 });
  await queryUntil(url, 'sum(celery_task_succeeded_total) == 2');
  await queryUntil(url, 'sum(flower_events_total{type="task-succeeded"}) == 2');
  const from = Math.ceil(Date.now() / STEP_MS) * STEP_MS;
  // A scrape is dated by its beginning, and one that began before the range would tell what happens while it is answered.
  await queryUntil(url, `min(timestamp(up)) >= ${from / 1000}`);

  await celery.send({ 'orders.charge': 5, 'orders.refund': 3, 'mail.send': 2 });
  await queryUntil(url, 'sum(celery_task_failed_total) == 3');
  await queryUntil(url, 'sum(flower_events_total{type="task-failed"}) == 3');
  await queryUntil(url, 'sum(celery_task_succeeded_total) == 9');
  await queryUntil(url, 'sum(flower_events_total{type="task-succeeded"}) == 9');
  // Two that run, three that wait: one is fetched ahead by each process, one is left in the queue.
  await celery.send({ 'report.build': 5 });
  await queryUntil(url, 'sum(celery_worker_tasks_active) == 2');
  await queryUntil(url, 'sum(flower_worker_number_of_currently_executing_tasks) == 2');
  range = { from, to: Math.ceil(Date.now() / STEP_MS) * STEP_MS };
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
  expect(await count('celery_task_started_total', 'mail.send')).toBe(9);
  expect(await count('celery_task_retried_total', 'mail.send')).toBe(6);
  expect(await count('celery_task_succeeded_total', 'mail.send')).toBe(3);
  expect(await count('celery_task_failed_total', 'mail.send')).toBe(0);
  expect(await count('celery_task_failed_total', 'orders.refund')).toBe(3);
});

test('a failure of a new kind is a series that appears, so that increase() alone would miss it', async () => {
  // Summed, because now and then the exporter has a series of zero for who sent the task, too.
  const kinds = await query(prometheus.url, 'sum by (exception) (celery_task_failed_total{name="orders.refund"})');
  expect(kinds.map(({ metric, value }) => [metric['exception'] ?? 'none', value]).sort()).toEqual([
    ['ValueError', 3],
    ['none', 0],
  ]);
});

test('celery-exporter names a worker by what follows the @', async () => {
  const workers = await query(prometheus.url, 'celery_worker_up');
  expect(workers.map(({ metric }) => metric['hostname'])).toEqual(['test']);
});

test('Flower has what its profile names, but cancelled ones, which nobody made', async () => {
  expect(await lackingOnScrape(prometheus.url, FLOWER)).toEqual([
    'counters.cancelled: flower_events_total never matches {"type":"task-revoked"}',
  ]);
});

function connector(profile: string) {
  return createPrometheus({ http: prometheusHttp(prometheus.url) }, { profile });
}

async function ask<V extends View>(profile: string, view: V): Promise<Extract<Answer, { view: V }>> {
  const request = { query: { view, filter: { matches: [] } }, range, step: STEP_MS };
  return (await connector(profile).aggregate?.(request, signal)) as Extract<Answer, { view: V }>;
}

test('the connector says what it reads, and what else is there', async () => {
  expect(await connector('auto').check(signal)).toMatchObject({
    product: 'Prometheus',
    version: expect.stringMatching(/^\d+\.\d+/),
    summary: expect.stringMatching(/^Reads Celery \(celery-exporter\).*Celery \(Flower\)/),
  });
});

test.each(['celery-exporter', 'flower'])('%s: how runs ended, also the first failure ever', async (profile) => {
  const { totals } = await ask(profile, 'states');
  const ended = Object.fromEntries(
    totals.map(({ group, counts }) => [group, { completed: counts.completed ?? 0, failed: counts.failed ?? 0 }])
  );
  expect(ended).toMatchObject({
    'orders.charge': { completed: 5, failed: 0 },
    'orders.refund': { completed: 0, failed: 3 },
    'mail.send': { completed: 2, failed: 0 },
  });
});

test.each(['celery-exporter', 'flower'])('%s: throughput adds up to the runs that ended', async (profile) => {
  const { series } = await ask(profile, 'throughput');
  const sum = (group: string, what: string) =>
    series
      .filter((one) => one.group === group && one.what === what)
      .flatMap(({ values }) => values)
      .reduce<number>((total, value) => total + (value ?? 0), 0);
  expect(sum('orders.charge', 'completed')).toBe(5);
  expect(sum('orders.refund', 'failed')).toBe(3);
});

test.each(['celery-exporter', 'flower'])('%s: durations are milliseconds', async (profile) => {
  const { series } = await ask(profile, 'durations');
  const medians = series.find(({ group }) => group === 'orders.charge');
  expect(JSON.stringify(medians)).toMatch(/\d/);
});

test('celery-exporter: the worker lives, the queue holds what no process has fetched', async () => {
  // The exporter counts some retried tasks under the sender's host, so that there is a row for it too.
  const { workers } = await ask('celery-exporter', 'workers');
  expect(workers[0]).toMatchObject({
    source: 'celery',
    name: 'test',
    running: 2,
    alive: true,
    completed: 7,
    failed: 3,
  });
  const { queues } = await ask('celery-exporter', 'queues');
  expect(queues.find(({ name }) => name === 'orders')).toMatchObject({ source: 'celery', completed: 7, failed: 3 });
  expect((await ask('flower', 'workers')).workers[0]).toMatchObject({ name: 'worker-1@test', running: 2, alive: true });
});

test('what Celery’s exporters cannot know is said, not invented', async () => {
  await expect(ask('celery-exporter', 'resources')).rejects.toThrow(/does not report CPU, memory/);
  await expect(
    connector('celery-exporter').runs({ filter: { matches: [] }, range, limit: 10 }, signal)
  ).rejects.toThrow(/counts runs and does not tell single ones/);
});
