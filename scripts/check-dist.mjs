// Holds a build, or a zip of it, against the rules that Grafana's plugin validator treats as errors.
//   node scripts/check-dist.mjs [dist folder or .zip]
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { require as requireTs } from 'tsx/cjs/api';

const { checkDist, checkZip } = requireTs('./packaging/check.ts', import.meta.url);
const { describe } = requireTs('./packaging/finding.ts', import.meta.url);

const root = fileURLToPath(new URL('../', import.meta.url));
const target = resolve(process.argv[2] ?? `${root}dist`);
if (!existsSync(target)) {
  process.stderr.write(`[check-dist] ${target} does not exist. Build first: npm run build.\n`);
  process.exit(1);
}
const findings = target.endsWith('.zip') ? checkZip(target, root) : checkDist(target, root);
for (const finding of findings) {
  process.stderr.write(`${describe(finding)}\n`);
}
process.stdout.write(
  findings.length === 0 ? `check-dist: ${target} is clean\n` : `check-dist: ${findings.length} errors\n`
);
process.exitCode = findings.length === 0 ? 0 : 1;
