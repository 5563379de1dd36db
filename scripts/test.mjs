// `npm test`: every test that needs nothing but npm, the browser tests in Chromium included.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJest, readPlaywright } from './reports.mjs';
import { report, runSteps } from './steps.mjs';

const reports = mkdtempSync(join(tmpdir(), 'runlane-test-'));

const total = await runSteps('test', [
  { name: 'build the store', command: 'node', args: ['scripts/build-store.mjs'], fix: 'See it again with: npm run build:store' },
  // What a failed test has left running ends with jest, which must not wait for it.
  { name: 'unit and contract tests', command: 'npx', args: ['jest', '--selectProjects', 'browser', 'node', '--maxWorkers', '2', '--forceExit', '--json', '--outputFile', join(reports, 'jest.json')], count: () => readJest(join(reports, 'jest.json')), fix: 'See one again with: npx jest <path>' },
  { name: 'build the plugin', command: 'npm', args: ['run', '--silent', 'build'], fix: 'See it again with: npm run build' },
  { name: 'build the preview', command: 'npm', args: ['run', '--silent', 'build:preview'], fix: 'See it again with: npm run build:preview' },
  {
    name: 'browser tests',
    command: 'npx',
    args: ['playwright', 'test', '--reporter', 'list,json'],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, 'playwright.json'), RUNLANE_SKIP_BUILD: '1' },
    count: () => readPlaywright(join(reports, 'playwright.json')),
    fix: 'See one again with: npx playwright test <path>',
  },
]);

process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
report(total);
