import { join } from 'node:path';
import type { Page, Route } from '@playwright/test';
import { SOURCE } from './seed';
import { cutTexts, expect, openDashboard, panelsSettled, scrollThrough, test } from './fixtures';

/** The same dashboards, fed by the store's metrics as a Prometheus has them. */
const BY_PROMETHEUS = '&var-ds=runlane-prometheus';
const RESOURCES = '**/api/datasources/uid/prometheus/resources/**';

const panel = (page: Page, title: string) =>
  page.locator('[data-viz-panel-key]').filter({ has: page.getByRole('heading', { name: title }) });

for (const theme of ['dark', 'light'] as const) {
  test(`the overview shows what Prometheus tells in ${theme}, whole and without an error @preview`, async ({
    page,
  }) => {
    test.setTimeout(120_000);
    for (const size of [
      { width: 1440, height: 900 },
      { width: 1280, height: 720 },
    ]) {
      await page.setViewportSize(size);
      await openDashboard(page, 'runlane-overview', { theme, query: BY_PROMETHEUS });
      await scrollThrough(page);
      await expect(page.getByTestId(/Panel status error/)).toHaveCount(0);
      await expect(page.getByRole('alert')).toHaveCount(0);
      await expect(panel(page, 'Tasks, worst first')).toContainText('email.send');
      await expect(panel(page, 'Running')).toContainText(/\d/);
      expect(await cutTexts(page), `at ${size.width}×${size.height}`).toEqual([]);
      await page.screenshot({
        path: join(__dirname, '../screenshots', `prometheus-overview-${theme}-${size.width}.png`),
        fullPage: true,
      });
    }
  });
}

test('what counters cannot tell is said in the panel that asks for it, and is no error @preview', async ({ page }) => {
  await openDashboard(page, 'runlane-timeline', { query: BY_PROMETHEUS });
  await expect(page.getByText('Not reported', { exact: true })).toBeVisible();
  await expect(page.getByText(/counts runs and does not tell single ones/).first()).toBeVisible();
  // Beside bars of failed runs, "No failed runs in this range" would be false.
  await panel(page, 'Why runs failed').scrollIntoViewIfNeeded();
  await expect(panel(page, 'Why runs failed')).toContainText(/does not tell single ones/);
  await expect(page.getByText('No failed runs in this range')).toHaveCount(0);
  await expect(page.getByTestId(/Panel status error/)).toHaveCount(0);
});

test('variables list what Prometheus knows, and narrow what is asked of it @preview', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname.includes('/resources/api/v1/query_range')) {
      // Long ones go as a form.
      const form = new URLSearchParams(request.postData() ?? '');
      asked.push(url.searchParams.get('query') ?? form.get('query') ?? '');
    }
  });
  await openDashboard(page, 'runlane-overview', { query: `${BY_PROMETHEUS}&var-source=${SOURCE}&var-task=email.send` });
  await expect(panel(page, 'Tasks, worst first')).toContainText('email.send');
  await expect(panel(page, 'Tasks, worst first')).not.toContainText('orders.charge');
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((query) => !query.includes('task="email.send"'))).toEqual([]);
});

test('a refresh asks once per panel and view, and lets go of what was asked before @preview', async ({ page }) => {
  await openDashboard(page, 'runlane-overview', { query: BY_PROMETHEUS });
  await scrollThrough(page);
  const panels = await page.locator('[data-viz-panel-key]').count();
  let asked = 0;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const cancelled: string[] = [];
  page.on('requestfailed', (request) => cancelled.push(request.url()));
  await page.route(RESOURCES, async (route: Route) => {
    asked++;
    await held;
    await route.continue().catch(() => undefined);
  });
  const refresh = page.getByTestId('data-testid RefreshPicker run button');
  await refresh.click();
  await expect.poll(() => asked).toBeGreaterThan(0);
  expect(asked).toBeLessThanOrEqual(panels + 1);
  await page.goto('/?theme=dark');
  await expect.poll(() => cancelled.length).toBeGreaterThan(0);
  release();
});

