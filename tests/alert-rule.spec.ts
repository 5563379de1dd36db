import { join } from 'node:path';
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Page } from '@playwright/test';
import { SOURCE } from './seed';
import { expect, openDashboard, test } from './fixtures';

const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Create alert rule' });
const RESOURCES = '**/api/datasources/uid/prometheus/resources/**';

/** From the button of a lane, which the keyboard reaches as well. */
async function openOfLane(page: Page, lane: string, theme = 'dark') {
  await openDashboard(page, 'runlane-timeline', { theme });
  await page.getByRole('button', { name: `Create alert rule for ${lane}` }).click();
  const dialog = dialogOf(page);
  await expect(dialog).toContainText(`Task ${lane} (${SOURCE})`);
  return dialog;
}

test('a lane offers rules for its task, with thresholds from its own history @preview', async ({ page }) => {
  const dialog = await openOfLane(page, 'email.send');
  await expect(dialog.getByRole('radio')).toHaveCount(6);
  await expect(dialog.getByText(/ended in the range shown/)).toContainText(/History: \d+ runs/);
  await expect(dialog.getByText(/fail; usual are \d+\s%\. From its own history\./)).toBeVisible();
  await expect(dialog.getByText(/Prometheus has the metrics that this rule needs/)).toBeVisible();
  const file = dialog.getByRole('tabpanel');
  await expect(file).toContainText('apiVersion: 1');
  await expect(file).toContainText(`{source="${SOURCE}",task="email.send"}`);
  await expect(file).toContainText('datasourceUid: prometheus');
  await dialog.getByRole('tab', { name: 'Prometheus rules' }).click();
  await expect(file).toContainText('alert:');
  await expect(file).not.toContainText('apiVersion');
  await dialog.getByRole('radio', { name: /Takes too long/ }).check({ force: true });
  await expect(file).toContainText('histogram_quantile(');
  const link = dialog.getByRole('link', { name: 'Open in Grafana’s rule editor' });
  await expect(link).toHaveAttribute('href', /^\/alerting\/new\/alerting\?defaults=%7B/);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('the keyboard alone opens it for the lane of a run and for what the run belongs to @preview', async ({ page }) => {
  await openDashboard(page, 'runlane-timeline');
  const plot = page.getByRole('application').first();
  await plot.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await page.keyboard.press('a');
  const dialog = dialogOf(page);
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  await plot.focus();
  await page.keyboard.press('Enter');
  const details = page.getByRole('dialog', { name: 'Details of the run' });
  await details.getByRole('button', { name: 'Create alert rule' }).press('Enter');
  await expect(details).toBeHidden();
  await dialog.getByRole('radio', { name: 'Queue' }).check({ force: true });
  await expect(dialog.getByRole('tabpanel')).toContainText(/queue="[a-z]+"/);
  await expect(dialog.getByRole('radio', { name: /Piles up/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(details).toBeVisible();
});

test('what is copied is what is shown @preview', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const dialog = await openOfLane(page, 'orders.charge');
  const shown = await dialog.getByRole('tabpanel').textContent();
  await dialog.getByRole('button', { name: /Copy Grafana provisioning/ }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shown);
});

test('without an answer of Prometheus it still works, and says so @preview', async ({ page }) => {
  await page.route(RESOURCES, (route) =>
    route.fulfill({ status: 502, contentType: 'application/json', body: '{"message":"no route to Prometheus"}' })
  );
  const dialog = await openOfLane(page, 'email.send');
  await expect(dialog.getByText(/could not be asked/)).toContainText('no route to Prometheus');
  await expect(dialog.getByRole('tabpanel')).toContainText('task="email.send"');
});

test('metrics that Prometheus lacks are named, with what switches them on @preview', async ({ page }) => {
  await page.route(RESOURCES, (route) => {
    const isNames = route.request().url().includes('__name__/values');
    const data = isNames ? ['celery_worker_up', 'celery_task_received_total'] : [];
    return route.fulfill({
      status: 200,
      contentType: 'application/json',
      body: JSON.stringify({ status: 'success', data }),
    });
  });
  const dialog = await openOfLane(page, 'email.send');
  await expect(dialog.getByRole('combobox', { name: 'Metrics of' })).toHaveValue('Celery (celery-exporter)');
  await expect(dialog.getByText(/Prometheus has no celery_task_failed_total/)).toBeVisible();
  await expect(dialog.getByText(/does not know this name yet/)).toBeVisible();
  await expect(dialog.getByText(/tells too little for:.*Ends abnormally/)).toBeVisible();
});

test('in a low window it is whole, and Escape closes a list of choices before the dialog @preview', async ({
  page,
}) => {
  await page.setViewportSize({ width: 1000, height: 600 });
  const dialog = await openOfLane(page, 'email.send');
  expect((await dialog.boundingBox())!.y).toBeGreaterThanOrEqual(0);
  for (const choose of [
    () => dialog.getByRole('combobox', { name: 'Metrics of' }).click(),
    () => dialog.getByTestId('data-testid Select a data source').click(),
  ]) {
    await choose();
    await expect(page.getByRole('option').first()).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('option')).toHaveCount(0);
    await expect(dialog).toBeVisible();
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Create alert rule for email.send' })).toBeFocused();
});

for (const [theme, width] of [
  ['dark', 1440],
  ['light', 1440],
  ['dark', 480],
  ['light', 480],
] as const) {
  test(`it is whole and axe finds nothing serious in ${theme}, ${width} wide @preview`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    const dialog = await openOfLane(page, 'email.send', theme);
    await expect(dialog.getByText(/Prometheus has the metrics that this rule needs/)).toBeVisible();
    await page.screenshot({ path: join(__dirname, '../screenshots', `alert-rule-${theme}-${width}.png`) });
    const outside = await dialog.evaluate(
      (element) =>
        [...element.querySelectorAll('*')].filter((one) => {
          const box = one.getBoundingClientRect();
          return box.width > 0 && box.right > window.innerWidth + 1 && one.closest('pre') === null;
        }).length
    );
    expect(outside).toBe(0);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      (window as unknown as { axe: { run(context: object, options: object): Promise<AxeResults> } }).axe.run(
        { include: ['[role="dialog"]'], exclude: [['input[id^="react-select"]']] },
        { resultTypes: ['violations'] }
      )
    );
    const bad = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
    expect(bad).toEqual([]);
  });
}
