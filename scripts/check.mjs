// `npm run check`: everything that can be judged without running the product. Each failure names what mends it.
import { report, runSteps } from './steps.mjs';

const total = await runSteps('check', [
  { name: 'types, browser', command: 'npx', args: ['tsc', '--noEmit', '-p', 'tsconfig.json'], fix: 'See it again with: npx tsc --noEmit -p tsconfig.json' },
  { name: 'types, portable rooms', command: 'npx', args: ['tsc', '--noEmit', '-p', 'tsconfig.portable.json'], fix: 'Portable rooms may use only ES2022 and web standards: npx tsc --noEmit -p tsconfig.portable.json' },
  { name: 'types, Node', command: 'npx', args: ['tsc', '--noEmit', '-p', 'tsconfig.node.json'], fix: 'See it again with: npx tsc --noEmit -p tsconfig.node.json' },
  { name: 'lint', command: 'npx', args: ['eslint', '--cache', '--quiet', '.'], fix: 'Mend what can be mended with: npx eslint --fix .' },
  { name: 'imports', command: 'npx', args: ['depcruise', 'src', 'store/src', 'dashboards', 'preview', 'demo', 'bench', 'scripts', '--config', '.dependency-cruiser.cjs'], fix: 'Move the code to the room it belongs to; the table is in .dependency-cruiser.cjs' },
  { name: 'unused', command: 'npx', args: ['knip'], fix: 'Remove what is unused, or name it as an entry in knip.json' },
]);

report(total);
