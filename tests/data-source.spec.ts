import { SOURCE } from './seed';
import { expect, openDashboard, panelsSettled, test } from './fixtures';

test.describe('query editor', () => {
  test('shows the result of each view that is chosen @preview', async ({ page }) => {
    await page.goto('/explore?ds=runlane&theme=dark');
    await expect(page.getByTestId('query-editor')).toBeVisible();
    await expect(page.getByTestId('query-state')).toHaveText(/[1-9]\d* frames?, [1-9]\d* rows?/);
    for (const view of ['Runs', 'Workers', 'Queues']) {
      await page.getByRole('combobox', { name: 'View' }).click();
      await page.getByRole('option', { name: view }).first().click();
      await expect(page.getByTestId('query-state')).toHaveText(/[1-9]\d* frames?, [1-9]\d* rows?/);
      await expect(page.getByText('cannot be queried')).toHaveCount(0);
    }
    await expect(page.getByText('images-1').or(page.getByText('images')).first()).toBeVisible();
  });

  test('has a help page with examples @preview', async ({ page }) => {
    await page.goto('/explore?ds=runlane&theme=dark');
    await expect(page.getByRole('region', { name: 'Help' })).toContainText(/\w/);
  });
});

test.describe('config editor', () => {
  test('Save & test says which store answers and what it reports @preview', async ({ page }) => {
    await page.goto('/connections/datasources/edit/runlane?theme=dark');
    await page.getByRole('button', { name: 'Save & test' }).click();
    const result = page.getByTestId('data-testid Alert');
    await expect(result).toBeVisible();
    await expect(result).toContainText(/\d+\.\d+\.\d+/);
  });

  test('Save & test with a wrong address says where, what and what to do @preview', async ({ page }) => {
    await page.goto('/connections/datasources/edit/runlane?theme=dark');
    const address = page.getByLabel(/Address/).first();
    const before = await address.inputValue();
    await address.fill('http://127.0.0.1:1');
    await page.getByRole('button', { name: 'Save & test' }).click();
    await expect(page.getByTestId('data-testid Alert')).toContainText('http://127.0.0.1:1');
    await address.fill(before);
    await page.getByRole('button', { name: 'Save & test' }).click();
    await expect(page.getByTestId('data-testid Alert')).toContainText(/\d+\.\d+\.\d+/);
  });
});

test('variables narrow every panel and stay in the address', async ({ page }) => {
  await openDashboard(page, 'runlane-timeline', { query: '&var-task=email.send' });
  await expect(page.getByText('email.send', { exact: true }).first()).toBeVisible();
  await expect(page.getByText('orders.charge', { exact: true })).toHaveCount(0);
  await page.reload();
  await panelsSettled(page);
  await expect(page).toHaveURL(/var-task=email\.send/);
  await expect(page.getByText('orders.charge', { exact: true })).toHaveCount(0);
});

test('a value with commas and signs of regular expressions finds its run and no other', async ({ page }) => {
  await openDashboard(page, 'runlane-task-run', {
    query: `&var-source=${SOURCE}&var-runId=${encodeURIComponent('backup-<b>html</b>')}`,
  });
  await expect(page.getByText('QuotedError').first()).toBeVisible();
});
