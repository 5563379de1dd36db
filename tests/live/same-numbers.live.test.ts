import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPrometheus } from '../../src/connectors/prometheus/connector';
import type { Http } from '../../src/connectors/connector';
import { createTaskStore } from '../../src/connectors/task-store/connector';
import type { Answer } from '../../src/model/answer';
import type { View, ViewRequest } from '../../src/model/task-query';
import { queryUntil } from '../systems/ask-prometheus';
import { eventually } from '../systems/eventually';
import { startPrometheus } from '../systems/prometheus';
import { prometheusHttp } from '../systems/prometheus-http';
import { send, startStore } from '../systems/store';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';
import { startWebhook } from '../systems/webhook';
import type { Webhook } from '../systems/webhook';

/**
 * SLO board, Resources and Task alerts serve the store and a Prometheus that scrapes it alike: both are asked what the
 * panels of these dashboards ask, of the same runs, and must say the same.
 */
const ROOT = join(__dirname, '..', '..');
const RULES = join(ROOT, 'provisioning', 'prometheus', 'rules');
const BOARDS = ['slo', 'resources', 'alerts'];
const STEP_MS = 5_000;
/** Bounds of the store's histograms, ms: what Prometheus can tell of a percentile is the bucket that it lies in. */
const BOUNDS = [0, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000];
const signal = new AbortController().signal;

let webhook: Webhook;
let store: System;
let prometheus: System;
let range: { from: number; to: number };

interface Target {
  view: View;
  groupBy?: string;
  limit?: number;
}

/** What the panels ask, each question once; the dashboard's own choice of groups stands at its default. */
function questions(): Target[] {
  const asked = new Map<string, Target>();
  for (const board of BOARDS) {
    const { panels } = JSON.parse(readFileSync(join(ROOT, 'src/dashboards', `${board}.json`), 'utf8')) as {
      panels: Array<{ targets: Target[] }>;
    };
    for (const { view, groupBy, limit } of panels.flatMap(({ targets }) => targets)) {
      const target = { view, groupBy: groupBy === '$lanes' ? 'task' : groupBy, limit };
      asked.set(JSON.stringify(target), target);
    }
  }
  return [...asked.values()];
}

function run(task: string, i: number, state: 'completed' | 'failed', tookMs: number): object {
  const at = Date.now();
  return {
    source: 'shop',
    runId: `${task}-${state}-${at}-${i}`,
    attempt: 1,
    task,
    queue: 'orders',
    worker: 'orders-1',
    at,
    state,
    queuedAt: at - tookMs - 20,
    startedAt: at - tookMs,
    finishedAt: at,
    ...(state === 'failed' && { exitCode: 3 }),
  };
}

const viaStore = (): Http => prometheusHttp(store.url);
const viaPrometheus = (): Http => prometheusHttp(prometheus.url);

async function ask(from: 'store' | 'prometheus', { view, groupBy, limit }: Target): Promise<Answer | undefined> {
  const connector =
    from === 'store'
      ? createTaskStore({ http: viaStore() })
      : createPrometheus({ http: viaPrometheus() }, { profile: 'runlane-store' });
  const query = { view, filter: { matches: [] }, limit, groupBy } as ViewRequest['query'];
  return connector.aggregate?.({ query, range, step: STEP_MS }, signal);
}

