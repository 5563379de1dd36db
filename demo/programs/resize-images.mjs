// Succeeds slowly, with CPU work: computes for a part of every tenth of a second (--load, 0 to 1) until --ms are over.
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { ms: { type: 'string', default: '4000' }, load: { type: 'string', default: '0.6' } },
});
const SLICE = 100;
const busy = SLICE * Number(values.load);
const end = Date.now() + Number(values.ms);
let pixels = 0;

while (Date.now() < end) {
  const pause = Date.now() + busy;
  while (Date.now() < pause) {
    pixels += Math.sqrt(pixels + 1) % 1 > 0.5 ? 1 : 2;
  }
  await new Promise((resolve) => setTimeout(resolve, SLICE - busy));
}
process.stdout.write(`resized ${pixels} pixels\n`);
