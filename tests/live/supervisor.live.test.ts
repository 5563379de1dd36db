import type { TaskRun } from '../../src/model/task-run';
import type { EpochMs } from '../../src/model/units';
import { NODE_SUPERVISORD } from '../../src/prometheus/profiles/node-supervisord';
import { Asked, endOfStep, nextScraped } from '../systems/ask-connector';
import { queryUntil } from '../systems/ask-prometheus';
import { startNodeExporter } from '../systems/node-exporter';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { startPrometheus } from '../systems/prometheus';
import { brokenRules } from '../systems/rules-on-scrape';
import { startSupervisor } from '../systems/supervisor';
import type { Supervisor } from '../systems/supervisor';
import { stopAll } from '../systems/system';
import type { System } from '../systems/system';

/** Supervisor, read by node_exporter, while programs run, are stopped, end well and badly, are killed and cannot start. */
let supervisor: Supervisor;
let exporter: System;
let prometheus: System;
let asked: Asked;
/** An instant at which all of them but one ran. */
let seen: EpochMs;
/** The timeline's shortest: a program is drawn that runs at one of these instants. */
const STEP_MS = 15_000;

const STOPPED = 0;
const RUNNING = 20;
const EXITED = 100;
const FATAL = 200;

/** Ends with 3 when it is told to by SIGUSR1, with 0 by SIGUSR2. */
const command = `sh -c 'trap "exit 3" USR1; trap "exit 0" USR2; while true; do sleep 0.1; done'`;
const once = { command, autorestart: 'false' };

beforeAll(async () => {
  supervisor = await startSupervisor({
    programs: {
      web: { command: 'sleep 100000' },
      mailer: { command: 'sleep 100000' },
      report: once,
      import: once,
      backup: once,
      broken: { command: 'false', autostart: 'false', startretries: '0' },
    },
  });
  exporter = await startNodeExporter({
    flags: ['--collector.disable-defaults', '--collector.supervisord', `--collector.supervisord.url=${supervisor.url}`],
  });
  prometheus = await startPrometheus({ scrape: [{ job: 'supervisor', target: exporter.url }] });
  const { url } = prometheus;
  const state = (names: string, code: number) =>
    queryUntil(url, `count(node_supervisord_state{name=~"${names}"} == ${code}) == ${names.split('|').length}`);
  await state('web|mailer|report|import|backup', RUNNING);
  seen = await nextScraped(url, STEP_MS);

  await supervisor.control('stop', 'mailer');
  await supervisor.control('signal', 'USR1', 'import');
  await supervisor.control('signal', 'USR2', 'report');
  await supervisor.control('signal', 'KILL', 'backup');
  // It cannot be started, which is what is wanted.
  await supervisor.control('start', 'broken').catch(() => undefined);
  await Promise.all([state('mailer', STOPPED), state('report|import|backup', EXITED), state('broken', FATAL)]);
  asked = new Asked(url, 'auto', { range: { from: seen - STEP_MS, to: endOfStep(STEP_MS) }, step: STEP_MS });
}, 900_000);

afterAll(() => stopAll([prometheus, exporter, supervisor]), 60_000);

test('node_exporter has what its profile names', async () => {
  expect(await lackingOnScrape(prometheus.url, NODE_SUPERVISORD)).toEqual([]);
});

test('rules made from its profile can be evaluated', async () => {
  expect(await brokenRules(prometheus.url, NODE_SUPERVISORD)).toEqual([]);
});

test('programs are runs, which end as they did', async () => {
  const runs = await asked.runs();
  const said = ({ state, substate, nativeState, exitCode }: TaskRun) => [state, substate, nativeState, exitCode];
  expect(Object.fromEntries(runs.map((run) => [run.task, said(run)]))).toEqual({
    web: ['running', 'executing', 'RUNNING', undefined],
    // -1 is Supervisor's word for "by a signal", also where it sent that itself.
    mailer: ['cancelled', 'stopped', 'STOPPED', -1],
    report: ['completed', 'exited', 'EXITED', 0],
    import: ['failed', 'error', 'EXITED', 3],
    backup: ['failed', 'error', 'EXITED', -1],
    // It never came up, and between two scrapes.
    broken: ['failed', 'start_limit', 'FATAL', undefined],
  });
  const web = runs.find(({ task }) => task === 'web');
  expect(web?.startedAt).toBeLessThan(seen);
});

test('what runs, and what could not be started', async () => {
  expect(await asked.counts()).toEqual({ web: { running: 1 }, broken: { failed: 1 } });
});
