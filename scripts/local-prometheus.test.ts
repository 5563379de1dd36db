import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** In a process of its own, because the module is one of Node's own kind. */
function call(expression: string): unknown {
  const module = JSON.stringify(join(__dirname, 'local-prometheus.mjs'));
  const program = `import * as local from ${module}; process.stdout.write(JSON.stringify(${expression}) ?? 'null')`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }));
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-local-prometheus-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a program is found on the PATH, where it may be run', () => {
  const [plain, runs] = [join(folder, 'plain'), join(folder, 'runs')];
  for (const [place, mode] of [
    [plain, 0o644],
    [runs, 0o755],
  ] as const) {
    mkdirSync(place);
    writeFileSync(join(place, 'prometheus'), '', { mode });
  }
  const find = (path: string) => call(`local.findProgram('prometheus', ${JSON.stringify(path)})`);
  expect(find(['', plain, runs].join(delimiter))).toBe(join(runs, 'prometheus'));
  expect(find(plain)).toBeNull();
});

test('it scrapes the store, evaluates the rules that users get, and listens on loopback only', () => {
  const options = { folder, storeUrl: 'http://127.0.0.1:7331', port: 7390, rules: '/rules' };
  const args = call(`local.preparePrometheus(${JSON.stringify(options)})`) as string[];
  expect(args).toContain('--web.listen-address=127.0.0.1:7390');
  const file = args.map((arg) => /^--config\.file=(.*)$/.exec(arg)?.[1]).find((found) => found !== undefined) ?? '';
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    rule_files: ['/rules/*.yaml'],
    scrape_configs: [{ job_name: 'runlane-store', static_configs: [{ targets: ['127.0.0.1:7331'] }] }],
  });
});
