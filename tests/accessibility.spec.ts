import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Page } from '@playwright/test';
import { DASHBOARDS, expect, openDashboard, scrollThrough, test } from './fixtures';

/**
 * What @grafana/ui and @grafana/scenes themselves get wrong cannot be mended here, so these parts of their making are
 * left out: selects without a label, icon buttons of the refresh picker and of panel headers without a name, the grid
 * of tables. Runlane's own panels, pages and editors never are.
 */
const GRAFANA_OWN = [
  'input[id^="react-select"]',
  '[data-testid*="RefreshPicker"]',
  '[data-testid="data-testid header-container"] > [class*="panel-header-item"]',
  '.rdg',
];

for (const { uid, title, ...rest } of DASHBOARDS) {
  for (const theme of ['dark', 'light'] as const) {
    test(`axe finds nothing serious on ${title} in ${theme}`, async ({ page }) => {
      await openDashboard(page, uid, { theme, query: 'query' in rest ? rest.query : '' });
      await scrollThrough(page);
      expect(await seriousFaults(page)).toEqual([]);
    });
  }
}

for (const theme of ['dark', 'light'] as const) {
  test(`axe finds nothing serious on the settings of a source in ${theme} @preview`, async ({ page }) => {
    await page.goto(`/connections/datasources/edit/runlane-prometheus?theme=${theme}`);
    await page.getByRole('combobox', { name: 'Profile' }).click();
    await page.getByRole('option', { name: /celery-exporter/ }).click();
    await expect(page.getByText('celery_task_received_total')).toBeVisible();
    expect(await seriousFaults(page)).toEqual([]);
  });
}

async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (exclude) =>
      (window as unknown as { axe: { run(context: object, options: object): Promise<AxeResults> } }).axe.run(
        { include: ['main'], exclude: exclude.map((one) => [one]) },
        { resultTypes: ['violations'] }
      ),
    GRAFANA_OWN
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, html }) => `${id}: ${target.join(' ')}: ${html.slice(0, 160)}`));
}
