import { startStack } from './stack';
import type { Stack } from './stack';
import { SOURCE } from './seed';
import { expect, openDashboard, test as base } from './fixtures';

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
