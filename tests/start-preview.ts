import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { startStack } from './stack';

/** Playwright's global setup: builds what is stale (not with RUNLANE_SKIP_BUILD), starts store and preview, and ends them afterwards. */
export default async function startPreview(): Promise<() => Promise<void>> {
  if (process.env['RUNLANE_SKIP_BUILD'] === undefined) {
    execFileSync(process.execPath, [join(__dirname, '../scripts/start.mjs'), '--build-only'], { stdio: 'inherit' });
  }
  const stack = await startStack();
  process.env['RUNLANE_TEST_URL'] = stack.previewUrl;
  process.env['RUNLANE_TEST_STORE'] = stack.storeUrl;
  return () => stack.stop();
}
