import type { Locator, Page } from '@playwright/test';
import { DASHBOARDS, expect, openDashboard, scrollThrough, test } from './fixtures';

/** Dashboards about one system each, fed by what such systems really did once, through a task store of the tests. */
const BOARDS = DASHBOARDS.filter((board) => 'query' in board && board.query.startsWith('&var-ds=recorded'));
const BY_RECORDED = '&var-ds=recorded';

const panel = (page: Page, title: string) =>
  page.locator('[data-viz-panel-key]').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

/** What a panel holds below its title: words, or a picture. */
async function isEmpty(of: Locator): Promise<boolean> {
  const words = (await of.innerText()).split('\n').filter((line) => line.trim() !== '');
  const title = (await of.getByRole('heading').first().innerText()).trim();
  const pictures = await of.locator('canvas, svg[role="img"], [class*="uplot"]').count();
  return pictures === 0 && words.filter((line) => line !== title && line !== 'stand-in').length === 0;
}

for (const { uid, title, query } of BOARDS as ReadonlyArray<{ uid: string; title: string; query: string }>) {
  test(`${title}: every panel shows something or says why it does not @preview`, async ({ page }) => {
    await openDashboard(page, uid, { query });
    await scrollThrough(page);
    const panels = await page.locator('[data-viz-panel-key]').all();
    expect(panels.length).toBeGreaterThan(10);
    for (const one of panels) {
      await one.scrollIntoViewIfNeeded();
      await expect.poll(() => isEmpty(one), { message: await one.innerText() }).toBe(false);
    }
    await expect(page.getByTestId(/Panel status error/)).toHaveCount(0);
  });
}

test('of a store that holds many systems, a board shows its own @preview', async ({ page }) => {
  await openDashboard(page, 'runlane-celery', { query: BY_RECORDED });
  const timeline = panel(page, 'Task timeline');
  await expect(timeline).toContainText('orders.refund');
  await expect(timeline).not.toContainText(/ends\.refund|shop\/|backup/);
  await expect(panel(page, 'Workers')).toContainText('worker-1@test');
  await openDashboard(page, 'runlane-kubernetes', { query: BY_RECORDED });
  await expect(panel(page, 'Task timeline')).toContainText('backup');
  await expect(panel(page, 'Task timeline')).not.toContainText('orders.refund');
  await expect(panel(page, 'Failed, with the reason')).toContainText('BackoffLimitExceeded');
});

test('labels are columns: a failed task instance says its DAG, its try and its pool @preview', async ({ page }) => {
  await openDashboard(page, 'runlane-airflow', { query: BY_RECORDED });
  const failed = panel(page, 'Failed and up for retry');
  await expect(failed.getByRole('columnheader', { name: 'DAG', exact: true })).toBeVisible();
  await expect(failed).toContainText('refund');
  await expect(failed).toContainText('no such order 4711');
  await expect(failed).toContainText('default_pool');
});

test('what a source cannot tell is said where it would stand @preview', async ({ page }) => {
  await openDashboard(page, 'runlane-dagster', { query: BY_RECORDED });
  await expect(panel(page, 'Assets')).toContainText(/not reported/i);
  await expect(panel(page, 'Asset checks that failed')).toContainText('sums_up');
});

test('a data source of another system says so, and what to do @preview', async ({ page }) => {
  await openDashboard(page, 'runlane-airflow', { query: '&var-ds=no-flower' });
  const says = 'This data source reads Celery (Flower), which this dashboard is not about.';
  await expect(panel(page, 'Failed and up for retry')).toContainText(says);
  await expect(panel(page, 'Task timeline')).toContainText(says);
  await expect(page.getByTestId(/Panel status error/)).toHaveCount(0);
});

test('the menu of systems leads to their boards with the time range @preview', async ({ page }) => {
  await openDashboard(page, 'runlane-overview', { query: '&from=now-30m&to=now' });
  await page.getByRole('button', { name: 'Systems' }).click();
  await page.getByRole('menuitem', { name: 'Kubernetes jobs' }).click();
  await expect(page).toHaveURL(/\/d\/runlane-kubernetes(\/[^?]*)?\?.*from=now-30m/);
});
