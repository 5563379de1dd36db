import { startStack } from './stack';
import type { Stack } from './stack';
import { SOURCE } from './seed';
import { expect, openDashboard, test } from './fixtures';

let stack: Stack;
test.beforeAll(async () => {
  stack = await startStack();
});
test.afterAll(() => stack.stop());
test.use({ baseURL: async ({}, use) => use(stack.previewUrl) });

test('a store that goes away is said, the last answer stays, and all goes on when it is back @preview', async ({ page, pageErrors }) => {
  test.setTimeout(120_000);
  await openDashboard(page, 'runlane-timeline');
  await expect(page.getByText('email.send', { exact: true }).first()).toBeVisible();

  await stack.stopStore();
  await page.getByTestId('data-testid RefreshPicker run button').click();
  await expect(page.getByTestId(/Panel status error/).first()).toBeVisible({ timeout: 40_000 });

  await stack.startStore();
  const now = Date.now();
  await stack.send([{ source: SOURCE, runId: 'after-the-outage', attempt: 1, at: now, state: 'running', task: 'after.outage', createdAt: now - 500, startedAt: now - 400 }]);
  await page.getByTestId('data-testid RefreshPicker run button').click();
  await expect(page.getByTestId(/Panel status error/)).toHaveCount(0, { timeout: 40_000 });
  await expect(page.getByText('after.outage', { exact: true }).first()).toBeVisible();
  expect(pageErrors).toEqual([]);
});

test('an event is seen within five seconds without a reload @preview', async ({ page }) => {
  await openDashboard(page, 'runlane-timeline');
  await expect(page.getByText('email.send', { exact: true }).first()).toBeVisible();
  const now = Date.now();
  await stack.send([{ source: SOURCE, runId: 'live-1', attempt: 1, at: now, state: 'running', task: 'live.event', createdAt: now - 500, startedAt: now - 400 }]);
  await expect(page.getByText('live.event', { exact: true }).first()).toBeVisible({ timeout: 5_000 });
});
