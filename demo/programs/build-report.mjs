// Uses memory visibly: grows to --mb in steps over the first half of --ms, holds it, gives it back at the end.
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { ms: { type: 'string', default: '8000' }, mb: { type: 'string', default: '120' } },
});
const STEPS = 10;
const pages = [];

for (let step = 0; step < STEPS; step++) {
  // Filled, because untouched memory is not resident.
  pages.push(Buffer.alloc((Number(values.mb) * 1024 * 1024) / STEPS, step + 1));
  await new Promise((resolve) => setTimeout(resolve, Number(values.ms) / 2 / STEPS));
}
await new Promise((resolve) => setTimeout(resolve, Number(values.ms) / 2));
process.stdout.write(`built a report of ${pages.length} parts\n`);
