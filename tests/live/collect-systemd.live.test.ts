import { rmSync } from 'node:fs';
import { runKey } from '../../src/model/task-run';
import type { TaskRun } from '../../src/model/task-run';
import { becomes as theirsBecome, keptRuns, sourceStatus } from '../systems/ask-store';
import { eventually } from '../systems/eventually';
import { startStore } from '../systems/store';
import { stopAll, temporaryFolder } from '../systems/system';
import type { Launched } from '../systems/system';
import { startSystemd } from '../systems/systemd';
import type { Systemd } from '../systems/systemd';

/** A real systemd, PID 1 of a namespace of its own, read by a real store with its systemctl and journalctl. */
let systemd: Systemd;
let store: Launched;
const data = temporaryFolder('units');
const signal = new AbortController().signal;

const startCollecting = () =>
  startStore({
    data,
    env: { PATH: `${systemd.programs}:${process.env['PATH']}` },
    config: {
      sources: { units: { system: 'systemd', every: '2s', settings: { units: ['job-*.service', 'absent*'] } } },
    },
  });

const told = ({ state, substate, nativeState, exitCode, signal: by }: TaskRun) =>
  [state, substate, nativeState, state === 'failed' ? (exitCode ?? by) : undefined]
    .filter((part) => part !== undefined)
    .join(' ');

/** What the store has of a unit once that is what is wanted, with what it says is amiss. */
const becomes = (name: string, wanted: readonly string[]) =>
  theirsBecome(() => store, `job-${name}.service`, wanted, {
    say: told,
    troubles: async () => {
      const { lastError, lacks } = await sourceStatus(store);
      return [lastError?.message ?? '', ...lacks.map(({ message }) => message)].filter((problem) => problem !== '');
    },
  });

const service = (lines: string, unit = '') => `[Unit]\nDefaultDependencies=no\n${unit}\n[Service]\n${lines}\n`;

beforeAll(async () => {
  systemd = await startSystemd({
    'job-web.service': service('ExecStart=/bin/sleep 1000\nCPUAccounting=yes'),
    'job-three.service': service(`ExecStart=/bin/sh -c 'sleep 1; exit 3'`),
    'job-good.service': service(`Type=oneshot\nExecStart=/bin/sh -c 'sleep 4'`),
    'job-flash.service': service('Type=oneshot\nExecStart=/bin/true'),
    'job-killed.service': service('ExecStart=/bin/sleep 1000'),
    'job-slow.service': service('ExecStart=/bin/sleep 1000\nRuntimeMaxSec=1'),
    'job-crash.service': service(
      `ExecStart=/bin/sh -c 'exit 7'\nRestart=always\nRestartSec=200ms`,
      'StartLimitBurst=3\nStartLimitIntervalSec=60'
    ),
    'job-tick.service': service('Type=oneshot\nExecStart=/bin/true'),
    'job-tick.timer':
      '[Unit]\nDefaultDependencies=no\n[Timer]\nOnCalendar=*-*-* 03:00:00 UTC\nOnActiveSec=1\nAccuracySec=100ms\n',
    'other.service': service('ExecStart=/bin/false'),
  });
  store = await startCollecting();
}, 900_000);

afterAll(async () => {
  await stopAll([store, systemd]);
  rmSync(data, { recursive: true });
}, 60_000);

test('every start of a service is a run with its true end, over a restart of the store; none is lost or doubled', async () => {
  const start = (...names: readonly string[]) =>
    systemd.control('start', '--no-block', ...names.map((name) => `job-${name}`), 'other');
  const at = Date.now();
  await start('web', 'three', 'good', 'killed', 'slow', 'crash', 'tick.timer');
  // Three starts that begin and end between two looks of the store.
  for (let i = 0; i < 3; i++) {
    await systemd.control('start', 'job-flash');
  }
  await becomes('good', ['running executing activating/start']);
  const killedAt = Date.now();
  await systemd.control('kill', '--signal', 'KILL', 'job-killed');

  const [three] = await becomes('three', ['failed error exit-code 3']);
  expect(Math.abs((three?.startedAt ?? 0) - at)).toBeLessThan(1_000);
  expect(Math.abs((three?.finishedAt ?? 0) - (three?.startedAt ?? 0) - 1_000)).toBeLessThan(1_000);
  const [killed] = await becomes('killed', ['failed killed signal SIGKILL']);
  expect(Math.abs((killed?.finishedAt ?? 0) - killedAt)).toBeLessThan(1_000);
  await becomes('slow', ['failed timed_out timeout SIGTERM']);
  await becomes('good', ['completed exited success']);
  await becomes('flash', Array(3).fill('completed exited success'));
  await becomes('crash', [
    'failed error exit-code 7',
    'failed error exit-code 7',
    'failed start_limit start-limit-hit 7',
  ]);
  await becomes('tick', ['completed exited success']);
  const tick = await eventually('its next run to be told', async () =>
    (await keptRuns(store)).find(
      ({ task, labels }) => task === 'job-tick.service' && labels?.['next_run'] !== undefined
    )
  );
  expect(tick.labels).toMatchObject({ timer: 'job-tick.timer', next_run: expect.stringMatching(/T03:00:00/) });
  const [web] = await becomes('web', ['running executing active/running']);
  expect(web?.runId).toBe(await systemd.control('show', '--value', '--property', 'InvocationID', 'job-web'));
  const before = await keptRuns(store);
  expect(before.filter(({ task }) => !task.startsWith('job-'))).toEqual([]);
  const metrics = await (await fetch(`${store.url}/metrics`)).text();
  expect(metrics).toMatch(/^runlane_task_abnormal_exits_total\{.*task="job-killed\.service".*\} 1$/m);

  // The store dies, and more happens meanwhile.
  process.kill(store.pid, 'SIGKILL');
  await store.stop();
  await systemd.control('start', 'job-flash');
  await systemd.control('restart', 'job-web');
  store = await startCollecting();
  await becomes('flash', Array(4).fill('completed exited success'));
  await becomes('web', ['cancelled stopped success', 'running executing active/running']);
  const after = new Map((await keptRuns(store)).map((run) => [runKey(run), run]));
  expect(after.size).toBe(before.length + 2);
  for (const run of before.filter(({ finishedAt }) => finishedAt !== undefined)) {
    expect(after.get(runKey(run))).toEqual(run);
  }
  expect(await sourceStatus(store)).toMatchObject({
    up: true,
    skipped: 0,
    lacks: [],
    notices: ['No loaded unit matches absent*. See systemctl list-units --all.'],
  });
}, 120_000);
