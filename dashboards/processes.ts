import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Match } from '../src/model/task-query';
import { board, Grid, type Lanes } from './board';
import { running, sumOf } from './count-panels';
import { abnormalExits, failingNow, whyRunsFailed } from './health-panels';
import type { Language } from './language';
import { BY_GROUP, stackedBars, table, width } from './panels';
import { asks, FILTER_VARIABLES, type Scope } from './query';
import { lanesOfRuns, runsTable } from './run-panels';
import { cpuInUse, memoryInUse } from './usage-panels';
import { cpuByTask, memoryByTask } from './work-panels';

/** Whoever watches them: PM2, Supervisor, systemd, or Runlane's agent. */
const PROCESSES: Scope = { matches: [{ field: 'kind', operator: '=', values: ['process', 'unit'] }] };

const LANES: Lanes = [
  ['task', 'Process'],
  ['host', 'Host'],
  ['source', 'Source'],
  ['queue', 'Queue'],
];

const RUNNING: Match = { field: 'state', operator: '=', values: ['running', 'pending'] };
const ENDED: Match = { field: 'state', operator: '!=', values: ['running', 'pending'] };

/** What runs, what has exited and how, what restarts again and again, who uses CPU and memory. */
export function processes(language: Language): DashboardBuilder {
  const { say } = language;
  const ask = asks(PROCESSES);
  const dashboard = board(
    {
      uid: 'runlane-processes',
      description:
        'Processes and units, whoever watches them: what runs, what has exited and how, what restarts again and again, who uses CPU and memory.',
      variables: FILTER_VARIABLES,
      scope: PROCESSES,
      lanes: LANES,
      from: 'now-1h',
      refresh: '10s',
    },
    language
  );

  new Grid(dashboard)
    .place(failingNow(language, ask), { x: 0, y: 0, w: 4, h: 3 })
    .place(running(language, ask), { x: 4, y: 0, w: 4, h: 3 })
    .place(abnormalExits(language, ask), { x: 8, y: 0, w: 4, h: 3 })
    .place(
      sumOf(
        {
          title: say('Starts'),
          description: say('How often a process began in this range, each restart among them.'),
          noValue: say('none'),
          name: say('restarts are among them'),
        },
        { ask, what: 'started' }
      ),
      { x: 12, y: 0, w: 4, h: 3 }
    )
    .place(cpuInUse(language, ask), { x: 16, y: 0, w: 4, h: 3 })
    .place(memoryInUse(language, ask), { x: 20, y: 0, w: 4, h: 3 })
    .place(
      runsTable(
        {
          title: say('Running now'),
          description: say('Processes and units that run or are about to, the newest first.'),
          noValue: say('Nothing runs'),
        },
        {
          language,
          ask,
          more: [RUNNING],
          columns: [
            { name: 'state', width: 75 },
            { name: 'task', title: say('Process'), width: 170 },
            { name: 'nativeState', width: 100 },
            { name: 'started', width: 145 },
            { name: 'maxRssBytes', width: 110 },
            { name: 'host', width: 120 },
            { name: 'source' },
          ],
        }
      ),
      { x: 0, y: 3, w: 11, h: 7 }
    )
    .place(
      runsTable(
        {
          title: say('Exited'),
          description: say('The newest first: with which exit code or by which signal, and how long it had run.'),
          noValue: say('Nothing exited in this range'),
        },
        {
          language,
          ask,
          more: [ENDED],
          columns: [
            { name: 'state', width: 85 },
            { name: 'task', title: say('Process'), width: 140 },
            { name: 'exitCode', width: 80 },
            { name: 'signal', width: 85 },
            { name: 'substate', width: 80 },
            { name: 'finished', width: 145 },
            { name: 'duration', width: 85 },
            { name: 'error' },
            { name: 'runId', width: 100 },
          ],
        }
      ),
      { x: 11, y: 3, w: 13, h: 7 }
    )
    .place(lanesOfRuns(language, ask), { x: 0, y: 10, w: 14, h: 9 })
    .place(
      table(
        {
          title: say('CPU and memory by process'),
          description: say('What runs now uses, and the most of this range.'),
          noValue: say('No samples of CPU and memory in this range'),
        },
        ask({
          view: 'resources',
          frame: 'usage',
          groupBy: 'task',
          limit: 100,
          live: true,
          columns: ['group', 'cpuNow', 'cpuPeak', 'memoryNow', 'memoryPeak'],
        })
      )
        .overrideByName('group', [{ id: 'displayName', value: say('Process') }])
        .overrideByName('cpuNow', [width(80)])
        .overrideByName('cpuPeak', [width(85)])
        .overrideByName('memoryNow', [width(105)])
        .overrideByName('memoryPeak', [width(110)]),
      { x: 14, y: 10, w: 10, h: 9 }
    )
    .place(
      stackedBars(
        {
          title: say('Starts by process'),
          description: say(
            'How often each process began in the interval: one that restarts again and again is a wall.'
          ),
          noValue: say('Nothing started in this range'),
        },
        ask({ view: 'throughput', groupBy: 'task', limit: 10, live: true, columns: ['time', 'started'] })
      ).overrideByRegexp('.*', BY_GROUP),
      { x: 0, y: 19, w: 12, h: 7 }
    )
    .place(whyRunsFailed(language, ask, ['tasks']).title(say('Why they exited')), { x: 12, y: 19, w: 12, h: 7 })
    .place(cpuByTask(language, ask), { x: 0, y: 26, w: 12, h: 7 })
    .place(memoryByTask(language, ask), { x: 12, y: 26, w: 12, h: 7 });
  return dashboard;
}
