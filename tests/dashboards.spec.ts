import { join } from 'node:path';
import { DASHBOARDS, cutTexts, expect, openDashboard, scrollThrough, test } from './fixtures';

const SIZES = [
  { width: 1440, height: 900 },
  { width: 1280, height: 720 },
];

for (const { uid, title, ...rest } of DASHBOARDS) {
  for (const theme of ['dark', 'light'] as const) {
    for (const size of SIZES) {
      test(`${title} shows real data in ${theme} at ${size.width}×${size.height}`, async ({ page }) => {
        await page.setViewportSize(size);
        await openDashboard(page, uid, { theme, query: 'query' in rest ? rest.query : '' });
        await scrollThrough(page);

        await expect(page.getByTestId(/Panel status error/)).toHaveCount(0);
        await expect(page.getByText('could not be loaded')).toHaveCount(0);
        for (const panel of rest.panels) {
          await expect(page.getByRole('heading', { name: panel }).first()).toBeVisible();
        }
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, 'the page can be scrolled sideways').toBeLessThanOrEqual(0);
        expect(await cutTexts(page)).toEqual([]);
        await page.screenshot({ path: join(__dirname, '../screenshots', `${uid}-${theme}-${size.width}.png`), fullPage: true });
      });
    }
  }
}
