import { expect, test } from './fixtures';

test('the start page of the preview says what it is and lists everything @preview', async ({ page }) => {
  await page.goto('/?theme=dark');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/not Grafana/);
  for (const name of ['Task overview', 'Task timeline', 'Task run', 'Workers and resources', 'Runlane']) {
    await expect(page.getByRole('link', { name, exact: true }).first()).toBeVisible();
  }
});

test('the app’s start page says what is connected', async ({ page }) => {
  await page.goto('/a/runlane-app');
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeVisible();
  await expect(page.getByText('Runlane', { exact: true }).first()).toBeVisible();
  await expect(page.getByText('answers', { exact: true }).first()).toBeVisible();
  await expect(page.getByText('Asking…')).toHaveCount(0);
  // One source of the tests' own stack never answers; a Grafana has none such.
  const silent = page.getByRole('listitem').filter({ hasText: 'does not answer' });
  await expect(silent.getByRole('link')).toHaveText(process.env['GRAFANA_URL'] === undefined ? ['no-flower'] : []);
});

test('the app has a configuration page', async ({ page }) => {
  await page.goto('/plugins/runlane-app');
  await expect(page.getByRole('heading', { name: 'Runlane', exact: true }).first()).toBeVisible();
});

test('light and dark are one click apart @preview', async ({ page }) => {
  await page.goto('/?theme=dark');
  await expect(page.locator('html')).toHaveClass('dark');
  await page.getByRole('button', { name: 'Switch to light theme' }).click();
  await expect(page.locator('html')).toHaveClass('light');
});

test('Runlane speaks 简体中文 when asked to @preview', async ({ page }) => {
  await page.goto('/a/runlane-app?lang=zh-Hans');
  await expect(page.locator('main')).toContainText(/[\u4e00-\u9fff]{4}/);
});

test('a dashboard that does not exist is said, not shown empty @preview', async ({ page }) => {
  await page.goto('/d/no-such-dashboard');
  await expect(page.getByRole('alert')).toContainText('no-such-dashboard');
});

test('the proxy lets nobody write', async ({ request, baseURL }) => {
  const path = `${baseURL}/api/datasources/proxy/uid/runlane/store/api/v1/events`;
  expect((await request.post(path, { data: '{}' })).status()).toBe(502);
  expect((await request.delete(path)).status()).toBe(502);
});
