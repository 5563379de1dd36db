// Packs dist/ as Grafana wants it: one folder named after the plugin.   node scripts/package.mjs [folder for the zip]
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { require as requireTs } from 'tsx/cjs/api';

const { writeZip } = requireTs('./packaging/zip.ts', import.meta.url);
const { checkZip } = requireTs('./packaging/check.ts', import.meta.url);
const { describe } = requireTs('./packaging/finding.ts', import.meta.url);

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');
if (!existsSync(join(dist, 'plugin.json'))) {
  process.stderr.write('[package] dist/plugin.json does not exist. Build first: npm run build.\n');
  process.exit(1);
}
const { id, info } = JSON.parse(readFileSync(join(dist, 'plugin.json'), 'utf8'));
const folder = resolve(process.argv[2] ?? join(root, 'artifacts'));
mkdirSync(folder, { recursive: true });
const zip = join(folder, `${id}-${info.version}.zip`);
const bytes = await writeZip(dist, id, zip);

const findings = checkZip(zip, root);
for (const finding of findings) {
  process.stderr.write(`${describe(finding)}\n`);
}
process.stdout.write(`${zip} · ${(bytes / 1e6).toFixed(2)} MB · ${findings.length} errors\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
