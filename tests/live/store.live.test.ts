import { RUNLANE_STORE } from '../../src/connectors/prometheus/profiles/runlane-store';
import { seedEvents } from '../seed';
import { metricNames, query, queryUntil } from '../systems/ask-prometheus';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { startPrometheus } from '../systems/prometheus';
import { send, startStore } from '../systems/store';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** The built task store with an hour of runs of every kind, scraped by Prometheus. */
let store: System;
let prometheus: System;

beforeAll(async () => {
  const everyMinute = { task: 'orders.charge', cron: '* * * * *', graceMs: 10_000 };
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
