// `npm run screenshots`: the pictures of the README, taken of a running `npm start` (or another address with --url).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium } from './chromium.mjs';

const { values } = parseArgs({ options: { url: { type: 'string', default: 'http://127.0.0.1:3000' } } });
const folder = new URL('../docs/img', import.meta.url).pathname;
const pictures = [
  { file: 'overview-dark.png', path: '/d/runlane-overview/x?from=now-10m&to=now&refresh=1d&theme=dark', height: 900 },
  { file: 'timeline-dark.png', path: '/d/runlane-timeline/x?from=now-5m&to=now&refresh=1d&theme=dark', height: 760 },
  { file: 'timeline-light.png', path: '/d/runlane-timeline/x?from=now-5m&to=now&refresh=1d&theme=light', height: 760 },
];

const { executablePath, env } = await findChromium();
const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS, env: { ...process.env, ...env } });
mkdirSync(folder, { recursive: true });
try {
  for (const { file, path, height } of pictures) {
    const page = await browser.newPage({ viewport: { width: 1440, height }, locale: 'en-US', timezoneId: 'UTC' });
    await page.goto(values.url + path);
    await page.getByRole('button', { name: /^failed [1-9]/ }).first().waitFor({ timeout: 60_000 });
    await page.waitForTimeout(3_000);
    await page.screenshot({ path: join(folder, file) });
    await page.close();
    process.stdout.write(`docs/img/${file}\n`);
  }
} finally {
  await browser.close();
}
