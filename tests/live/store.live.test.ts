import { createPrometheus } from '../../src/connectors/prometheus/connector';
import type { Answer } from '../../src/model/answer';
import type { View } from '../../src/model/task-query';
import { RUNLANE_STORE } from '../../src/prometheus/profiles/runlane-store';
import { seedEvents } from '../seed';
import { metricNames, query, queryUntil } from '../systems/ask-prometheus';
import { eventually } from '../systems/eventually';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { startPrometheus } from '../systems/prometheus';
import { prometheusHttp } from '../systems/prometheus-http';
import { send, startStore } from '../systems/store';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** The built task store with an hour of runs of every kind, scraped by Prometheus. */
let store: System;
let prometheus: System;
/** Around what is counted through the connector. */
let range: { from: number; to: number };
const STEP_MS = 10_000;
const COMPLETED = 'sum(runlane_task_runs_finished_total{task="orders.charge",outcome="completed"})';
const signal = new AbortController().signal;

/** Runs that took 400 ms, after 100 ms in the queue. */
function ended(task: string, state: 'completed' | 'failed', count: number): object[] {
  const at = Date.now();
  const base = { source: 'e2e', attempt: 1, task, queue: 'orders', worker: 'orders-1' };
  return Array.from({ length: count }, (_, i) => ({
    ...base,
    runId: `${task}-${state}-${at}-${i}`,
    at,
    state,
    queuedAt: at - 500,
    startedAt: at - 400,
    finishedAt: at,
    ...(state === 'failed' && { exitCode: 1 }),
  }));
}

beforeAll(async () => {
  const everyMinute = { task: 'orders.charge', cron: '* * * * *', graceMs: 10_000, deadlineMs: 30_000 };
  store = await startStore({ config: { health: { expected: [everyMinute] } } });
  const now = Date.now();
  await send(store.url, seedEvents(now));
  const limited = { source: 'e2e', runId: 'limited', attempt: 1, task: 'db.backup', queue: 'ops', worker: 'ops-1' };
  await send(store.url, [
    { ...limited, at: now - 5_000, state: 'running', startedAt: now - 5_000, labels: { owner: 'dba' } },
    { ...limited, at: now - 2_000, cpuSeconds: 1, rssBytes: 1e8, memoryLimitBytes: 1e9, cpuLimitCores: 2 },
    { ...limited, at: now, cpuSeconds: 2, rssBytes: 1e8, memoryLimitBytes: 1e9, cpuLimitCores: 2 },
    { ...limited, runId: 'again', attempt: 2, at: now, state: 'running', startedAt: now },
  ]);
  prometheus = await startPrometheus({ scrape: [{ job: 'runlane-store', target: store.url }] });
  await queryUntil(prometheus.url, 'runlane_task_runs_finished_total');
  const from = Math.ceil(Date.now() / STEP_MS) * STEP_MS;
  await eventually('the next bucket', () => Date.now() > from || undefined);
  const [before] = await query(prometheus.url, COMPLETED);
  await send(store.url, [
    ...ended('orders.charge', 'completed', 4),
    ...ended('orders.charge', 'failed', 2),
    ...ended('new.task', 'failed', 3),
  ]);
  await queryUntil(prometheus.url, `${COMPLETED} == ${before?.value} + 4`);
  await queryUntil(prometheus.url, 'runlane_task_runs_finished_total{task="new.task"}');
  range = { from, to: Math.ceil(Date.now() / STEP_MS) * STEP_MS };
}, 600_000);

afterAll(() => stopAll([prometheus, store]), 60_000);

test('the store has what its profile names', async () => {
  await queryUntil(prometheus.url, 'runlane_health_score');
  expect(await lackingOnScrape(prometheus.url, RUNLANE_STORE)).toEqual([]);
});

test('what rules are made of is there too', async () => {
  const names = await metricNames(prometheus.url);
  const wanted = [
    'runlane_task_expected_runs_total',
    'runlane_task_missed_runs_total',
    'runlane_task_usual_duration_seconds',
    'runlane_task_deadline_timestamp_seconds',
    'runlane_task_owner_info',
    'runlane_source_last_seen_timestamp_seconds',
    'runlane_store_ingest_lag_seconds',
    'runlane_task_failures_total',
  ];
  expect(wanted.filter((name) => !names.has(name))).toEqual([]);
});

test('a killed run is counted by its signal, a lost one as lost', async () => {
  const exits = await query(prometheus.url, 'runlane_task_abnormal_exits_total{task="db.backup"}');
  expect(exits.map(({ metric, value }) => `${metric['reason']} ${value}`).sort()).toEqual(
    expect.arrayContaining(['SIGSEGV 1', 'lost 1', 'oom 1'])
  );
});

async function ask<V extends View>(view: V): Promise<Extract<Answer, { view: V }>> {
  const connector = createPrometheus({ http: prometheusHttp(prometheus.url) });
  const request = { query: { view, filter: { matches: [] } }, range, step: STEP_MS };
  return (await connector.aggregate?.(request, signal)) as Extract<Answer, { view: V }>;
}

test('the connector: how runs ended, also of a task that was never seen before', async () => {
  const { totals } = await ask('states');
  const charge = totals.find(({ group }) => group === 'orders.charge');
  expect(charge?.counts).toMatchObject({ completed: 4, failed: 2 });
  expect(charge?.abnormal).toEqual({ 'exit 1': 2 });
  expect(totals.find(({ group }) => group === 'new.task')?.counts).toMatchObject({ failed: 3 });
});

test('the connector: throughput adds up to the runs that ended', async () => {
  const { series } = await ask('throughput');
  const completed = series.find(({ group, what }) => group === 'orders.charge' && what === 'completed');
  expect(completed?.values.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(4);
});

test('the connector: durations lie in the bucket of the histogram that holds them', async () => {
  const { series } = await ask('durations');
  const charge = series.filter(({ group }) => group === 'orders.charge');
  expect(JSON.stringify(charge)).toMatch(/[234]\d\d(\.\d+)?/);
});

test('the connector: workers, queues, resources and health are there', async () => {
  expect((await ask('workers')).workers.map(({ name }) => name)).toContain('orders-1');
  expect((await ask('queues')).queues.map(({ name }) => name)).toContain('ops');
  expect((await ask('resources')).series.length).toBeGreaterThan(0);
  const health = await ask('health');
  expect(JSON.stringify(health)).toContain('orders.charge');
});
