// Event to pixel: from the moment an event is posted to the frame in which the Timeline dashboard of the preview shows
// it. The peer is Grafana's own floor for dashboards that ask again: min_refresh_interval, 5 s.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from '../scripts/chromium.mjs';
import { judge, percentile, show } from './rounds.mjs';
import { freePort, post, startStore } from './store-process.mjs';

const GRAFANA_MIN_REFRESH_MS = 5000;
const EVENTS = 100;

async function startPreview(storeUrl) {
  const port = await freePort();
  const child = spawn(process.execPath, ['preview/dist/server.mjs', '--port', String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, RUNLANE_STORE_URL: storeUrl, RUNLANE_READ_TOKEN: '' },
  });
  const address = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`${address}/api/health`).catch(() => undefined);
    if (answer?.ok) {
      return { address, stop: () => new Promise((resolve) => child.once('exit', resolve) && child.kill('SIGTERM')) };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error('the preview did not start. Build it with: npm run build && npm run build:preview');
}

/** An event that tells a whole failed run of two seconds, ended now. */
function failedRun() {
  const now = Date.now();
  const run = { source: 'bench', runId: randomUUID(), task: 'bench.live', queue: 'q', worker: 'w' };
  return JSON.stringify({ ...run, at: now, startedAt: now - 2000, state: 'failed', exitCode: 1 }) + '\n';
}

export async function live() {
  const store = await startStore();
  const preview = await startPreview(store.address);
  const { executablePath, env } = await findChromium();
  const browser = await chromium.launch({ executablePath, env: { ...process.env, ...env }, args: CHROMIUM_ARGS });
  try {
    await post(store, [failedRun()], 1);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
    await page.goto(`${preview.address}/d/runlane-timeline/x?from=now-5m&to=now&refresh=`);
    await page.getByRole('button', { name: 'failed 1', exact: true }).waitFor({ timeout: 60_000 });
    // The legend's count and the canvas are drawn in the same commit; the frame after it is the one on screen.
    await page.evaluate(() => {
      const shownAt = [];
      const look = () => {
        const chip = [...document.querySelectorAll('button[aria-pressed]')].find((one) => one.textContent.startsWith('failed'));
        const count = Number(chip?.textContent.replaceAll(/\D/g, ''));
        while (shownAt.length < count) {
          shownAt.push(Date.now());
        }
        requestAnimationFrame(look);
      };
      look();
      window.shownAt = shownAt;
    });
    const took = [];
    for (let i = 2; i < EVENTS + 2; i++) {
      const posted = Date.now();
      await post(store, [failedRun()], 1);
      await page.waitForFunction((count) => window.shownAt.length >= count, i, { timeout: 20_000, polling: 50 });
      took.push((await page.evaluate((count) => window.shownAt[count - 1], i)) - posted);
      // Not in step with any timer of ours.
      await new Promise((resolve) => setTimeout(resolve, 40 + Math.random() * 250));
    }
    const p99 = percentile(took, 0.99);
    process.stdout.write(`  event to pixel: p50 ${show(percentile(took, 0.5))} ms, p95 ${show(percentile(took, 0.95))} ms, p99 ${show(p99)} ms\n`);
    return [
      judge({
        name: `event posted → shown in the preview's timeline, p99 of ${EVENTS}`,
        unit: 'ms',
        better: 'less',
        goal: 500 / GRAFANA_MIN_REFRESH_MS,
        peerName: "Grafana's min_refresh_interval, a setting",
        ours: p99,
        peer: GRAFANA_MIN_REFRESH_MS,
        ratio: p99 / GRAFANA_MIN_REFRESH_MS,
      }),
    ];
  } finally {
    await browser.close();
    await preview.stop();
    await store.stop();
  }
}
