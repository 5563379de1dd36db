import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runKey } from '../../src/model/task-run';
import type { TaskRun } from '../../src/model/task-run';
import { becomes as theirsBecome, keptRuns, sourceStatus } from '../systems/ask-store';
import { eventually } from '../systems/eventually';
import { startPm2 } from '../systems/pm2';
import type { Pm2, Pm2Program } from '../systems/pm2';
import { startStore } from '../systems/store';
import { stopAll, temporaryFolder } from '../systems/system';
import type { Launched } from '../systems/system';

/** PM2, read through its sockets by a real store. Each program notes its own pid and when its process began. */
let pm2: Pm2;
let store: Launched;
const data = temporaryFolder('apps');
const notes = join(data, 'notes');
const signal = new AbortController().signal;
const SECRET = 'hunter2-of-the-live-test';

const startCollecting = () =>
  startStore({
    data: join(data, 'archive'),
    config: { sources: { apps: { system: 'pm2', every: '2s', settings: { home: pm2.home } } } },
  });

/** Goes on until it is ended, unless `then` ends it. */
const program = (name: string, then = 'setInterval(() => {}, 1000);', settings = {}): Pm2Program => ({
  program: `require('fs').appendFileSync(${JSON.stringify(notes)}, ['${name}', process.pid, Math.round(performance.timeOrigin)].join(' ') + '\\n'); ${then}`,
  settings: { env: { API_TOKEN: SECRET }, ...settings },
});
const once = { autorestart: false };

interface Note {
  name: string;
  pid: number;
  at: number;
}

const noted = (): Note[] =>
  readFileSync(notes, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([name = '', pid, at]) => ({ name, pid: Number(pid), at: Number(at) }));

/** PM2 calls a program started before it has come so far as to note it. */
const hasNoted = (name: string, times: number) =>
  eventually(`${name} to have noted ${times} of its starts`, () =>
    noted().filter((note) => note.name === name).length >= times ? true : undefined
  );

const told = ({ state, substate, exitCode, signal: by }: TaskRun) =>
  [state, substate, exitCode ?? by].filter((part) => part !== undefined).join(' ');

const becomes = (task: string, wanted: readonly string[]) => theirsBecome(() => store, task, wanted, { say: told });

/** Every start that a program noted is one run, begun within a second of it; and there is no other. */
function expectEachStartOnce(runs: readonly TaskRun[]): void {
  const starts = (list: ReadonlyArray<readonly [name: string, at: number]>) =>
    [...list].sort(([a, i], [b, j]) => a.localeCompare(b) || i - j);
  const found = starts(runs.map(({ task, startedAt = 0 }) => [task, startedAt]));
  const wanted = starts(noted().map(({ name, at }) => [name, at]));
  expect(found.map(([name]) => name)).toEqual(wanted.map(([name]) => name));
  const away = found.map(([, at], i) => Math.abs(at - (wanted[i]?.[1] ?? 0)));
  expect(Math.max(...away)).toBeLessThan(1_000);
}

beforeAll(async () => {
  pm2 = await startPm2({
    web: program('web'),
    server: program('server', `require('http').createServer((_, r) => r.end()).listen(0);`, {
      exec_mode: 'cluster',
      instances: 2,
    }),
    killed: program('killed', undefined, once),
    mailer: program('mailer'),
  });
  store = await startCollecting();
}, 900_000);

afterAll(async () => {
  await stopAll([store, pm2]);
  rmSync(data, { recursive: true });
}, 60_000);

