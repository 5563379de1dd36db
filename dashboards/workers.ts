import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid, narrowLink } from './board';
import type { Language } from './language';
import { aliveCell, lines, table, width, WRAPPED_HEADER } from './panels';
import { FILTER_VARIABLES, RunlaneQuery } from './query';

/** Who does the work and what it costs: workers, queues, CPU and memory, how long runs take and wait. */
export function workers(language: Language): DashboardBuilder {
  const { say } = language;
  const noSamples = say('No samples of CPU and memory in this range');
  const dashboard = board(
    {
      uid: 'runlane-workers',
      description:
        'Who does the work and what it costs: workers, queues, CPU and memory, and how long runs take and wait.',
      variables: FILTER_VARIABLES,
      from: 'now-30m',
      refresh: '10s',
    },
    language
  );
  const byWorker = narrowLink(say('Show in the timeline'), 'runlane-timeline', 'worker', 'worker', language).build();
  const byQueue = narrowLink(say('Show in the timeline'), 'runlane-timeline', 'queue', 'queue', language).build();

  new Grid(dashboard)
    .place(
      table(
        {
          title: say('Workers'),
          description: say(
            'Every worker seen in this range: alive or silent, what it runs, how the attempts on it ended, what it uses now.'
          ),
          noValue: say('No worker is reported'),
        },
        new RunlaneQuery({
          view: 'workers',
          limit: 200,
          live: true,
          columns: [
            'worker',
            'alive',
            'running',
            'slots',
            'completed',
            'failed',
            'lost',
            'cpuCores',
            'rssBytes',
            'lastSeen',
            'host',
            'queues',
          ],
        })
      )
        .overrideByName('worker', [width(190), { id: 'links', value: [byWorker] }])
        .overrideByName('alive', [width(80), ...aliveCell(language)])
        .overrideByName('running', [width(80)])
        .overrideByName('slots', [width(70)])
        .overrideByName('completed', [width(100), WRAPPED_HEADER])
        .overrideByName('failed', [width(80), WRAPPED_HEADER])
        .overrideByName('lost', [width(70)])
        .overrideByName('cpuCores', [width(80)])
        .overrideByName('rssBytes', [width(100)])
        .overrideByName('lastSeen', [width(150), { id: 'unit', value: 'dateTimeFromNow' }]),
      { x: 0, y: 0, w: 24, h: 8 }
    )
    .place(
      table(
        {
          title: say('Queues'),
          description: say(
            'What waits in each queue, for how long the oldest has waited, and the wait that 95 % of started runs stay below.'
          ),
          noValue: say('No queue is reported'),
        },
        new RunlaneQuery({
          view: 'queues',
          limit: 200,
          live: true,
          columns: ['queue', 'pending', 'oldestAge', 'waitP95', 'running', 'failed'],
        })
      )
        .overrideByName('queue', [{ id: 'links', value: [byQueue] }])
        .overrideByName('pending', [width(75)])
        .overrideByName('oldestAge', [width(125)])
        .overrideByName('waitP95', [width(90)])
        .overrideByName('running', [width(75)])
        .overrideByName('failed', [width(65)]),
      { x: 0, y: 8, w: 12, h: 7 }
    )
    .place(
      lines(
        {
          title: say('CPU by worker'),
          description: say('Cores in use, mean of each interval, summed over the worker’s runs.'),
          noValue: noSamples,
        },
        new RunlaneQuery({ view: 'resources', frame: 'cpu', groupBy: 'worker', limit: 10, live: true })
      ),
      { x: 0, y: 15, w: 12, h: 7 }
    )
    .place(
      lines(
        {
          title: say('Memory by worker'),
          description: say('Resident memory, largest of each interval, summed over the worker’s runs.'),
          noValue: noSamples,
        },
        new RunlaneQuery({ view: 'resources', frame: 'memory', groupBy: 'worker', limit: 10, live: true })
      ),
      { x: 12, y: 15, w: 12, h: 7 }
    )
    .place(
      lines(
        {
          title: say('CPU by task'),
          description: say('Cores in use, mean of each interval, summed over the task’s runs.'),
          noValue: noSamples,
        },
        new RunlaneQuery({ view: 'resources', frame: 'cpu', groupBy: 'task', limit: 10, live: true })
      ),
      { x: 0, y: 22, w: 12, h: 7 }
    )
    .place(
      lines(
        {
          title: say('Memory by task'),
          description: say('Resident memory, largest of each interval, summed over the task’s runs.'),
          noValue: noSamples,
        },
        new RunlaneQuery({ view: 'resources', frame: 'memory', groupBy: 'task', limit: 10, live: true })
      ),
      { x: 12, y: 22, w: 12, h: 7 }
    )
    .place(
      lines(
        {
          title: say('Duration by task, 95th percentile'),
          description: say('95 % of the runs that ended in the interval took no longer than this.'),
          noValue: say('No runs ended in this range'),
        },
        new RunlaneQuery({
          view: 'durations',
          frame: 'duration',
          groupBy: 'task',
          limit: 10,
          live: true,
          columns: ['time', 'p95'],
        })
      ),
      { x: 0, y: 29, w: 24, h: 7 }
    )
    .place(
      lines(
        {
          title: say('Wait by queue, 95th percentile'),
          description: say('95 % of the runs that started in the interval waited no longer than this.'),
          noValue: say('No waits are reported in this range'),
        },
        new RunlaneQuery({
          view: 'durations',
          frame: 'wait',
          groupBy: 'queue',
          limit: 10,
          live: true,
          columns: ['time', 'p95'],
        })
      ),
      { x: 12, y: 8, w: 12, h: 7 }
    );
  return dashboard;
}
