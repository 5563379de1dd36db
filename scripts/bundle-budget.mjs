// Fails when a nested plugin's module.js is larger than its budget.   node scripts/bundle-budget.mjs [dist folder]
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { require as requireTs } from 'tsx/cjs/api';

const { moduleSizes, NESTED_MODULE_BUDGET } = requireTs('./packaging/bundle-budget.ts', import.meta.url);

const root = fileURLToPath(new URL('../', import.meta.url));
const sizes = moduleSizes(resolve(process.argv[2] ?? `${root}dist`));
const kilo = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
for (const { file, gzipBytes, withinBudget } of sizes) {
  process.stdout.write(
    `${withinBudget ? 'ok  ' : 'OVER'} ${kilo(gzipBytes).padStart(9)} of ${kilo(NESTED_MODULE_BUDGET)}  ${file}\n`
  );
}
if (sizes.length === 0) {
  process.stderr.write('[bundle-budget] there is no nested module.js in the build. Build first: npm run build.\n');
}
process.exitCode = sizes.length > 0 && sizes.every((size) => size.withinBudget) ? 0 : 1;
