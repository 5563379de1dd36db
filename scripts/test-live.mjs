// `npm run test:live`: tests against real servers, which it installs when they are absent (tests/systems/README.md).
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSteps } from './steps.mjs';

const report = join(mkdtempSync(join(tmpdir(), 'runlane-test-live-')), 'jest.json');
/** A file that did not even load counts as one failure. */
const count = () => {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
  } catch {
    return undefined;
  }
};

const total = await runSteps('test:live', [
  { name: 'build the store', command: 'node', args: ['scripts/build-store.mjs'], fix: 'See it again with: npm run build:store' },
  {
    name: 'real systems',
    command: 'npx',
    // One file at a time: the servers of one are load enough, and their intervals are short. What a failed test has left
    // running ends with jest, which must not wait for it.
    args: ['jest', ...process.argv.slice(2), '--selectProjects', 'live', '--runInBand', '--forceExit', '--json', '--outputFile', report],
    count,
    fix: 'See one again with: npx jest <path> --selectProjects live',
  },
]);

if (process.env.RUNLANE_COUNTS) {
  writeFileSync(process.env.RUNLANE_COUNTS, JSON.stringify(total));
}
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed > 0 ? 1 : 0);
