import { startStack } from './stack';
import type { Stack } from './stack';
import { SOURCE } from './seed';
import { expect, openDashboard, panelsSettled, test as base } from './fixtures';

/** A store of its own, since the other tests need theirs to stay. */
const test = base.extend<object, { stack: Stack }>({
  stack: [
    async ({}, use) => {
      const stack = await startStack();
      await use(stack);
      await stack.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ stack }, use) => use(stack.previewUrl),
});

test('a store that goes away is said, the last answer stays, and all goes on when it is back @preview', async ({
  page,
  stack,
  pageErrors,
}) => {
  test.setTimeout(120_000);
  await openDashboard(page, 'runlane-timeline');
  await expect(page.getByText('email.send', { exact: true }).first()).toBeVisible();

  await stack.stopStore();
  await page.getByTestId('data-testid RefreshPicker run button').click();
  await expect(page.getByTestId(/Panel status error/).first()).toBeVisible({ timeout: 40_000 });

  await stack.startStore();
  const now = Date.now();
  await stack.send([
    {
      source: SOURCE,
      runId: 'after-the-outage',
      attempt: 1,
      at: now,
      state: 'running',
      task: 'after.outage',
      createdAt: now - 500,
      startedAt: now - 400,
    },
  ]);
  await page.getByTestId('data-testid RefreshPicker run button').click();
  await expect(page.getByTestId(/Panel status error/)).toHaveCount(0, { timeout: 40_000 });
  await expect(page.getByText('after.outage', { exact: true }).first()).toBeVisible();
  expect(pageErrors).toEqual([]);
});

test('a store that hangs is said within half a minute: the last good data stay, with the time that they are from @preview', async ({
  page,
  stack,
  pageErrors,
}) => {
  test.setTimeout(240_000);
  // As dashboards are shipped: each refresh comes before any answer could be given up.
  await page.goto('/d/runlane-overview?theme=dark&refresh=10s');
  const timeline = page.locator('[data-viz-panel-key]').filter({ hasText: 'Task timeline' }).last();
  await timeline.scrollIntoViewIfNeeded();
  await expect(timeline.getByText('db.backup', { exact: true }).first()).toBeVisible();
  const live = timeline.getByRole('button', { name: 'Live' });
  await expect(live).toHaveAttribute('aria-pressed', 'true');
  // What has not been answered yet has nothing to keep.
  await panelsSettled(page);

  stack.holdStore();
  try {
    await expect(timeline.getByTestId('stale')).toHaveText(/^ ?no answer for .*, data as of \d\d:\d\d:\d\d$/, {
      timeout: 60_000,
    });
    await expect(live).toHaveAttribute('aria-pressed', 'false');
    await expect(timeline.getByText('db.backup', { exact: true }).first()).toBeVisible();
    // The panel of scores and the numbers say it too, and keep what they showed.
    await expect(page.getByTestId('stale')).toHaveCount(2, { timeout: 30_000 });
    const failing = page.locator('[data-viz-panel-key]').filter({ hasText: 'Failing now' });
    await expect(failing.getByLabel(/^No answer since \d\d:\d\d:\d\d/)).toBeVisible({ timeout: 30_000 });
    // The preview's proxy gives up after 30 s, as Grafana's: an error beside the data, in spite of the refreshes.
    await expect(page.getByTestId(/Panel status error/).first()).toBeVisible({ timeout: 60_000 });
    await expect(timeline.getByText('db.backup', { exact: true }).first()).toBeVisible();
    await expect(page.getByText(/^0 runs/)).toHaveCount(0);
  } finally {
    stack.releaseStore();
  }
  await expect(page.getByTestId('stale')).toHaveCount(0, { timeout: 90_000 });
  await expect(page.getByTestId(/Panel status error/)).toHaveCount(0, { timeout: 60_000 });
  await expect(live).toHaveAttribute('aria-pressed', 'true');
  expect(pageErrors).toEqual([]);
});

test('a dashboard opened while the store refuses shows dashes and the error, no zero and no "none" @preview', async ({
  page,
  stack,
}) => {
  test.setTimeout(120_000);
  await stack.stopStore();
  try {
    await page.goto('/d/runlane-overview?theme=dark&refresh=1d');
    await expect(page.getByTestId(/Panel status error/).first()).toBeVisible({ timeout: 40_000 });
    for (const name of ['Failing now', 'Waiting', 'Running', 'Finished', 'Abnormal exits', 'Tasks, worst first']) {
      await expect(page.getByRole('region', { name }).getByText('no answer', { exact: true })).toBeVisible();
    }
    await expect(page.getByText('The source did not answer')).toHaveCount(2);
    await expect(page.getByRole('button', { name: 'Live' })).toHaveAttribute('aria-pressed', 'false');
    for (const claim of [/^0 runs/, 'No runs in this range', 'none in this range', 'No data', 'not reported']) {
      await expect(page.getByText(claim)).toHaveCount(0);
    }
  } finally {
    await stack.startStore();
  }
});

test('an event is seen within five seconds without a reload @preview', async ({ page, stack }) => {
  await openDashboard(page, 'runlane-timeline');
  await expect(page.getByText('email.send', { exact: true }).first()).toBeVisible();
  const now = Date.now();
  await stack.send([
    {
      source: SOURCE,
      runId: 'live-1',
      attempt: 1,
      at: now,
      state: 'running',
      task: 'live.event',
      createdAt: now - 500,
      startedAt: now - 400,
    },
  ]);
  await expect(page.getByText('live.event', { exact: true }).first()).toBeVisible({ timeout: 5_000 });
});
