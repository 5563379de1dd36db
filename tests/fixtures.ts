import { expect, test as base } from '@playwright/test';
import type { Page } from '@playwright/test';

export interface PreviewOptions {
  theme: 'dark' | 'light';
}

interface Fixtures {
  /** Errors that a page threw or wrote to its console; a test may look at them, and none may stay. */
  pageErrors: string[];
}

/** Messages that say nothing about Runlane: answers that a test provokes are seen in the page itself. */
const EXPECTED = [
  /Failed to load resource/,
  /PanelQueryRunner Error/,
  /AnnotationsDataLayer error/,
  /SceneVariableSet updateAndValidate/,
  // A Grafana without a way to the outside.
  /Failed to fetch plugins from catalog/,
];

export const test = base.extend<Fixtures & PreviewOptions>({
  theme: ['dark', { option: true }],
  baseURL: async ({}, use) => {
    await use(process.env['GRAFANA_URL'] ?? process.env['RUNLANE_TEST_URL']);
  },
  pageErrors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' && !EXPECTED.some((one) => one.test(message.text()))) {
          errors.push(message.text());
        }
      });
      await use(errors);
      expect(errors, 'the page wrote errors to its console').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** What real systems once did, which only the preview's stack holds. */
const BY_RECORDED = process.env['GRAFANA_URL'] === undefined ? '&var-ds=recorded' : '';

export const DASHBOARDS = [
  { uid: 'runlane-overview', title: 'Task overview', panels: ['Task timeline', 'Tasks, worst first'] },
  { uid: 'runlane-timeline', title: 'Task timeline', panels: ['Task timeline'] },
  {
    uid: 'runlane-task-run',
    title: 'Task run',
    panels: ['Run', 'Transitions'],
    says: 'GatewayTimeoutError',
    query: '&var-source=e2e&var-runId=report.nightly-5',
  },
  { uid: 'runlane-workers', title: 'Workers and resources', panels: [] },
  { uid: 'runlane-resources', title: 'Resources', panels: ['Who uses most', 'CPU'] },
  { uid: 'runlane-slo', title: 'SLO board', panels: ['P99 duration', 'Error budget by task'] },
  { uid: 'runlane-alerts', title: 'Task alerts', panels: ['Alerts'] },
  { uid: 'runlane-celery', title: 'Celery', panels: ['Workers', 'Queues', 'Tried again'], query: BY_RECORDED },
  {
    uid: 'runlane-airflow',
    title: 'Airflow',
    panels: ['Failed and up for retry', 'DAG runs', 'Pools'],
    query: BY_RECORDED,
  },
  {
    uid: 'runlane-dagster',
    title: 'Dagster (assets)',
    panels: ['Assets', 'Asset checks that failed', 'Daemons'],
    query: BY_RECORDED,
  },
  {
    uid: 'runlane-processes',
    title: 'Processes (PM2, Supervisor, systemd)',
    panels: ['Running now', 'Exited'],
    says: 'SIGSEGV',
  },
  {
    uid: 'runlane-kubernetes',
    title: 'Kubernetes jobs',
    panels: ['Failed, with the reason', 'Running longest'],
    query: BY_RECORDED,
  },
] as const;

/** Opens a dashboard and waits until its panels have drawn. */
export async function openDashboard(
  page: Page,
  uid: string,
  { theme = 'dark', query = '' }: { theme?: string; query?: string } = {}
): Promise<void> {
  // Refreshed once a day instead of every few seconds, so that "has settled" means something.
  await page.goto(`/d/${uid}?theme=${theme}&refresh=1d${query}`);
  await expect(page.locator('[data-viz-panel-key]').first()).toBeVisible();
  await panelsSettled(page);
}

/**
 * No panel in view is loading any more. Streams stay open, so "no traffic" would never come; and a panel that only
 * touched the view while the page was laid out stops asking, with its bar on, until it comes into view.
 */
export async function panelsSettled(page: Page): Promise<void> {
  await expect(page.getByText('Loading plugin panel...')).toHaveCount(0);
  await expect
    .poll(
      () =>
        page.getByLabel('Panel loading bar').evaluateAll(
          (bars) =>
            bars.filter((bar) => {
              const { top, bottom } = bar.getBoundingClientRect();
              return bottom > 0 && top < window.innerHeight;
            }).length
        ),
      { message: 'panels in view that are loading', timeout: 30_000 }
    )
    .toBe(0);
  await expect(page.getByTestId('Spinner')).toHaveCount(0);
}

/** Goes to each panel once, because those below the fold are drawn when they come into view. */
export async function scrollThrough(page: Page): Promise<void> {
  for (const item of await page.locator('[data-griditem-key]').all()) {
    await item.scrollIntoViewIfNeeded();
    await expect(item.locator('[data-viz-panel-key]').first()).toBeVisible();
    await panelsSettled(page);
  }
  await page.evaluate(() => window.scrollTo(0, 0));
}

/** Texts that are cut off without an ellipsis, and elements that stick out of the page to the right. */
export function cutTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>('main *')) {
      const own = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? '').trim() !== ''
      );
      if (!own || element.closest('svg') !== null) {
        continue;
      }
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      if (box.width <= 1 || box.height <= 1 || style.visibility === 'hidden') {
        continue;
      }
      const clips = (value: string) => value === 'hidden' || value === 'clip';
      const wide =
        clips(style.overflowX) && element.scrollWidth > element.clientWidth + 1 && style.textOverflow !== 'ellipsis';
      const tall =
        clips(style.overflowY) && element.scrollHeight > element.clientHeight + 4 && style.textOverflow !== 'ellipsis';
      const outside =
        box.right > document.documentElement.clientWidth + 1 &&
        element.closest('[class*="rdg"], [style*="overflow"]') === null;
      if (wide || tall || outside) {
        found.push(
          `${wide ? 'cut in width' : tall ? 'cut in height' : 'outside'}: "${(element.textContent ?? '').trim().slice(0, 60)}"`
        );
      }
    }
    return found;
  });
}
