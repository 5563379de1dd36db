import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid } from './board';
import { abnormalExits } from './health-panels';
import type { Language } from './language';
import { BY_GROUP, lines, table, width } from './panels';
import { FILTER_VARIABLES, LANE_VARIABLE, RunlaneQuery } from './query';
import { cpuInUse, memoryInUse } from './usage-panels';

/** What the work costs: CPU and memory now, over time, and who uses most of them, by whatever the reader groups by. */
export function resources(language: Language): DashboardBuilder {
  const { say } = language;
  const noSamples = say('No samples of CPU and memory in this range');
  const groupBy = `$${LANE_VARIABLE}`;
  const dashboard = board(
    {
      uid: 'runlane-resources',
      description: 'What the work costs: CPU and memory now and over time, and who uses most of them.',
      variables: FILTER_VARIABLES,
      groups: true,
      from: 'now-30m',
      refresh: '10s',
    },
    language
  );

  new Grid(dashboard)
    .place(cpuInUse(language), { x: 0, y: 0, w: 8, h: 4 })
    .place(memoryInUse(language), { x: 8, y: 0, w: 8, h: 4 })
    .place(abnormalExits(language), { x: 16, y: 0, w: 8, h: 4 })
    .place(
      table(
        {
          title: say('Who uses most'),
          description: say('CPU and memory of each group over the range: on average, at most, and of what runs now.'),
          noValue: noSamples,
        },
        new RunlaneQuery({ view: 'resources', frame: 'usage', groupBy, limit: 100, live: true })
      )
        .overrideByName('cpuMean', [width(120)])
        .overrideByName('cpuPeak', [width(120)])
        .overrideByName('cpuNow', [width(120)])
        .overrideByName('memoryPeak', [width(140)])
        .overrideByName('memoryNow', [width(140)]),
      { x: 0, y: 4, w: 24, h: 7 }
    )
    .place(
      lines(
        {
          title: say('CPU'),
          description: say('Cores in use, mean of each interval, summed over the runs of a group.'),
          noValue: noSamples,
        },
        new RunlaneQuery({ view: 'resources', frame: 'cpu', groupBy, limit: 10, live: true })
      ),
      { x: 0, y: 11, w: 12, h: 8 }
    )
    .place(
      lines(
        {
          title: say('Memory'),
          description: say('Resident memory, largest of each interval, summed over the runs of a group.'),
          noValue: noSamples,
        },
        new RunlaneQuery({ view: 'resources', frame: 'memory', groupBy, limit: 10, live: true })
      ),
      { x: 12, y: 11, w: 12, h: 8 }
    )
    .place(
      lines(
        {
          title: say('Duration, 95th percentile'),
          description: say('95 % of the runs that ended in the interval took no longer than this.'),
          noValue: say('No runs ended in this range'),
        },
        new RunlaneQuery({
          view: 'durations',
          frame: 'duration',
          groupBy,
          limit: 10,
          live: true,
          columns: ['time', 'p95'],
        })
      ),
      { x: 0, y: 19, w: 12, h: 8 }
    )
    .place(
      lines(
        {
          title: say('Running runs'),
          description: say('How many runs were being worked on at the end of each interval.'),
          noValue: say('No runs in this range'),
        },
        new RunlaneQuery({ view: 'states', groupBy, limit: 10, live: true, columns: ['time', 'running'] })
      ).overrideByRegexp('.*', BY_GROUP),
      { x: 12, y: 19, w: 12, h: 8 }
    );
  return dashboard;
}
