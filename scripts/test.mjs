// `npm test`: every test that needs nothing but npm, the browser tests in Chromium included.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSteps } from './steps.mjs';

const reports = mkdtempSync(join(tmpdir(), 'runlane-test-'));
const read = (file) => {
  try {
    return JSON.parse(readFileSync(join(reports, file), 'utf8'));
  } catch {
    return undefined;
  }
};
/** Jest's report; a file that did not even load counts as one failure. */
const jestCount = () => {
  const report = read('jest.json');
  return report && { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites };
};
const playwrightCount = () => {
  const report = read('playwright.json');
  return report && { passed: report.stats.expected + report.stats.flaky, failed: report.stats.unexpected + report.errors.length };
};

const total = await runSteps('test', [
  { name: 'build the store', command: 'node', args: ['scripts/build-store.mjs'], fix: 'See it again with: npm run build:store' },
  { name: 'unit and contract tests', command: 'npx', args: ['jest', '--selectProjects', 'browser', 'node', '--maxWorkers', '2', '--json', '--outputFile', join(reports, 'jest.json')], count: jestCount, fix: 'See one again with: npx jest <path>' },
  { name: 'build the plugin', command: 'npm', args: ['run', '--silent', 'build'], fix: 'See it again with: npm run build' },
  { name: 'build the preview', command: 'npm', args: ['run', '--silent', 'build:preview'], fix: 'See it again with: npm run build:preview' },
  {
    name: 'browser tests',
    command: 'npx',
    args: ['playwright', 'test', '--reporter', 'list,json'],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, 'playwright.json'), RUNLANE_SKIP_BUILD: '1' },
    count: playwrightCount,
    fix: 'See one again with: npx playwright test <path>',
  },
]);

if (process.env.RUNLANE_COUNTS) {
  writeFileSync(process.env.RUNLANE_COUNTS, JSON.stringify(total));
}
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed > 0 ? 1 : 0);
