import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { defineConfig, devices } from '@playwright/test';
import type { PreviewOptions } from './tests/fixtures';

interface Chromium {
  executablePath: string;
  args: string[];
  env: Record<string, string>;
}

/** Found once and handed to the workers, which read this file again. */
function chromium(): Chromium {
  process.env['RUNLANE_TEST_CHROMIUM'] ??= execFileSync(
    process.execPath,
    [join(__dirname, 'scripts/chromium.mjs'), '--json'],
    {
      encoding: 'utf8',
    }
  );
  return JSON.parse(process.env['RUNLANE_TEST_CHROMIUM']) as Chromium;
}

const { executablePath, args, env } = chromium();
const grafana = process.env['GRAFANA_URL'];

/** Runs against the preview, which it starts with a store and data of its own, or against the Grafana of GRAFANA_URL. */
export default defineConfig<PreviewOptions>({
  testDir: './tests',
  testMatch: '**/*.spec.ts',
  outputDir: './test-results',
  globalSetup: grafana === undefined ? './tests/start-preview.ts' : undefined,
  // What only Grafana has is tagged @grafana, what only the preview has @preview.
  grepInvert: grafana === undefined ? /@grafana/ : /@preview/,
  forbidOnly: process.env['CI'] !== undefined,
  fullyParallel: true,
  retries: 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    ...devices['Desktop Chrome'],
    // Without it Chromium takes the locale of a bare POSIX machine, which Intl refuses.
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath, args, env: { ...process.env, ...env } as Record<string, string> },
    trace: 'retain-on-failure',
  },
});
