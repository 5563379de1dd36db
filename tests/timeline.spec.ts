import type { Locator, Page } from '@playwright/test';
import { TASK_NAMES } from './seed';
import { expect, openDashboard, test } from './fixtures';

const plotOf = (page: Page) => page.getByRole('application').first();

async function openTimeline(page: Page): Promise<Locator> {
  await openDashboard(page, 'runlane-timeline');
  const plot = plotOf(page);
  await expect(plot).toBeVisible();
  return plot;
}

/** Moves along a lane (its runs are wider than the steps) until the pointer is over a run. */
async function hoverARun(page: Page, plot: Locator, lane: string): Promise<{ x: number; y: number }> {
  const box = (await plot.boundingBox())!;
  const label = (await page.getByText(lane, { exact: true }).first().boundingBox())!;
  for (const dy of [20, 14, 26]) {
    for (let x = box.x + 5; x < box.x + box.width; x += 28) {
      const at = { x, y: label.y + dy };
      await page.mouse.move(at.x, at.y);
      // The density strip above the runs has a tooltip too, without what one run did.
      if (
        await page
          .getByRole('tooltip')
          .filter({ hasText: lane })
          .filter({ hasText: /Waited|Ran/ })
          .isVisible()
      ) {
        return at;
      }
    }
  }
  throw new Error(`no run of ${lane} was found under the pointer`);
}

test('a lane per task, and a header that says in words what is shown', async ({ page }) => {
  await openTimeline(page);
  for (const task of TASK_NAMES) {
    await expect(page.getByText(task, { exact: true }).first()).toBeVisible();
  }
  await expect(page.getByText(/\d+ runs · \d+ tasks/)).toBeVisible();
});

test('hovering a run tells about it, a click pins the details, Escape closes them', async ({ page }) => {
  const plot = await openTimeline(page);
  const at = await hoverARun(page, plot, 'report.nightly');
  await page.mouse.click(at.x, at.y);
  const details = page.getByRole('dialog');
  await expect(details).toContainText('report.nightly');
  await expect(details).toContainText('reports-1');
  await page.keyboard.press('Escape');
  await expect(details).toBeHidden();
});

test('a legend chip hides its state, and shows it again', async ({ page }) => {
  await openTimeline(page);
  const chip = page.getByRole('group', { name: 'Show or hide states' }).getByRole('button', { name: /^failed/ });
  await expect(chip).toHaveAttribute('aria-pressed', 'true');
  await chip.click();
  await expect(chip).toHaveAttribute('aria-pressed', 'false');
  await chip.click();
  await expect(chip).toHaveAttribute('aria-pressed', 'true');
});

test('a double click on a legend chip leaves that state alone', async ({ page }) => {
  await openTimeline(page);
  const chips = page.getByRole('group', { name: 'Show or hide states' }).getByRole('button');
  await chips.filter({ hasText: 'failed' }).dblclick();
  await expect(chips.filter({ hasText: 'failed' })).toHaveAttribute('aria-pressed', 'true');
  await expect(chips.filter({ hasText: 'completed' })).toHaveAttribute('aria-pressed', 'false');
});

test('dragging over empty space zooms the whole dashboard, and a double click goes back', async ({ page }) => {
  const plot = await openTimeline(page);
  const box = (await plot.boundingBox())!;
  const y = box.y + box.height - 6;
  await page.mouse.move(box.x + box.width * 0.4, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, y, { steps: 5 });
  await page.mouse.move(box.x + box.width * 0.6, y, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=20\d\d-/);
  await expect(page).not.toHaveURL(/to=now/);
  const zoomed = page.url();
  await page.mouse.dblclick(box.x + box.width * 0.5, y);
  await expect(page).not.toHaveURL(zoomed);
});

test('wheel with Ctrl zooms at the pointer', async ({ page }) => {
  const plot = await openTimeline(page);
  const box = (await plot.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + 30);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -300);
  await page.keyboard.up('Control');
  await expect(page).toHaveURL(/from=20\d\d-/);
});

test('the keyboard alone reaches runs, details, search and the way out', async ({ page }) => {
  const plot = await openTimeline(page);
  await plot.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await plot.focus();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox').first()).toBeFocused();
});

test('searching keeps the lanes that match', async ({ page }) => {
  await openTimeline(page);
  await page.getByRole('searchbox').first().fill('thumbnail');
  await expect(page.getByText('thumbnail.make', { exact: true }).first()).toBeVisible();
  await expect(page.getByText('orders.charge', { exact: true })).toHaveCount(0);
});

test('the table view has the same runs in rows', async ({ page }) => {
  await openTimeline(page);
  await page.getByRole('button', { name: 'Table of the same runs' }).click();
  const table = page.getByRole('region', { name: 'Runs as a table' });
  await expect(table).toBeVisible();
  await expect(table.getByRole('row').nth(3)).toBeVisible();
  await expect(table).toContainText('email.send');
});

test('names and errors with markup are shown as text', async ({ page }) => {
  await openTimeline(page);
  await page.getByRole('searchbox').first().fill('<b>html');
  await page.getByRole('button', { name: 'Table of the same runs' }).click();
  await expect(page.getByRole('region', { name: 'Runs as a table' })).toContainText('backup-<b>html</b>');
  await expect(page).not.toHaveTitle('broken');
});
