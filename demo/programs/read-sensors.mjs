// Beats along steadily. The demo kills its agent with SIGKILL, so that nobody is left to tell how it ended: lost.
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { ms: { type: 'string', default: '20000' } } });
const reading = setInterval(() => process.stdout.write('.'), 500);
setTimeout(() => clearInterval(reading), Number(values.ms));
