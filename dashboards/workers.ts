import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid } from './board';
import type { Language } from './language';
import { lines } from './panels';
import { FILTER_VARIABLES, RunlaneQuery } from './query';
import { cpuByTask, durationByTask, memoryByTask, queuesTable, waitByQueue, workersTable } from './work-panels';

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

  new Grid(dashboard)
    .place(workersTable(language), { x: 0, y: 0, w: 24, h: 8 })
    .place(queuesTable(language), { x: 0, y: 8, w: 12, h: 7 })
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
    .place(cpuByTask(language), { x: 0, y: 22, w: 12, h: 7 })
    .place(memoryByTask(language), { x: 12, y: 22, w: 12, h: 7 })
    .place(durationByTask(language), { x: 0, y: 29, w: 24, h: 7 })
    .place(waitByQueue(language), { x: 12, y: 8, w: 12, h: 7 });
  return dashboard;
}
