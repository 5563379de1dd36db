import type { Locator, Page } from '@playwright/test';
import { TASK_NAMES } from './seed';
import { expect, openDashboard, panelsSettled, test } from './fixtures';

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
    for (let x = box.x + 5; x < box.x + box.width; x += 40) {
      const at = { x, y: label.y + dy };
      await page.mouse.move(at.x, at.y);
      // The density strip above the runs has a tooltip too, without what one run did. It comes after a moment of rest.
      const tooltip = page
        .getByRole('tooltip')
        .filter({ hasText: lane })
        .filter({ hasText: /Waited|Ran/ });
      if (
        await tooltip.waitFor({ state: 'visible', timeout: 400 }).then(
          () => true,
          () => false
        )
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

/** The last hour as absolute times, so that every move of the range can be measured. */
async function openLastHour(page: Page): Promise<{ plot: Locator; before: { from: number; to: number } }> {
  const to = Math.floor(Date.now() / 1000) * 1000;
  const before = { from: to - 3_600_000, to };
  await openDashboard(page, 'runlane-timeline', { query: `&from=${before.from}&to=${before.to}` });
  const plot = plotOf(page);
  await expect(plot).toBeVisible();
  return { plot, before };
}

/** The dashboard's range, once it is another one. */
async function rangeAfter(page: Page, before: { from: number; to: number }): Promise<{ from: number; to: number }> {
  const instant = (name: string): number => {
    const text = new URL(page.url()).searchParams.get(name) ?? '';
    return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  };
  await expect.poll(() => instant('from')).not.toBe(before.from);
  return { from: instant('from'), to: instant('to') };
}

/** Asserts that a range is as long as expected, to a hundredth. */
function expectSpan(range: { from: number; to: number }, spanMs: number): void {
  expect(Math.abs(range.to - range.from - spanMs) / spanMs).toBeLessThan(0.01);
}

test('wheel with Shift pans: as long a range, moved', async ({ page }) => {
  const { plot, before } = await openLastHour(page);
  const box = (await plot.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + 30);
  await page.keyboard.down('Shift');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Shift');
  const after = await rangeAfter(page, before);
  expect(after.from).toBeLessThan(before.from);
  expectSpan(after, before.to - before.from);
});

for (const key of ['Control', 'Meta'] as const) {
  test(`wheel with ${key} zooms, and what is under the pointer stays there`, async ({ page }) => {
    const { plot, before } = await openLastHour(page);
    const box = (await plot.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.75, box.y + 30);
    await page.keyboard.down(key);
    await page.mouse.wheel(0, -200);
    await page.keyboard.up(key);
    const after = await rangeAfter(page, before);
    const span = before.to - before.from;
    expect(after.to - after.from).toBeLessThan(span * 0.9);
    const drift = after.from + 0.75 * (after.to - after.from) - (before.from + 0.75 * span);
    expect(Math.abs(drift) / span).toBeLessThan(0.01);
  });
}

test.describe('with fingers', () => {
  test.use({ hasTouch: true });

  type Finger = { x: number; y: number; id?: number };

  /** Puts fingers down, moves them step by step, and hands back what lifts them. */
  async function touch(page: Page, from: Finger[], to: Finger[] = []): Promise<() => Promise<void>> {
    const devtools = await page.context().newCDPSession(page);
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: Finger[]) =>
      devtools.send('Input.dispatchTouchEvent', { type, touchPoints });
    await send('touchStart', from);
    const steps = to.length > 0 ? 10 : 0;
    for (let step = 1; step <= steps; step++) {
      const between = (a: number, b: number) => a + ((b - a) * step) / steps;
      await send(
        'touchMove',
        from.map(({ x, y, id }, at) => ({ x: between(x, to[at]!.x), y: between(y, to[at]!.y), id }))
      );
    }
    return async () => {
      await send('touchEnd', []);
      await devtools.detach();
    };
  }

  test('one finger pans', async ({ page }) => {
    const { plot, before } = await openLastHour(page);
    const box = (await plot.boundingBox())!;
    const y = box.y + 40;
    const lift = await touch(page, [{ x: box.x + box.width * 0.3, y }], [{ x: box.x + box.width * 0.6, y }]);
    await lift();
    const after = await rangeAfter(page, before);
    const span = before.to - before.from;
    expectSpan(after, span);
    // Chromium eats the first few pixels of a move before it tells a page.
    expect(Math.abs((before.from - after.from) / span - 0.3)).toBeLessThan(0.05);
  });

  test('two fingers pinch to zoom', async ({ page }) => {
    const { plot, before } = await openLastHour(page);
    const box = (await plot.boundingBox())!;
    const at = (share: number, id: number): Finger => ({ x: box.x + box.width * share, y: box.y + 40, id });
    const lift = await touch(page, [at(0.45, 0), at(0.55, 1)], [at(0.3, 0), at(0.7, 1)]);
    await lift();
    const after = await rangeAfter(page, before);
    const span = before.to - before.from;
    expect(Math.abs((after.to - after.from) / span - 0.25)).toBeLessThan(0.06);
    expect(Math.abs((after.from + after.to - before.from - before.to) / 2 / span)).toBeLessThan(0.03);
  });

  test('a tap chooses a run, a long press tells about it until the next touch', async ({ page }) => {
    const { plot } = await openLastHour(page);
    const at = await hoverARun(page, plot, 'report.nightly');
    await page.mouse.move(1, 1);
    await expect(page.getByRole('tooltip')).toHaveCount(0);

    const lift = await touch(page, [at]);
    await expect(page.getByRole('tooltip')).toContainText('report.nightly');
    await lift();
    await expect(page.getByRole('tooltip')).toContainText('report.nightly');
    await expect(page.getByRole('dialog')).toHaveCount(0);

    await page.touchscreen.tap(at.x, at.y);
    await expect(page.getByRole('dialog')).toContainText('report.nightly');
    await expect(page.getByRole('tooltip')).toHaveCount(0);
  });
});

test.describe('the link of an alert', () => {
  const open = (page: Page, run: string, theme = 'dark') =>
    openDashboard(page, 'runlane-timeline', {
      theme,
      // Long enough for what was seeded before the first test.
      query: `&from=now-3h&to=now&var-source=e2e&var-task=db.backup&var-run=${run}`,
    });
  const details = (page: Page) => page.getByRole('dialog', { name: 'Details of the run' });

  for (const theme of ['dark', 'light']) {
    test(`shows the details of the failing run, once (${theme})`, async ({ page }) => {
      await open(page, 'backup-killed', theme);
      await expect(details(page)).toContainText('backup-killed');
      await expect(details(page)).toContainText('SIGSEGV');
      await page.keyboard.press('Escape');
      await expect(details(page)).toHaveCount(0);
      await expect(page).toHaveURL(/[?&]var-run=(&|$)/);
      await page.reload();
      await expect(plotOf(page)).toBeVisible();
      await panelsSettled(page);
      await expect(details(page)).toHaveCount(0);
    });
  }

  for (const [run, found] of [
    ['failed+SIGKILL', 'backup-oom'],
    ['lost', 'backup-lost'],
    ['running', 'backup-running'],
    ['pending', 'backup-pending'],
  ] as const) {
    test(`finds by ${run} the run that the rule is about`, async ({ page }) => {
      await open(page, run);
      await expect(details(page)).toContainText(found);
    });
  }

  test('marks the run in the table, and goes on to its own dashboard', async ({ page }) => {
    await open(page, 'backup-killed');
    await expect(details(page)).toBeVisible();
    await page.getByRole('button', { name: 'Table of the same runs' }).click();
    await expect(page.locator('tr[aria-current="true"]')).toContainText('backup-killed');
    await details(page).getByRole('link', { name: 'Open run' }).click();
    await expect(page).toHaveURL(/runlane-task-run.*var-runId=backup-killed/);
  });

  test('says when the run is not in the range', async ({ page }) => {
    await open(page, 'no-such-run');
    await expect(page.getByText('Run no-such-run is not in this time range')).toBeVisible();
    await expect(details(page)).toHaveCount(0);
  });

  test('leaves other dashboards as they are', async ({ page }) => {
    await open(page, 'backup-killed');
    await expect(details(page)).toBeVisible();
    await page.getByRole('link', { name: 'Overview' }).click();
    await expect(page).toHaveURL(/runlane-overview/);
    await panelsSettled(page);
    await expect(details(page)).toHaveCount(0);
    await page.getByRole('link', { name: 'Timeline' }).click();
    await expect(page).toHaveURL(/runlane-timeline/);
    await expect(page).not.toHaveURL(/var-run=backup/);
    await panelsSettled(page);
    await expect(details(page)).toHaveCount(0);
  });
});

test('text that is cut in the table is whole on hover and for the keyboard', async ({ page }) => {
  await openLastHour(page);
  await page.getByRole('searchbox').first().fill('backup-lost');
  await page.getByRole('button', { name: 'Table of the same runs' }).click();
  const cell = page
    .getByRole('region', { name: 'Runs as a table' })
    .getByRole('cell', { name: /its worker or process vanished/ });
  await expect(cell).toHaveCSS('text-overflow', 'ellipsis');
  await cell.evaluate((element) => {
    // As narrow as if other columns needed the room.
    element.style.maxWidth = '120px';
    element.closest('table')!.style.width = 'auto';
  });
  await cell.focus();
  await expect(page.getByRole('tooltip')).toContainText('its worker or process vanished');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('tooltip')).toHaveCount(0);
  await cell.hover();
  await expect(page.getByRole('tooltip')).toContainText('its worker or process vanished');
});

