import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../systems/eventually';
import { freePorts } from '../systems/free-ports';
import { installDebian } from '../systems/install';
import { temporaryFolder } from '../systems/system';

/** `npm start -- --with celery`, as somebody tries it: on a machine that has Redis and Python with pip. */
jest.setTimeout(300_000);

let start: ChildProcess;
let said = '';
let storeUrl: string;
let data: string;

beforeAll(async () => {
  await installDebian({ '/usr/bin/redis-server': 'redis-server' });
  const [port = 0, storePort = 0] = await freePorts(2);
  storeUrl = `http://127.0.0.1:${storePort}`;
  data = temporaryFolder('start');
  const flags = ['--port', port, '--store-port', storePort, '--data', data, '--rate', 120, '--no-prometheus'];
  const args = [join(__dirname, '../../scripts/start.mjs'), '--with', 'celery', ...flags.map(String)];
  start = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [start.stdout, start.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  await eventually('the preview', () => (said.includes('Ready after') ? true : undefined), { seconds: 280 });
}, 300_000);

afterAll(() => start?.kill('SIGKILL'));

/** What runs of this start, by its folder or its environment. */
function left(): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter((pid) => {
      try {
        const told = ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join('\0');
        return told.includes(data) || told.includes(`RUNLANE_STORE_URL=${storeUrl}`);
      } catch {
        return false;
      }
    });
}

async function runsOf(source: string): Promise<Array<{ task: string; state: string }>> {
  const to = Date.now();
  const range = `from=${to - 3_600_000}&to=${to}`;
  const response = await fetch(`${storeUrl}/api/v1/runs?${range}&source=${source}&limit=500`);
  return ((await response.json()) as { runs: Array<{ task: string; state: string }> }).runs;
}

test('shows what Celery does beside the processes of the demo', async () => {
  const ended = await eventually(
    'tasks that ended',
    async () => {
      const runs = await runsOf('celery');
      return runs.some(({ state }) => state === 'completed') ? runs : undefined;
    },
    { seconds: 120, everyMs: 1000 }
  );
  expect(ended.map(({ task }) => task)).toEqual(expect.arrayContaining(['orders.charge']));
  expect((await runsOf('demo')).length).toBeGreaterThan(0);
  expect(left().length).toBeGreaterThan(2);
});

test('ends all that it started', async () => {
  start.kill('SIGTERM');
  await new Promise((ended) => start.once('exit', ended));
  expect(said).not.toMatch(/has ended; everything else goes on/);
  await eventually('the end of all', () => (left().length === 0 ? true : undefined), { seconds: 20 });
});
