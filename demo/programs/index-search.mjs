// Runs out of heap where Node was started with a small --max-old-space-size: keeps every term until --terms are there.
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { terms: { type: 'string', default: '200' } } });
const index = [];
for (let i = 0; i < Number(values.terms); i++) {
  index.push(Array.from({ length: 10_000 }, (_, j) => ({ term: i * j })));
  await new Promise((resolve) => setTimeout(resolve, 20));
}
process.stdout.write(`indexed ${index.length} blocks\n`);
