// `npm run test:live`: tests against real servers, which it installs when they are absent (tests/systems/README.md).
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJest } from './reports.mjs';
import { report, runSteps } from './steps.mjs';

const file = join(mkdtempSync(join(tmpdir(), 'runlane-test-live-')), 'jest.json');

const total = await runSteps('test:live', [
  { name: 'build the store', command: 'node', args: ['scripts/build-store.mjs'], fix: 'See it again with: npm run build:store' },
  {
    name: 'real systems',
    command: 'npx',
    // One file at a time: the servers of one are load enough, and their intervals are short. What a failed test has left
    // running ends with jest, which must not wait for it.
    args: ['jest', ...process.argv.slice(2), '--selectProjects', 'live', '--runInBand', '--forceExit', '--json', '--outputFile', file],
    count: () => readJest(file),
    fix: 'See one again with: npx jest <path> --selectProjects live',
  },
]);

process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
report(total);
