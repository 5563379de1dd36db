import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import { DASHBOARDS, expect, openDashboard, scrollThrough, test } from './fixtures';

/**
 * What @grafana/ui and @grafana/scenes themselves get wrong cannot be mended here: these parts of their making are left
 * out. Runlane's own panels, pages and editors never are.
 */
const GRAFANA_OWN = ['[data-testid="template-variable"]', '.rdg', '[class*="react-grid-layout"] > .react-resizable-handle'];

for (const { uid, title, ...rest } of DASHBOARDS) {
  for (const theme of ['dark', 'light'] as const) {
    test(`axe finds nothing serious on ${title} in ${theme}`, async ({ page }) => {
      await openDashboard(page, uid, { theme, query: 'query' in rest ? rest.query : '' });
      await scrollThrough(page);
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(
        (exclude) =>
          (window as unknown as { axe: { run(context: object, options: object): Promise<AxeResults> } }).axe.run(
            { include: ['main'], exclude: exclude.map((one) => [one]) },
            { resultTypes: ['violations'] }
          ),
        GRAFANA_OWN
      );
      const bad = violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ target, html }) => `${id}: ${target.join(' ')}: ${html.slice(0, 160)}`));
      expect(bad).toEqual([]);
    });
  }
}