test('every start is a run with its true end, over restarts of either side; none is lost or doubled', async () => {
  await becomes('server', ['running executing', 'running executing']);
  const pidOf = (name: string) => noted().findLast((note) => note.name === name)?.pid as number;
  // Both at once, within the same look.
  await pm2.start('three', program('three', 'setTimeout(() => process.exit(3), 300);', once));
  await pm2.start('good', program('good', 'setTimeout(() => process.exit(0), 300);', once));
  const killedAt = Date.now();
  process.kill(pidOf('killed'), 'SIGKILL');
  process.kill(pidOf('web'), 'SIGKILL');
  await pm2.control('stop', 'mailer');
  // Each of its ends is one too early, however long this machine takes to start it.
  await pm2.start('broken', program('broken', 'process.exit(7);', { max_restarts: 2, min_uptime: '1h' }));

  await becomes('three', ['failed error 3']);
  await becomes('good', ['completed exited 0']);
  const [killed] = await becomes('killed', ['failed killed SIGKILL']);
  expect(Math.abs((killed?.finishedAt ?? 0) - killedAt)).toBeLessThan(1_000);
  await becomes('mailer', ['cancelled stopped']);
  await becomes('web', ['failed killed SIGKILL', 'running executing']);
  await becomes('broken', ['failed error 7', 'failed start_limit 7']);
  const eater = 'const kept = Buffer.alloc(150e6, 1); setInterval(() => kept.length, 1000);';
  await pm2.start('eater', program('eater', eater, { max_memory_restart: '120M' }));
  const [large] = await eventually('the memory limit', async () => {
    const runs = (await keptRuns(store)).filter(({ task }) => task === 'eater');
    return runs.some(({ substate }) => substate === 'oom') ? runs : undefined;
  });
  expect(large).toMatchObject({
    state: 'failed',
    substate: 'oom',
    error: { type: 'MemoryLimit' },
    memoryLimitBytes: 125_829_120,
  });
  await hasNoted('eater', 2);
  await pm2.control('delete', 'eater');

  const [, web] = await eventually('CPU and memory', async () => {
    const runs = (await keptRuns(store)).filter(({ task }) => task === 'web');
    return (runs[1]?.cpuSeconds ?? 0) > 0 && (runs[1]?.maxRssBytes ?? 0) > 10e6 ? runs : undefined;
  });
  expect(web).toMatchObject({ kind: 'process', labels: { pid: String(pidOf('web')), mode: 'fork' } });
  const before = await keptRuns(store);
  expectEachStartOnce(before);
  const metrics = await (await fetch(`${store.url}/metrics`)).text();
  expect(metrics).toMatch(/^runlane_task_abnormal_exits_total\{.*task="killed".*\} 1$/m);

  // The daemon dies, leaves its programs behind, and the next one counts from 0 again.
  const orphans = [pidOf('web')];
  await pm2.restart(async () => {
    await eventually('the failure to be seen', async () =>
      (await sourceStatus(store)).up === false ? true : undefined
    );
    orphans.forEach((pid) => process.kill(pid, 'SIGKILL'));
  });
  const [, orphan] = await becomes('web', ['failed killed SIGKILL', 'failed lost', 'running executing']);
  expect(orphan?.evidence).toMatch(/PM2's daemon with pid \d+ is gone, one with pid \d+ has followed\./);
  await becomes('killed', ['failed killed SIGKILL', 'running executing']);

  // The store dies, and more happens meanwhile.
  process.kill(store.pid, 'SIGKILL');
  await store.stop();
  process.kill(pidOf('killed'), 'SIGKILL');
  await pm2.start('late', program('late', 'setTimeout(() => process.exit(5), 100);'));
  await hasNoted('late', 1);
  await pm2.control('stop', 'late');
  store = await startCollecting();
  await becomes('killed', ['failed killed SIGKILL', 'failed lost']);
  await becomes('web', ['failed killed SIGKILL', 'failed lost', 'running executing']);
  const after = new Map((await keptRuns(store)).map((run) => [runKey(run), run]));
  // PM2 keeps no history: what began and ended without anybody listening is not to be had.
  expect([...after.values()].filter(({ task }) => task === 'late')).toEqual([]);
  for (const run of before.filter(({ finishedAt }) => finishedAt !== undefined)) {
    expect(after.get(runKey(run))).toEqual(run);
  }
  expect(await sourceStatus(store)).toMatchObject({ up: true, skipped: 0, lacks: [], notices: [] });
  expect(JSON.stringify([...after.values()])).not.toContain(SECRET);
}, 180_000);
