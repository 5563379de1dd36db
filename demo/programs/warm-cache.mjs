// Runs for long (--ms) and ends at once when it is asked to: what it is like to be cancelled.
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { ms: { type: 'string', default: '30000' } } });
const entries = new Map();
const filling = setInterval(() => entries.set(entries.size, Buffer.alloc(256 * 1024, 1)), 100);
setTimeout(() => {
  clearInterval(filling);
  process.stdout.write(`warmed ${entries.size} entries\n`);
}, Number(values.ms));
