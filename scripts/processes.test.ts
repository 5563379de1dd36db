import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** As `scripts/start.mjs`: starts something in a group of its own, and writes down its pid. */
const SCRIPT = `
  import { writeFileSync } from 'node:fs';
  import { startProcess, stopAll, whenOrphaned } from ${JSON.stringify(join(__dirname, 'processes.mjs'))};
  const { pid } = startProcess({ name: 'x', program: 'sleep', args: ['60'], cwd: '/', env: process.env, onEnd: () => {} });
  process.on('SIGTERM', () => {});
  whenOrphaned(async () => {
    await stopAll();
    process.exit(0);
  });
  writeFileSync(process.argv[1], JSON.stringify([process.pid, pid]));
`;

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'runlane-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const isGone = (pid: number): boolean =>
  !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// As npm: a shell in between, which a signal to npm ends and which tells the script nothing.
test.each(['the shell', 'npm'])('what npm start has started ends with %s', async (who) => {
  const pids = join(folder, 'pids');
  const shell = `"$0" --input-type=module -e "$SCRIPT" "${pids}"; :`;
  const npm = spawn('sh', ['-c', `sh -c '${shell}' "$0" & echo $!; wait`, process.execPath], {
    env: { ...process.env, npm_lifecycle_event: 'start', SCRIPT },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(npm.stdout, 'data')) as [Buffer];
  await until(() => existsSync(pids) && readFileSync(pids, 'utf8').endsWith(']'));
  const [script, child] = JSON.parse(readFileSync(pids, 'utf8')) as [number, number];
  expect([script, child].map(isGone)).toEqual([false, false]);
  process.kill(who === 'npm' ? (npm.pid ?? 0) : Number(line.toString()), who === 'npm' ? 'SIGKILL' : 'SIGTERM');
  await until(() => isGone(script) && isGone(child));
});
