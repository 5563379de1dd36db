import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { runKey } from '../../src/model/task-run';
import type { TaskRun } from '../../src/model/task-run';
import { becomes as theirsBecome, keptRuns, sourceStatus } from '../systems/ask-store';
import { eventually } from '../systems/eventually';
import { startStore } from '../systems/store';
import { startSupervisor, SUPERVISOR_USER } from '../systems/supervisor';
import type { Supervisor } from '../systems/supervisor';
import { stopAll, temporaryFolder } from '../systems/system';
import type { Launched } from '../systems/system';

/**
 * Supervisor, protected and with a log in the time of Kolkata, read through its socket by a real store. Each program notes its own pid
 * and when it began, which is what the store is measured by.
 */
let supervisor: Supervisor;
let store: Launched;
const data = temporaryFolder('programs');
const notes = join(data, 'notes');
const signal = new AbortController().signal;

const startCollecting = () =>
  startStore({
    data: join(data, 'archive'),
    env: { SUPERVISOR_PASSWORD: SUPERVISOR_USER.password },
    config: {
      sources: {
        programs: {
          system: 'supervisor',
          url: `unix://${supervisor.socket}`,
          user: SUPERVISOR_USER.user,
          passwordEnv: 'SUPERVISOR_PASSWORD',
          every: '3s',
        },
      },
    },
  });

interface Note {
  program: string;
  pid: string;
  at: number;
}

const noted = (): Note[] =>
  readFileSync(notes, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([program = '', pid = '', at]) => ({ program, pid, at: Number(at) }));

/** What ended before supervisorctl saw it run is an error to it; here it is what is wanted. */
const begin = (...names: readonly string[]) => supervisor.control('start', ...names).catch(() => undefined);

const lastPid = (wanted: string) => Number(noted().findLast(({ program }) => program === wanted)?.pid);

const told = ({ state, substate, nativeState, exitCode, signal: by }: TaskRun) =>
  [state, substate, nativeState, exitCode ?? by].filter((part) => part !== undefined).join(' ');

const becomes = (task: string, wanted: readonly string[]) => theirsBecome(() => store, task, wanted, { say: told });

/** Every start that a program noted is one run with that pid, begun within a second of it; and there is no other. */
function expectEachStartOnce(runs: readonly TaskRun[]): void {
  expect(runs.map(({ labels }) => labels?.['pid']).sort()).toEqual(
    noted()
      .map(({ pid }) => pid)
      .sort()
  );
  for (const { pid, at } of noted()) {
    const run = runs.find(({ labels }) => labels?.['pid'] === pid);
    expect(Math.abs((run?.startedAt ?? 0) - at)).toBeLessThan(1_000);
  }
}

beforeAll(async () => {
  const script = join(data, 'program.sh');
  writeFileSync(script, `echo "$1 $$ $(date +%s%3N)" >> ${notes}; shift; exec "$@"`);
  const program = (name: string, rest: string, settings = {}) => ({
    command: `sh ${script} ${name} ${rest}`,
    ...settings,
  });
  const once = { autorestart: 'false' };
  const later = { ...once, autostart: 'false' };
  supervisor = await startSupervisor({
    isProtected: true,
    timeZone: 'Asia/Kolkata',
    groups: { site: 'backup,mailer' },
    programs: {
      web: program('web', 'sleep 1000', { numprocs: '2', process_name: '%(program_name)s_%(process_num)02d' }),
      backup: program('backup', 'sleep 1000', once),
      mailer: program('mailer', 'sleep 1000', later),
      good: program('good', `sh -c 'sleep 1.3; exit 0'`, later),
      three: program('three', `sh -c 'sleep 1.3; exit 3'`, later),
      expected: program('expected', `sh -c 'sleep 1.3; exit 9'`, { ...later, exitcodes: '9' }),
      flash: program('flash', `sh -c 'exit 0'`, { ...later, startsecs: '0' }),
      broken: program('broken', `sh -c 'exit 7'`, { autostart: 'false', startretries: '2', startsecs: '30' }),
    },
  });
  store = await startCollecting();
}, 900_000);

