import { createPrometheus } from '../../src/connectors/prometheus/connector';
import { PM2_METRICS } from '../../src/connectors/prometheus/profiles/pm2-metrics';
import type { Answer } from '../../src/model/answer';
import type { TimeRange, View } from '../../src/model/task-query';
import { query, queryUntil } from '../systems/ask-prometheus';
import { startPm2 } from '../systems/pm2';
import type { Pm2 } from '../systems/pm2';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { prometheusHttp } from '../systems/prometheus-http';
import { startPrometheus } from '../systems/prometheus';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** PM2, read by pm2-metrics, while programs run, restart, are stopped and crash until PM2 gives up. */
let pm2: Pm2;
let prometheus: System;
/** Around what happens below. */
let range: TimeRange;
/** The timeline's shortest: a program is drawn that runs at one of these instants. */
const STEP_MS = 15_000;
const signal = new AbortController().signal;

beforeAll(async () => {
  const program = 'setInterval(() => {}, 1000);';
  pm2 = await startPm2({ web: { program }, mailer: { program } });
  prometheus = await startPrometheus({ scrape: [{ job: 'pm2', target: pm2.url }] });
  const { url } = prometheus;
  await queryUntil(url, 'count(pm2_up == 1) == 2');
  const seen = Math.ceil(Date.now() / STEP_MS) * STEP_MS;
  await queryUntil(url, `min(timestamp(up)) > ${seen / 1000}`);

  await pm2.control('restart', 'web');
  await pm2.control('stop', 'mailer');
  await pm2.start('broken', { program: 'process.exit(3);', settings: { max_restarts: 3 } });
  await queryUntil(url, 'pm2_restarts{name="web"} == 1 and pm2_up == 1');
  await queryUntil(url, 'pm2_up{name="mailer"} == 0');
  await queryUntil(url, 'pm2_restarts{name="broken"} == 2 and pm2_up == 0');
  range = { from: seen - STEP_MS, to: Math.ceil(Date.now() / STEP_MS) * STEP_MS };
}, 900_000);

afterAll(() => stopAll([prometheus, pm2]), 60_000);

test('pm2-metrics has what its profile names', async () => {
  expect(await lackingOnScrape(prometheus.url, PM2_METRICS)).toEqual([]);
});

test('pm2-metrics does not tell what was stopped from what failed', async () => {
  const values = await query(prometheus.url, 'pm2_up == 0');
  expect(values.map(({ metric }) => metric['name']).sort()).toEqual(['broken', 'mailer']);
});

function connector() {
  return createPrometheus({ http: prometheusHttp(prometheus.url) }, { profile: 'auto' });
}

async function ask<V extends View>(view: V): Promise<Extract<Answer, { view: V }>> {
  const request = { query: { view, filter: { matches: [] } }, range, step: STEP_MS };
  return (await connector().aggregate?.(request, signal)) as Extract<Answer, { view: V }>;
}

test('programs are runs; how those ended that are not online any more is unknown', async () => {
  const { runs } = await connector().runs({ filter: { matches: [] }, range, limit: 100 }, signal);
  const drawn = runs.map(({ task, state, nativeState }) => [task, state, nativeState]);
  expect(drawn.filter(([task]) => task !== 'broken').sort()).toEqual([
    ['mailer', 'unknown', 'not online'],
    ['web', 'running', 'online'],
  ]);
});

test('what runs now', async () => {
  const { totals } = await ask('states');
  const counted = totals.filter(({ counts }) => Object.keys(counts).length > 0);
  expect(counted.map(({ group, counts }) => [group, counts])).toEqual([['web', { running: 1 }]]);
});

test('memory is in bytes', async () => {
  const { series } = await ask('resources');
  const { rssBytes } = series.find(({ group }) => group === 'web') ?? { rssBytes: [] };
  const largest = Math.max(...rssBytes.map((bytes) => bytes ?? 0));
  // A Node.js that does nothing.
  expect(largest).toBeGreaterThan(10e6);
  expect(largest).toBeLessThan(1e9);
});
