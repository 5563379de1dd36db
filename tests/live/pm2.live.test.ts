import { PM2_METRICS } from '../../src/prometheus/profiles/pm2-metrics';
import { Asked, endOfStep, nextScraped } from '../systems/ask-connector';
import { query, queryUntil } from '../systems/ask-prometheus';
import { eventually } from '../systems/eventually';
import { startPm2 } from '../systems/pm2';
import type { Pm2 } from '../systems/pm2';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { startPrometheus } from '../systems/prometheus';
import { brokenRules } from '../systems/rules-on-scrape';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** PM2, read by pm2-metrics, while programs run, restart, are stopped and crash until PM2 gives up. */
let pm2: Pm2;
let prometheus: System;
let asked: Asked;
/** The timeline's shortest: a program is drawn that runs at one of these instants. */
const STEP_MS = 15_000;

beforeAll(async () => {
  const program = 'setInterval(() => {}, 1000);';
  pm2 = await startPm2({ web: { program }, mailer: { program } });
  prometheus = await startPrometheus({ scrape: [{ job: 'pm2', target: pm2.url }] });
  const { url } = prometheus;
  await queryUntil(url, 'count(pm2_up == 1) == 2');
  const seen = await nextScraped(url, STEP_MS);

  await pm2.control('restart', 'web');
  await pm2.control('stop', 'mailer');
  // Each of its ends is one too early, however long this machine takes to start it.
  await pm2.start('broken', { program: 'process.exit(3);', settings: { max_restarts: 3, min_uptime: '1h' } });
  await eventually('PM2 giving up', () => pm2.said().includes('too many unstable restarts') || undefined);
  const over = Date.now() / 1000;
  await queryUntil(url, `min(timestamp(up)) > ${over} and on () pm2_up{name="web"} == 1`);
  asked = new Asked(url, 'auto', { range: { from: seen - STEP_MS, to: endOfStep(STEP_MS) }, step: STEP_MS });
}, 900_000);

afterAll(() => stopAll([prometheus, pm2]), 60_000);

test('pm2-metrics has what its profile names', async () => {
  expect(await lackingOnScrape(prometheus.url, PM2_METRICS)).toEqual([]);
});

test('rules made from its profile can be evaluated', async () => {
  expect(await brokenRules(prometheus.url, PM2_METRICS)).toEqual([]);
});

test('restarts are counted', async () => {
  const values = await query(prometheus.url, 'pm2_restarts');
  expect(values.map(({ metric, value }) => [metric['name'], value]).sort()).toEqual([
    ['broken', 2],
    ['mailer', 0],
    ['web', 1],
  ]);
});

test('pm2-metrics does not tell what was stopped from what failed', async () => {
  const values = await query(prometheus.url, 'pm2_up == 0');
  expect(values.map(({ metric }) => metric['name']).sort()).toEqual(['broken', 'mailer']);
});

test('programs are runs; how those ended that are not online any more is unknown', async () => {
  const drawn = (await asked.runs()).map(({ task, state, nativeState }) => [task, state, nativeState]);
  expect(drawn.filter(([task]) => task !== 'broken').sort()).toEqual([
    ['mailer', 'unknown', 'not online'],
    ['web', 'running', 'online'],
  ]);
});

test('what runs now', async () => {
  expect(await asked.counts()).toEqual({ web: { running: 1 } });
});

test('memory is in bytes', async () => {
  const { series } = await asked.view('resources');
  const { rssBytes } = series.find(({ group }) => group === 'web') ?? { rssBytes: [] };
  const largest = Math.max(...rssBytes.map((bytes) => bytes ?? 0));
  // A Node.js that does nothing.
  expect(largest).toBeGreaterThan(10e6);
  expect(largest).toBeLessThan(1e9);
});