test.describe('when Prometheus', () => {
  const answer = (page: Page, status: number, body: object) =>
    page.route(RESOURCES, (route) =>
      route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) })
    );

  test('is away, panels and Save & test say where and what to do @preview', async ({ page }) => {
    await answer(page, 500, { message: 'An error occurred within the plugin', messageId: 'plugin.downstreamError' });
    await openDashboard(page, 'runlane-timeline', { query: BY_PROMETHEUS });
    await expect(page.getByTestId(/Panel status error/).first()).toBeVisible();
    await expect(page.getByText(/data source "Prometheus" answered 500/).first()).toBeVisible();
    await page.goto('/connections/datasources/edit/runlane-prometheus?theme=dark');
    await page.getByRole('button', { name: 'Save & test' }).click();
    await expect(page.getByTestId('data-testid Alert')).toContainText(
      /Check with Save & test in the settings of "Prometheus"/
    );
  });

  test('has no metrics of tasks, it is told what would give some @preview', async ({ page }) => {
    await answer(page, 200, { status: 'success', data: ['go_goroutines'] });
    await page.goto('/connections/datasources/edit/runlane-prometheus?theme=dark');
    await page.getByRole('button', { name: 'Save & test' }).click();
    await expect(page.getByTestId('data-testid Alert')).toContainText(/exporters? that Runlane reads/);
  });
});

test.describe('the settings', () => {
  test('test the Prometheus data source that they name @preview', async ({ page }) => {
    await page.goto('/connections/datasources/edit/runlane-prometheus?theme=dark');
    await page.getByRole('button', { name: 'Save & test' }).click();
    await expect(page.getByTestId('data-testid Alert')).toContainText(
      /Connected to Prometheus 2\.42\.0\..*Runlane task store/
    );
  });

  for (const [theme, width] of [
    ['dark', 1280],
    ['light', 1280],
    ['dark', 640],
  ] as const) {
    test(`are whole in ${theme}, ${width} wide, in each of their forms @preview`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      const picture = async (name: string) => {
        expect(await cutTexts(page), name).toEqual([]);
        await page.screenshot({
          path: join(__dirname, '../screenshots', `prometheus-settings-${name}-${theme}-${width}.png`),
          fullPage: true,
        });
      };
      await page.goto(`/connections/datasources/edit/runlane-prometheus?theme=${theme}`);
      await expect(page.getByLabel('Select a data source')).toBeVisible();
      await picture('data-source');

      await page.getByLabel('An address').click({ force: true });
      await page.getByLabel('User and password').click({ force: true });
      await page.getByRole('combobox', { name: 'Profile' }).click();
      await page.getByRole('option', { name: /celery-exporter/ }).click();
      await expect(page.getByText('celery_task_received_total')).toBeVisible();
      await picture('address');

      await page.getByRole('combobox', { name: 'Profile' }).click();
      await page.getByRole('option', { name: /Custom/ }).click();
      await page.getByRole('button', { name: 'Start from this example' }).first().click();
      await expect(page.getByRole('textbox', { name: /Custom profile/ })).toHaveValue(/orders_total/);
      await picture('custom');
    });
  }
});

test('queries of Prometheus go through the query editor like any other @preview', async ({ page }) => {
  await page.goto('/explore?ds=runlane-prometheus&theme=dark');
  await expect(page.getByTestId('query-editor')).toBeVisible();
  await page.getByRole('combobox', { name: 'View' }).click();
  await page.getByRole('option', { name: 'Throughput' }).first().click();
  await expect(page.getByTestId('query-state')).toHaveText(/[1-9]\d* frames?, [1-9]\d* rows?/);
  await panelsSettled(page);
});

test('the start page shows the Prometheus source with what it reports @preview', async ({ page }) => {
  await page.goto('/a/runlane-app?theme=dark');
  const row = page.getByRole('listitem').filter({ hasText: 'Runlane (Prometheus)' });
  await expect(row).toContainText('answers');
  await expect(row).toContainText(/Reads Runlane task store/);
});
