// `npm run test:live`: tests against real servers, which it installs when they are absent (tests/systems/README.md).
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJest } from './reports.mjs';
import { report, runSteps } from './steps.mjs';

const folder = mkdtempSync(join(tmpdir(), 'runlane-test-live-'));
const wanted = process.argv.slice(2);

/** What is asked of Prometheus and Alertmanager alone: run on the newest of them too, beside Debian's. */
const ON_PROMETHEUS_3 = [
  'rules',
  'health-rules',
  'delivery-rules',
  'same-numbers',
  'messages',
  'tiers',
  'killed-task',
  'silent-workers',
];

// One file at a time: the servers of one are load enough, and their intervals are short. What a failed test has left
// running ends with jest, which must not wait for it.
function jest(name, tests, env) {
  const file = join(folder, `${name.replaceAll(' ', '-')}.json`);
  return {
    name,
    command: 'npx',
    args: ['jest', ...tests, '--selectProjects', 'live', '--runInBand', '--forceExit', '--json', '--outputFile', file],
    env,
    count: () => readJest(file),
    fix: 'See one again with: npx jest <path> --selectProjects live',
  };
}

const total = await runSteps('test:live', [
  {
    name: 'build the store',
    command: 'node',
    args: ['scripts/build-store.mjs'],
    fix: 'See it again with: npm run build:store',
  },
  // Tests wait for a server, not for a compiler.
  ...(wanted.length > 0
    ? []
    : [
        {
          name: 'build Prometheus 3',
          command: 'npx',
          args: ['tsx', 'tests/systems/prepare.ts'],
          fix: 'See it again with: npx tsx tests/systems/prepare.ts',
        },
      ]),
  jest('real systems', wanted),
  ...(wanted.length > 0
    ? []
    : [
        jest(
          'on Prometheus 3',
          ON_PROMETHEUS_3.map((name) => `tests/live/${name}.live`),
          { RUNLANE_TEST_PROMETHEUS: '3' }
        ),
      ]),
]);

process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
report(total);
