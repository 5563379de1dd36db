// A parent with children: starts further runs, which find their parent in the environment. --fail breaks the last one.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { ms: { type: 'string', default: '600' }, fail: { type: 'boolean' } } });
const runlane = process.env.RUNLANE_CLI;
const program = (name) => new URL(name, import.meta.url).pathname;

const picked = await Promise.all([step('orders.pick', 'send-mail.mjs'), step('orders.pack', 'send-mail.mjs')]);
const shipped = await step('orders.ship', 'import-orders.mjs', values.fail ? ['--fail', 'throw'] : []);
process.exitCode = [...picked, shipped].every((code) => code === 0) ? 0 : 1;
if (process.exitCode !== 0) {
  process.stderr.write('FulfilmentError: a step of the order failed\n');
}

function step(task, file, args = []) {
  const command = [process.execPath, program(file), '--ms', values.ms, ...args];
  const [start, ...before] = runlane ? [process.execPath, runlane] : ['runlane'];
  return new Promise((resolve) => {
    const child = spawn(start, [...before, 'run', '--task', task, '--', ...command], {
      stdio: ['ignore', 'inherit', 'ignore'],
    });
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