test('isolating "failed" leaves only the lanes in which something failed', async ({ page }) => {
  await openDashboard(page, 'runlane-timeline', { query: '&from=now-1h&to=now' });
  const lane = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}`), expanded: true });
  await expect(lane('thumbnail.make')).toBeVisible();
  await page.getByRole('button', { name: /^failed/ }).first().dblclick();
  await expect(lane('thumbnail.make')).toHaveCount(0);
  await expect(lane('email.send')).toBeVisible();
  await page.getByRole('button', { name: /^failed/ }).first().dblclick();
  await expect(lane('thumbnail.make')).toBeVisible();
});

test('the grid shows the newest runs of each lane, and by keyboard alone leads to the details of one', async ({
  page,
}) => {
  await openDashboard(page, 'runlane-timeline', { query: '&from=now-1h&to=now' });
  await page.getByRole('button', { name: 'The newest runs of each lane as a grid' }).click();
  const grid = page.getByRole('grid', { name: /newest runs of each lane/ });
  const emails = grid.getByRole('row').filter({ hasText: 'email.send' });
  await expect(emails.getByRole('button')).toHaveCount(30);
  await grid.getByRole('button').and(page.locator('[tabindex="0"]')).focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').or(page.getByLabel('Details of the run')).first()).toBeVisible();
});
