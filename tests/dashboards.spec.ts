import { join } from 'node:path';
import { DASHBOARDS, cutTexts, expect, openDashboard, panelsSettled, scrollThrough, test } from './fixtures';

const SIZES = [
  { width: 1440, height: 900 },
  { width: 1280, height: 720 },
];

for (const { uid, title, ...rest } of DASHBOARDS) {
  for (const theme of ['dark', 'light'] as const) {
    test(`${title} shows real data in ${theme}, whole and without an error, on both screen sizes`, async ({ page }) => {
      test.setTimeout(120_000);
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await openDashboard(page, uid, { theme, query: 'query' in rest ? rest.query : '' });
        await scrollThrough(page);

        await expect(page.getByTestId(/Panel status error/)).toHaveCount(0);
        await expect(page.getByRole('alert')).toHaveCount(0);
        for (const panel of rest.panels) {
          await expect(page.getByRole('heading', { name: panel }).first()).toBeVisible();
        }
        if ('says' in rest) {
          await expect(page.getByText(rest.says).first()).toBeVisible();
        }
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth
        );
        expect(overflow, 'the page can be scrolled sideways').toBeLessThanOrEqual(0);
        expect(await cutTexts(page), `at ${size.width}×${size.height}`).toEqual([]);

        // Panels out of sight stop asking, so the picture is taken with all of them in sight.
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ ...size, height: Math.max(size.height, height) });
        await panelsSettled(page);
        await page.screenshot({ path: join(__dirname, '../screenshots', `${uid}-${theme}-${size.width}.png`) });
      }
    });
  }
}

test('dashboards link to each other and carry time range and variables along', async ({ page }) => {
  // Grafana's own menu has links of the same names; kiosk mode leaves it out.
  await openDashboard(page, 'runlane-overview', { query: '&kiosk&from=now-30m&to=now&var-task=email.send' });
  await page.getByRole('link', { name: 'Workers', exact: true }).click();
  await expect(page).toHaveURL(/\/d\/runlane-workers(\/[^?]*)?\?.*from=now-30m/);
  await expect(page).toHaveURL(/var-task=email\.send/);
});
