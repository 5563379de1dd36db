// Is killed in the middle of its work: works for --ms, then SIGKILL, which no program can catch.
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { ms: { type: 'string', default: '2500' }, killed: { type: 'boolean' } } });
const end = Date.now() + Number(values.ms);
while (Date.now() < end) {
  const pause = Date.now() + 40;
  while (Date.now() < pause) {
    // Working.
  }
  await new Promise((resolve) => setTimeout(resolve, 60));
}
if (values.killed) {
  process.kill(process.pid, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
process.stdout.write('transcoded\n');
