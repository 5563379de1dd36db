// `npm run compat`: the same sources against Grafana 13.2 and React 19, in a folder of its own. Types and the browser
// tests must hold there too; what ships is built once, against the oldest set (docs/decisions/005).
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJest } from './reports.mjs';
import { report, run } from './steps.mjs';

const root = new URL('..', import.meta.url).pathname;
const GRAFANA = '13.2.2';
const REPLACED = {
  '@grafana/data': GRAFANA,
  '@grafana/i18n': GRAFANA,
  '@grafana/runtime': GRAFANA,
  '@grafana/schema': GRAFANA,
  '@grafana/ui': GRAFANA,
  react: '19.2.9',
  'react-dom': '19.2.9',
  '@types/react': '19.3.0',
  '@types/react-dom': '19.3.0',
};
/** Of the preview, the store and the benchmarks, which stay on the set they are built with. */
const LEFT_OUT = /^(@fontsource|@grafana\/(scenes|plugin-e2e|grafana-foundation-sdk)|@iconscout|@playwright|@sparticuz|playwright|vis-|uplot|pg$|archiver|knip|dependency-cruiser|webpack|systemjs)/;

const folder = mkdtempSync(join(tmpdir(), 'runlane-compat-'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
delete manifest.workspaces;
delete manifest.scripts;
for (const kind of ['dependencies', 'devDependencies']) {
  manifest[kind] = Object.fromEntries(
    Object.entries(manifest[kind])
      .filter(([name]) => !LEFT_OUT.test(name))
      .map(([name, version]) => [name, REPLACED[name] ?? version])
  );
}
writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
for (const path of ['src', '.config', 'tsconfig.json', 'jest.config.js', 'jest-setup.js', 'jest-message-channel.js']) {
  cpSync(join(root, path), join(folder, path), { recursive: true });
}
// Tests that read the provisioned dashboards or the store find them where they are.
for (const path of ['provisioning', 'store', 'scripts', 'docs']) {
  symlinkSync(join(root, path), join(folder, path));
}

const steps = [
  ['install', 'npm', ['install', '--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel', 'error']],
  ['types', 'npx', ['tsc', '--noEmit', '-p', 'tsconfig.json']],
  ['browser tests', 'npx', ['jest', '--selectProjects', 'browser', '--maxWorkers', '2', '--json', '--outputFile', join(folder, 'jest.json')]],
];
const total = { passed: 0, failed: 0, failures: [] };
for (const [name, command, args] of steps) {
  process.stdout.write(`\n── Grafana ${GRAFANA}, React ${REPLACED.react}: ${name}\n`);
  const { code } = await run(command, args, { cwd: folder });
  if (code === 0) {
    total.passed++;
    continue;
  }
  total.failed++;
  total.failures.push(`compat: ${name}`, ...(readJest(join(folder, 'jest.json'))?.failures ?? []));
  process.stdout.write(`✕ ${name} failed against Grafana ${GRAFANA}. See it again with: npm run compat\n`);
  if (name === 'install') {
    break;
  }
}
rmSync(folder, { recursive: true, force: true });
report(total);