afterAll(async () => {
  await stopAll([store, supervisor]);
  rmSync(data, { recursive: true });
}, 60_000);

test('every start is a run with its true end, over restarts of either side; none is lost or doubled', async () => {
  await becomes('web', ['running executing RUNNING', 'running executing RUNNING']);
  await begin('good', 'three', 'expected', 'site:mailer');
  // Three starts that begin and end between two looks of the store.
  for (let i = 0; i < 3; i++) {
    await begin('flash');
  }
  await begin('broken');
  await supervisor.control('stop', 'site:mailer');
  const killedAt = Date.now();
  process.kill(lastPid('backup'), 'SIGKILL');

  await becomes('good', ['completed exited EXITED 0']);
  await becomes('expected', ['completed exited EXITED 9']);
  const [three] = await becomes('three', ['failed error EXITED 3']);
  expect(three).toMatchObject({ kind: 'process', worker: 'three', host: hostname() });
  const lasted = (three?.finishedAt ?? 0) - (three?.startedAt ?? 0);
  expect(Math.abs(lasted - 1_300)).toBeLessThan(1_000);
  await becomes('flash', Array(3).fill('completed exited EXITED 0'));
  await becomes('site:mailer', ['cancelled stopped STOPPED SIGTERM']);
  const [backup] = await becomes('site:backup', ['failed killed EXITED SIGKILL']);
  expect(Math.abs((backup?.finishedAt ?? 0) - killedAt)).toBeLessThan(1_000);
  await becomes('broken', ['failed error BACKOFF 7', 'failed error BACKOFF 7', 'failed start_limit FATAL 7']);

  // CPU and memory of what runs on this machine.
  const [web] = await eventually('memory', async () => {
    const runs = await becomes('web', ['running executing RUNNING', 'running executing RUNNING']);
    return runs.every(({ maxRssBytes, cpuSeconds }) => (maxRssBytes ?? 0) > 0 && cpuSeconds !== undefined)
      ? runs
      : undefined;
  });
  expect(web).toMatchObject({ worker: expect.stringMatching(/^web:web_0[01]$/), labels: { group: 'web' } });
  const before = await keptRuns(store);
  expectEachStartOnce(before);
  const metrics = await (await fetch(`${store.url}/metrics`)).text();
  expect(metrics).toMatch(/^runlane_task_abnormal_exits_total\{.*task="site:backup".*\} 1$/m);

  // supervisord dies, and leaves its programs behind.
  const orphans = noted()
    .filter(({ program }) => program === 'web')
    .map(({ pid }) => Number(pid));
  await supervisor.restart(async () => {
    await eventually('the failure to be seen', async () =>
      (await sourceStatus(store)).up === false ? true : undefined
    );
    orphans.forEach((pid) => process.kill(pid, 'SIGKILL'));
  });
  await becomes('web', [...Array(2).fill('failed lost'), ...Array(2).fill('running executing RUNNING')]);
  await becomes('site:backup', ['failed killed EXITED SIGKILL', 'running executing RUNNING']);

  // The store dies, and more happens meanwhile.
  process.kill(store.pid, 'SIGKILL');
  await store.stop();
  await begin('flash');
  await supervisor.control('restart', 'site:backup');
  store = await startCollecting();
  await becomes('flash', Array(4).fill('completed exited EXITED 0'));
  await becomes('site:backup', [
    'failed killed EXITED SIGKILL',
    'cancelled stopped STOPPED SIGTERM',
    'running executing RUNNING',
  ]);
  const after = new Map((await keptRuns(store)).map((run) => [runKey(run), run]));
  expectEachStartOnce([...after.values()]);
  for (const run of before.filter(({ finishedAt }) => finishedAt !== undefined)) {
    expect(after.get(runKey(run))).toEqual(run);
  }
  expect(await sourceStatus(store)).toMatchObject({ up: true, skipped: 0, lacks: [], notices: [] });
}, 120_000);
