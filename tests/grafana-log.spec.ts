import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { DASHBOARDS, expect, openDashboard, test } from './fixtures';

/** How long Grafana is used as people do, and watched: shipped rules are evaluated every minute or five. */
const MINUTES = Number(process.env['RUNLANE_LOG_MINUTES'] ?? 10);

/** What was written behind a place in a file. */
function textFrom(path: string, from: number): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, statSync(path).size - from));
    readSync(file, bytes, 0, bytes.length, from);
    return bytes.toString('utf8');
  } finally {
    closeSync(file);
  }
}

test('boards that come and go and rules that find nothing write no error into the log of Grafana @grafana', async ({
  page,
}) => {
  const log = process.env['GRAFANA_LOG'];
  if (log === undefined) {
    throw new Error('Name the log file of the Grafana at GRAFANA_URL: GRAFANA_LOG=/var/log/grafana/grafana.log.');
  }
  test.setTimeout((MINUTES + 2) * 60_000);
  const begin = statSync(log).size;
  const until = Date.now() + MINUTES * 60_000;
  for (let turn = 0; Date.now() < until; turn++) {
    const { uid } = DASHBOARDS[turn % DASHBOARDS.length] ?? DASHBOARDS[0];
    await openDashboard(page, uid);
    await page.waitForTimeout(5000);
  }
  await page.goto('about:blank');
  const errors = textFrom(log, begin)
    .split('\n')
    .filter((line) => /\blevel=(error|crit)\b/.test(line))
    // Shipped contact points reach nobody until somebody fills in addresses: an alert that fires says so there.
    .filter((line) => !/\blogger=ngalert\.notifier/.test(line));
  expect(errors).toEqual([]);
});
