import { BULLMQ } from '../../src/prometheus/profiles/bullmq';
import { BULLMQ_OTEL } from '../../src/prometheus/profiles/bullmq-otel';
import { BULLMQ_OTEL_SCRAPED } from '../../src/prometheus/profiles/bullmq-otel-scraped';
import { Asked, endOfStep, nextScraped } from '../systems/ask-connector';
import { query, queryUntil } from '../systems/ask-prometheus';
import { startBullMq } from '../systems/bullmq';
import type { BullMq } from '../systems/bullmq';
import { nameInPrometheus } from '../systems/otlp-receiver';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { startPrometheus } from '../systems/prometheus';
import { brokenRules } from '../systems/rules-on-scrape';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** A queue of BullMQ on Redis, whose own metrics and OpenTelemetry's are scraped while jobs succeed, fail, retry and run. */
let bullMq: BullMq;
let prometheus: System;
let own: Asked;
let scraped: Asked;
const STEP_MS = 10_000;

beforeAll(async () => {
  bullMq = await startBullMq();
  prometheus = await startPrometheus({
    scrape: [
      { job: 'bullmq', target: bullMq.url },
      { job: 'otel', target: bullMq.url, path: '/otel' },
    ],
  });
  const { url } = prometheus;
  await bullMq.add({ 'orders.charge': 1 });
  await queryUntil(url, 'bullmq_job_completed_total == 1');
  await queryUntil(url, 'sum(bullmq_jobs_completed_total) == 1');
  const from = await nextScraped(url, STEP_MS);

  await bullMq.add({ 'orders.charge': 5, 'orders.refund': 3, 'mail.send': 2, 'mail.digest': 1 });
  await queryUntil(url, 'bullmq_job_completed_total == 9 and on () bullmq_job_failed_total == 3');
  await queryUntil(url, 'sum(bullmq_jobs_completed_total) == 9 and on () sum(bullmq_jobs_failed_total) == 3');
  // Two that run, three that wait.
  await bullMq.add({ 'report.build': 5 });
  await queryUntil(url, 'bullmq_job_count{state="active"} == 2');
  await queryUntil(url, 'bullmq_queue_jobs{bullmq_queue_jobs_state="active"} == 2');
  const of = { range: { from, to: endOfStep(STEP_MS) }, step: STEP_MS };
  own = new Asked(url, 'bullmq', of);
  scraped = new Asked(url, 'auto', of);
}, 900_000);

afterAll(() => stopAll([prometheus, bullMq]), 60_000);

test('BullMQ’s own metrics are what their profile names', async () => {
  expect(await lackingOnScrape(prometheus.url, BULLMQ)).toEqual([]);
});

test('OpenTelemetry’s, scraped, are what their profile names', async () => {
  expect(await lackingOnScrape(prometheus.url, BULLMQ_OTEL_SCRAPED)).toEqual([]);
});

test('they differ from OpenTelemetry’s, pushed, by the unit in a name', async () => {
  const scrape = await (await fetch(`${bullMq.url}/otel`)).text();
  // Told in the scrape as it would be pushed, and left out of the name.
  expect(scrape).toContain('# UNIT bullmq_job_duration ms');
  const metric = { kind: 'histogram', monotonic: false, unit: 'ms', attributes: [] } as const;
  expect(nameInPrometheus('bullmq.job.duration', { ...metric, attributes: [] })).toBe(
    BULLMQ_OTEL.histograms.duration?.metric
  );
  expect(await lackingOnScrape(prometheus.url, BULLMQ_OTEL)).toEqual([
    'histograms.duration: no bullmq_job_duration_milliseconds_bucket',
  ]);
});

test.each([BULLMQ, BULLMQ_OTEL_SCRAPED])('rules made from the profile $id can be evaluated', async (profile) => {
  expect(await brokenRules(prometheus.url, profile)).toEqual([]);
});

test('OpenTelemetry counts no job that is added, and times the tries that failed too', async () => {
  expect(await query(prometheus.url, 'bullmq_jobs_waiting_total')).toEqual([]);
  const tries = await query(prometheus.url, 'bullmq_job_duration_count{bullmq_job_name="mail.send"}');
  expect(tries.map(({ metric, value }) => [metric['bullmq_job_state'], value]).sort()).toEqual([
    ['completed', 2],
    ['delayed', 4],
  ]);
});

test('the connector says what it reads, and what else is there', async () => {
  expect(await scraped.connector.check(new AbortController().signal)).toMatchObject({
    summary: expect.stringMatching(/^Reads BullMQ \(OpenTelemetry, scraped\).*BullMQ/),
  });
});

test('BullMQ’s own metrics: how jobs ended, what runs and what waits, by queue', async () => {
  const { groupBy, totals } = await own.view('states');
  expect(groupBy).toBe('queue');
  expect(totals).toEqual([
    expect.objectContaining({ group: 'orders', counts: { completed: 8, failed: 3, running: 2, pending: 3 } }),
  ]);
});

test('OpenTelemetry’s: how jobs ended, by name; what runs and waits has none', async () => {
  expect(await scraped.counts()).toEqual({
    'orders.charge': { completed: 5 },
    'orders.refund': { failed: 3 },
    'mail.send': { completed: 2 },
    'mail.digest': { completed: 1 },
    '': { running: 2, pending: 3 },
  });
});

describe.each([
  ['BullMQ’s own metrics', () => own],
  ['OpenTelemetry’s', () => scraped],
])('%s', (_, asked) => {
  test('the queue', async () => {
    const { queues } = await asked().view('queues');
    expect(queues).toEqual([
      expect.objectContaining({ name: 'orders', pending: 3, running: 2, completed: 8, failed: 3 }),
    ]);
  });

  test('throughput adds up to the jobs that ended', async () => {
    const { series } = await asked().view('throughput');
    const values = (what: string) => series.filter((one) => one.what === what).flatMap((one) => one.values);
    const sum = (what: string) => values(what).reduce<number>((total, value) => total + (value ?? 0), 0);
    expect([sum('completed'), sum('failed')]).toEqual([8, 3]);
  });
});

test('OpenTelemetry’s: durations are of completed jobs', async () => {
  const { series } = await scraped.view('durations');
  const counted = series.map(({ group, count }) => [group, count.reduce((sum, one) => sum + one, 0)]);
  expect(Object.fromEntries(counted)).toMatchObject({ 'orders.charge': 5, 'mail.send': 2, 'mail.digest': 1 });
  const { p99 } = series.find(({ group }) => group === 'orders.charge') ?? { p99: [] };
  // Jobs that do nothing: far below a second, which the same figure in seconds would not be.
  expect(Math.max(...p99.map((ms) => ms ?? 0))).toBeLessThan(10_000);
});
