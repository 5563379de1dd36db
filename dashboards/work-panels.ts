import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { narrowLink } from './board';
import type { Language } from './language';
import { aliveCell, lines, table, width, WRAPPED_HEADER } from './panels';
import { ASK_ALL, type Asks } from './query';

const ALL_OF_A_WORKER = [
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
];
/** Where there is less room. */
export const MOST_OF_A_WORKER = ['worker', 'alive', 'running', 'slots', 'completed', 'failed', 'lost', 'lastSeen'];
/** Of what works on no runs of its own. */
export const LIFE_OF_A_WORKER = ['worker', 'alive', 'lastSeen'];

/** Who works and on what, and how long that takes: panels that several boards have. */
export function workersTable(
  language: Language,
  ask: Asks = ASK_ALL,
  columns: readonly string[] = ALL_OF_A_WORKER
): TableBuilder {
  const { say } = language;
  const byWorker = narrowLink(say('Show in the timeline'), 'runlane-timeline', 'worker', 'worker', language).build();
  return table(
    {
      title: say('Workers'),
      description: say(
        'Every worker seen in this range: alive or silent, what it runs, how the attempts on it ended, what it uses now.'
      ),
      noValue: say('No worker is reported'),
    },
    ask({
      view: 'workers',
      limit: 200,
      live: true,
      columns,
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
    .overrideByName('lastSeen', [width(150), { id: 'unit', value: 'dateTimeFromNow' }]);
}

export function queuesTable(language: Language, ask: Asks = ASK_ALL): TableBuilder {
  const { say } = language;
  const byQueue = narrowLink(say('Show in the timeline'), 'runlane-timeline', 'queue', 'queue', language).build();
  return table(
    {
      title: say('Queues'),
      description: say(
        'What waits in each queue, for how long the oldest has waited, and the wait that 95 % of started runs stay below.'
      ),
      noValue: say('No queue is reported'),
    },
    ask({
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
    .overrideByName('failed', [width(65)]);
}

export function durationByTask({ say }: Language, ask: Asks = ASK_ALL): TimeSeriesBuilder {
  return lines(
    {
      title: say('Duration by task, 95th percentile'),
      description: say('95 % of the runs that ended in the interval took no longer than this.'),
      noValue: say('No runs ended in this range'),
    },
    ask({
      view: 'durations',
      frame: 'duration',
      groupBy: 'task',
      limit: 10,
      live: true,
      columns: ['time', 'p95'],
    })
  );
}

export function waitByQueue({ say }: Language, ask: Asks = ASK_ALL): TimeSeriesBuilder {
  return lines(
    {
      title: say('Wait by queue, 95th percentile'),
      description: say('95 % of the runs that started in the interval waited no longer than this.'),
      noValue: say('No waits are reported in this range'),
    },
    ask({
      view: 'durations',
      frame: 'wait',
      groupBy: 'queue',
      limit: 10,
      live: true,
      columns: ['time', 'p95'],
    })
  );
}

export function cpuByTask({ say }: Language, ask: Asks = ASK_ALL): TimeSeriesBuilder {
  return lines(
    {
      title: say('CPU by task'),
      description: say('Cores in use, mean of each interval, summed over the task’s runs.'),
      noValue: say('No samples of CPU and memory in this range'),
    },
    ask({ view: 'resources', frame: 'cpu', groupBy: 'task', limit: 10, live: true })
  );
}

export function memoryByTask({ say }: Language, ask: Asks = ASK_ALL): TimeSeriesBuilder {
  return lines(
    {
      title: say('Memory by task'),
      description: say('Resident memory, largest of each interval, summed over the task’s runs.'),
      noValue: say('No samples of CPU and memory in this range'),
    },
    ask({ view: 'resources', frame: 'memory', groupBy: 'task', limit: 10, live: true })
  );
}
