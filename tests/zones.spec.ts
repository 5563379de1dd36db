import { DASHBOARDS, expect, openDashboard, panelsSettled, scrollThrough, test } from './fixtures';

/** The browser's own zone is UTC here; the far one is on another day for most of each day. */
const ZONES = ['utc', 'Pacific/Kiritimati'] as const;

const PAGES = [
  '/',
  '/dashboards',
  '/a/runlane-app',
  '/plugins/runlane-app',
  '/connections/datasources/edit/runlane',
  '/explore',
];

for (const zone of ZONES) {
  for (const { uid, ...rest } of DASHBOARDS) {
    test(`${uid} shows its panels in the time zone ${zone}`, async ({ page }) => {
      const query = `${'query' in rest ? rest.query : ''}&timezone=${encodeURIComponent(zone)}`;
      await openDashboard(page, uid, { query });
      // Panels below the fold are made when they come into sight.
      await scrollThrough(page);
      await expect(page.getByRole('alert')).toHaveCount(0);
      for (const panel of rest.panels) {
        await expect(page.getByRole('heading', { name: panel }).first()).toBeVisible();
      }
    });
  }

  for (const path of PAGES) {
    test(`${path} opens with the time zone ${zone} in its address @preview`, async ({ page }) => {
      await page.goto(`${path}?timezone=${encodeURIComponent(zone)}`);
      await expect(page.locator('main')).not.toBeEmpty();
      await panelsSettled(page);
      await expect(page.getByRole('alert')).toHaveCount(0);
    });
  }
}

test('the timeline tells the hours of the chosen zone @preview', async ({ page }) => {
  await openDashboard(page, 'runlane-timeline', {
    query: '&from=1700000000000&to=1700003600000&timezone=Pacific/Kiritimati',
  });
  // 2023-11-14 22:13:20 UTC.
  await expect(page.getByTestId('data-testid TimePicker Open Button')).toContainText('2023-11-15 12:13:20');
});

test('a browser that names a language which Intl refuses opens every page @preview', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'languages', { value: ['en-US@posix'], configurable: true });
    Object.defineProperty(navigator, 'language', { value: 'en-US@posix', configurable: true });
  });
  for (const path of PAGES) {
    await page.goto(path);
    await expect(page.locator('main')).not.toBeEmpty();
  }
  await openDashboard(page, 'runlane-timeline');
  await expect(page.getByRole('alert')).toHaveCount(0);
});