beforeAll(async () => {
  webhook = await startWebhook();
  store = await startStore({
    config: {
      alerts: {
        receivers: { told: { type: 'webhook', url: webhook.url } },
        rules: [{ name: 'abnormal-exit', on: ['abnormal_exit', 'lost'], severity: 'warning', tier: 'notify' }],
      },
    },
  });
  prometheus = await startPrometheus({
    scrape: [{ job: 'runlane-store', target: store.url }],
    rules: readdirSync(RULES).map((file) => join(RULES, file)),
  });
  await queryUntil(prometheus.url, 'up == 1');
  const runs = (task: string, completed: number, failed: number, tookMs: number) => [
    ...Array.from({ length: completed }, (_, i) => run(task, i, 'completed', tookMs + i)),
    ...Array.from({ length: failed }, (_, i) => run(task, i, 'failed', tookMs)),
  ];
  // Some beforehand, in the proportion of those to come: what a counter had when a new Prometheus saw it first is nobody's
  // growth, and how far increase() looks back before that depends on what it had.
  await send(store.url, [
    ...runs('mail.send', 4, 0, 110),
    ...runs('orders.charge', 2, 1, 700),
    ...runs('report "a"\\b', 8, 1, 30),
  ]);
  await queryUntil(prometheus.url, 'sum(runlane_task_runs_finished_total{outcome="failed"}) == 2');
  const from = Math.ceil((Date.now() + 1_000) / STEP_MS) * STEP_MS;
  await eventually('the first bucket', () => Date.now() > from || undefined);
  await send(store.url, [
    ...runs('mail.send', 40, 0, 110),
    ...runs('orders.charge', 20, 10, 700),
    ...runs('report "a"\\b', 8, 1, 30),
    ...Array.from({ length: 3 }, (_, i) => ({
      source: 'shop',
      runId: `open-${i}`,
      attempt: 1,
      task: 'videos.transcode',
      queue: 'orders',
      worker: `orders-${i}`,
      at: Date.now(),
      state: 'running',
      startedAt: Date.now(),
    })),
  ]);
  await queryUntil(prometheus.url, 'sum(runlane_task_runs_finished_total{outcome="failed"}) == 13');
  for (let second = 0; second < 8; second++) {
    await send(
      store.url,
      Array.from({ length: 3 }, (_, i) => ({
        source: 'shop',
        runId: `open-${i}`,
        attempt: 1,
        at: Date.now(),
        cpuSeconds: second * 0.5,
        rssBytes: 100e6,
      }))
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  await queryUntil(prometheus.url, 'runlane:health_score{task="orders.charge"}');
  await queryUntil(prometheus.url, 'ALERTS{alertname="abnormal-exit",alertstate="firing",task="orders.charge"}');
  range = { from, to: Math.ceil(Date.now() / STEP_MS) * STEP_MS };
  await eventually('the last bucket', () => Date.now() > range.to + 1_000 || undefined);
}, 600_000);

afterAll(() => stopAll([prometheus, store, webhook]), 60_000);

test.each(questions().map((target) => [`${target.view} by ${target.groupBy ?? 'nothing'}`, target] as const))(
  'store and Prometheus say the same of %s',
  async (_, target) => {
    const [ofStore, ofPrometheus] = await Promise.all([ask('store', target), ask('prometheus', target)]);
    expect(ofPrometheus?.view).toBe(target.view);
    if (ofStore === undefined || ofPrometheus === undefined) {
      throw new Error('There is no answer.');
    }
    compare(ofStore, ofPrometheus);
  },
  60_000
);

function compare(a: Answer, b: Answer): void {
  if (a.view === 'states' && b.view === 'states') {
    const ends = ({ totals }: typeof a) =>
      Object.fromEntries(
        totals
          .map(({ group, counts, abnormal }) => [group, [counts.completed ?? 0, counts.failed ?? 0, abnormal]] as const)
          .filter(([, [completed, failed]]) => completed + failed > 0)
      );
    expect(ends(b)).toEqual(ends(a));
    expect(Object.keys(ends(a)).length).toBeGreaterThan(0);
  } else if (a.view === 'throughput' && b.view === 'throughput') {
    const sums = ({ series }: typeof a) =>
      Object.fromEntries(
        series
          .filter(({ what }) => what === 'completed' || what === 'failed')
          .map(({ group, what, values }) => [`${group} ${what}`, total(values)] as const)
          .filter(([, sum]) => sum > 0)
      );
    expect(sums(b)).toEqual(sums(a));
  } else if (a.view === 'durations' && b.view === 'durations') {
    const highest = ({ series }: typeof a) =>
      new Map(
        series
          .filter(({ what }) => what === 'duration')
          .map(({ group, p99 }) => [group, Math.max(...p99.map((value) => value ?? 0))] as const)
          .filter(([, p99]) => p99 > 0)
      );
    const [exact, told] = [highest(a), highest(b)];
    expect([...told.keys()].sort()).toEqual([...exact.keys()].sort());
    for (const [group, p99] of exact) {
      expect([group, bucketOf(told.get(group) ?? 0)]).toEqual([group, bucketOf(p99)]);
    }
  } else if (a.view === 'health' && b.view === 'health') {
    const scores = ({ groups }: typeof a) =>
      new Map(groups.flatMap(({ group, score }) => (score === undefined ? [] : [[group, score] as const])));
    const [exact, told] = [scores(a), scores(b)];
    expect([...told.keys()].sort()).toEqual([...exact.keys()].sort());
    for (const [group, score] of exact) {
      expect(Math.abs((told.get(group) ?? NaN) - score)).toBeLessThanOrEqual(0.1);
    }
  } else if (a.view === 'resources' && b.view === 'resources') {
    const peaks = ({ series }: typeof a) =>
      Object.fromEntries(
        series
          .map(({ group, rssBytes }) => [group, Math.max(...rssBytes.map((value) => value ?? 0))] as const)
          .filter(([, peak]) => peak > 0)
      );
    expect(peaks(b)).toEqual(peaks(a));
    expect(Object.keys(peaks(a)).length).toBe(1);
  } else if (a.view === 'alerts' && b.view === 'alerts') {
    // Prometheus has more rules than the store's own path; this one they share.
    const exits = ({ alerts }: typeof a) =>
      alerts
        .filter(({ name, state }) => name === 'abnormal-exit' && state === 'firing')
        .map(({ task, cause, severity, tier }) => `${task} ${cause} ${severity} ${tier}`)
        .sort();
    expect(exits(b)).toEqual(exits(a));
    expect(exits(a)).not.toEqual([]);
    // What fires says in words why, on both ways.
    const mute = [...a.alerts, ...b.alerts].filter(({ state, summary }) => state === 'firing' && !summary);
    expect(mute).toEqual([]);
  } else {
    throw new Error(`Nothing is compared for ${a.view} and ${b.view}.`);
  }
}

function total(values: ReadonlyArray<number | null>): number {
  return Math.round(values.reduce<number>((sum, value) => sum + (value ?? 0), 0));
}

function bucketOf(ms: number): number {
  return BOUNDS.findIndex((bound) => ms <= bound);
}
