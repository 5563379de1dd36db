import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from '../scripts/chromium.mjs';
import { startStack } from './stack.ts';
const stack = await startStack();
const now = Date.now();
const ev: object[] = [];
for (let r = 0; r < 24; r++) {
  for (let a = 1; a <= 3; a++) {
    const at = now - 20 * 60_000 + r * 45_000 + a * 5_000;
    const base = { v: 1, source: 'shop', runId: `flaky-${r}`, attempt: a, task: 'sync.flaky', worker: 'flaky-1', queue: 'sync' };
    ev.push({ ...base, at: at - 4000, state: 'running' });
    ev.push({ ...base, at, state: a < 3 ? 'failed' : 'completed', ...(a < 3 ? { exitCode: 1, error: { message: 'reset by peer' } } : {}) });
  }
}
for (let h = 1; h < 24; h++) for (let i = 0; i < 40; i++) {
  const at = now - h * 3_600_000 - 1_800_000 + i * 60_000;
  const base = { v: 1, source: 'shop', runId: `old-${h}-${i}`, attempt: 1, task: 'email.send', worker: 'mail-1', queue: 'mail' };
  ev.push({ ...base, at: at - 6000, state: 'running' }, { ...base, at, state: 'completed' });
}
for (let i = 0; i < 6; i++) {
  const at = now - 15 * 60_000;
  const base = { v: 1, source: 'shop', runId: `gone-${i}`, attempt: 1, task: 'batch.gone', worker: 'dead-1', queue: 'batch' };
  ev.push({ ...base, at: at - 60_000, state: 'running' }, { ...base, at, state: 'failed', substate: 'lost', derived: true, evidence: 'no heartbeat' });
}
await stack.send(ev);
const q = await (await fetch(`${stack.storeUrl}/api/v1/health?from=${now - 1_800_000}&to=${now}&step=60000&groupBy=task`)).json() as any;
console.log(JSON.stringify(q.groups?.map((g: any) => [g.group, g.score, g.runs, g.failed, g.deductions.map((d: any) => d.reason + Math.round(d.points))])));
const { executablePath, env } = await findChromium();
const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS, env: { ...process.env, ...env } });
const shots: Array<[string, string, number, number]> = JSON.parse(process.env.SHOTS ?? '[]');
for (const [name, path, width, height] of shots) {
  const page = await browser.newPage({ viewport: { width, height }, locale: 'en-US', timezoneId: 'UTC' });
  page.on('pageerror', (e) => console.log(name, 'pageerror', String(e).slice(0, 200)));
  await page.goto(stack.previewUrl + path, { timeout: 120_000 });
  await page.waitForTimeout(25_000);
  await page.screenshot({ path: `/tmp/attempts/${name}.png` });
  const links = await page.locator('a[href*="runlane-timeline"]').evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).getAttribute('href')).filter((h) => h!.includes('var-')).slice(0, 6));
  console.log(name, JSON.stringify(links));
  await page.close();
}
await browser.close();
await stack.stop();
