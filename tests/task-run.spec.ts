import type { Page } from '@playwright/test';
import { expect, openDashboard, panelsSettled, test } from './fixtures';
import { SOURCE } from './seed';

/** The way from something red to why: the page of one run. */
const RUN = 'backup-killed';

async function open(page: Page, runId: string, query = ''): Promise<void> {
  await openDashboard(page, 'runlane-task-run', { query: `&var-source=${SOURCE}&var-runId=${runId}${query}` });
}

const heading = (page: Page) => page.getByRole('heading', { level: 3 });

test('a run is found by its id whatever the range, which one click sets to the run’s own', async ({ page }) => {
  await open(page, RUN, '&from=now-3d&to=now-2d');
  await expect(heading(page)).toContainText('failed');
  await expect(page.getByTestId('run-error')).toContainText('SIGSEGV');
  await expect(page.getByText('outside of the time range of this dashboard')).toBeVisible();
  await page.getByRole('button', { name: 'Take its time' }).click();
  await expect(page.getByText('outside of the time range of this dashboard')).toHaveCount(0);
  await expect(page).toHaveURL(/from=(\d{13}|20\d\d-)/);
  await expect(heading(page)).toContainText('failed');
});

test('it stands beside what is usual, and leads to the runs before and after it', async ({ page }) => {
  await open(page, 'email.send-44');
  await expect(page.getByText(/^usual /).first()).toBeVisible();
  const others = page.getByRole('navigation', { name: 'Other runs of this task' });
  await expect(others).toContainText('Next success after it');
  await others.getByRole('link', { name: /Last good run/ }).click();
  await expect(heading(page)).toContainText('completed');
  // At the time of that run, not at the dashboard's.
  await expect(page).toHaveURL(/from=(\d{13}|20\d\d-).*var-runId=email\.send-43/);
});

test('none chosen and unknown are two texts, each with failures to choose from', async ({ page }) => {
  await openDashboard(page, 'runlane-task-run');
  await expect(heading(page)).toHaveText('No run is chosen');
  await open(page, 'no-such-run');
  await expect(heading(page)).toHaveText('No run no-such-run is known');
  await page.getByRole('row').filter({ hasText: 'failed' }).getByRole('link').first().click();
  await panelsSettled(page);
  await expect(page.getByTestId('run-error')).toBeVisible();
});

test('the link that is copied leads back to the run at its own time', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, RUN);
  await page.getByRole('button', { name: 'Copy link' }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/^http.*\/d\/runlane-task-run\?from=\d{13}&to=(\d{13}|now)&.*var-runId=backup-killed/);
  await page.goto(link);
  await expect(page.getByTestId('run-error')).toContainText('SIGSEGV');
});

test('by keyboard alone: from the newest failures to why one failed', async ({ page }) => {
  await openDashboard(page, 'runlane-task-run');
  await page.getByRole('row').getByRole('link').first().focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('run-error')).toBeVisible();
});
