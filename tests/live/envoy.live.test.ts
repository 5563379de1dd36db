import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPrometheus } from '../../src/connectors/prometheus/connector';
import type { Answer } from '../../src/model/answer';
import { NO_FILTER } from '../../src/model/task-query';
import type { TimeRange, View } from '../../src/model/task-query';
import { ENVOY } from '../../src/prometheus/profiles/envoy';
import { query, queryUntil } from '../systems/ask-prometheus';
import { startEnvoy } from '../systems/envoy';
import type { Envoy } from '../systems/envoy';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { startPrometheus } from '../systems/prometheus';
import { prometheusHttp } from '../systems/prometheus-http';
import { brokenRules } from '../systems/rules-on-scrape';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** Envoy before a server that answers what its path says, or nothing. */
const STEP_MS = 5_000;
const hanging: ServerResponse[] = [];
const server = createServer((request, response) => {
  const status = Number(request.url?.slice(1));
  if (Number.isInteger(status)) {
    response.writeHead(status).end();
  } else {
    hanging.push(response);
  }
});
let envoy: Envoy;
let prometheus: System;
let range: TimeRange;

/** What the client sees. */
async function get(path: string): Promise<number> {
  return (await fetch(`${envoy.url}/${path}`, { redirect: 'manual' })).status;
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await new Promise((listens) => server.once('listening', listens));
  envoy = await startEnvoy({ cluster: 'orders', port: (server.address() as AddressInfo).port });
  prometheus = await startPrometheus({
    scrape: [{ job: 'envoy', target: envoy.adminUrl, path: '/stats/prometheus' }],
  });
  // Counters are read as they stand, histograms only after Envoy has flushed its statistics, every 5 s by default (1.38).
  await get('200');
  await queryUntil(prometheus.url, 'envoy_cluster_upstream_rq_xx{envoy_response_code_class="2"} == 1');
  await queryUntil(prometheus.url, 'envoy_cluster_upstream_rq_time_count == 1');
  const from = Math.ceil(Date.now() / STEP_MS) * STEP_MS;
  await queryUntil(prometheus.url, `min(timestamp(up)) >= ${from / 1000}`);
  const seen: number[] = [];
  for (const path of ['200', '200', '302', '404', '500', '500', 'hang']) {
    seen.push(await get(path));
  }
  expect(seen).toEqual([200, 200, 302, 404, 500, 500, 504]);
  await queryUntil(prometheus.url, 'envoy_cluster_upstream_rq_xx{envoy_response_code_class="5"} == 3');
  await queryUntil(prometheus.url, 'envoy_cluster_upstream_rq_time_count == 7');
  range = { from, to: Math.ceil(Date.now() / STEP_MS) * STEP_MS };
}, 600_000);

afterAll(async () => {
  hanging.forEach((response) => response.destroy());
  server.closeAllConnections();
  server.close();
  await stopAll([prometheus, envoy]);
}, 60_000);

test('Envoy has what its profile names', async () => {
  expect(await lackingOnScrape(prometheus.url, ENVOY)).toEqual([]);
});

test('every rule can be evaluated', async () => {
  expect(await brokenRules(prometheus.url, ENVOY)).toEqual([]);
});

test('it counts a retry as a request more, and does not time what timed out', async () => {
  const value = async (metric: string) =>
    (await query(prometheus.url, `envoy_cluster_upstream_rq_${metric}`))[0]?.value;
  expect(await value('retry')).toBe(2);
  expect(await value('total')).toBe(10);
  expect(await value('completed')).toBe(8);
  expect(await value('time_count')).toBe(7);
});

async function ask<V extends View>(view: V): Promise<Extract<Answer, { view: V }>> {
  const connector = createPrometheus({ http: prometheusHttp(prometheus.url) });
  const request = { query: { view, filter: NO_FILTER }, range, step: STEP_MS };
  return (await connector.aggregate?.(request, new AbortController().signal)) as Extract<Answer, { view: V }>;
}

test('the connector tells how requests ended: a time-out has failed', async () => {
  expect((await ask('states')).totals).toMatchObject([{ group: 'orders', counts: { completed: 4, failed: 3 } }]);
});

test('durations are milliseconds', async () => {
  const { series } = await ask('durations');
  const slowest = Math.max(...series.flatMap(({ p99 }) => p99.map((ms) => ms ?? 0)));
  expect(slowest).toBeGreaterThan(0);
  // Envoy's first bound is half a millisecond, and the request that hung is not among them.
  expect(series.flatMap(({ count }) => count).reduce((sum, one) => sum + one, 0)).toBe(6);
});
