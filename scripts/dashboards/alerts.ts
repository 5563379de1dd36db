import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid, narrowLink, onwardLink } from './board';
import type { Language } from './language';
import {
  alertStateCell,
  HEALTH_CELL,
  number,
  quietNumber,
  smallTimelinePanel,
  stackedBars,
  table,
  width,
} from './panels';
import { ALL_IN_ONE, FILTER_VARIABLES, RunlaneQuery } from './query';

/** What is somebody told of now, since when, and what is behind it. */
export function alerts(language: Language): DashboardBuilder {
  const { say } = language;
  const dashboard = board(
    {
      uid: 'runlane-alerts',
      description:
        'What fires now and since when: rules of your Prometheus, or alerts that the task store made of events, with what is behind them.',
      variables: FILTER_VARIABLES,
      from: 'now-6h',
      refresh: '10s',
    },
    language
  );
  const toTimeline = onwardLink(say('Show in the timeline'), 'runlane-timeline', language);
  const taskLink = narrowLink(say('Show in the timeline'), 'runlane-timeline', 'task', 'task', language).build();
  const quiet = say('Nothing fires');

  new Grid(dashboard)
    .place(
      number(
        {
          title: say('Firing'),
          description: say('Alerts that fire at this moment, by name.'),
          noValue: quiet,
        },
        new RunlaneQuery({ view: 'alerts', frame: 'firing', live: true })
      ),
      { x: 0, y: 0, w: 8, h: 4 }
    )
    .place(
      number(
        {
          title: say('Abnormal exits'),
          description: say(
            'Runs that ended in a way no program asks for: a non-zero exit code, a signal, out of memory, or lost.'
          ),
          noValue: say('not reported'),
        },
        new RunlaneQuery({ view: 'states', frame: 'abnormal', groupBy: 'source', live: true })
      ).dataLinks([toTimeline]),
      { x: 8, y: 0, w: 8, h: 4 }
    )
    .place(
      quietNumber(
        {
          title: say('Failing now'),
          description: say(
            'Tasks whose health score is below 80 at this moment, worst first, and how many there were over time.'
          ),
          noValue: say('not enough data'),
        },
        new RunlaneQuery({ view: 'health', frame: 'failing', groupBy: 'task', limit: 200, live: true })
      ).dataLinks([toTimeline]),
      { x: 16, y: 0, w: 8, h: 4 }
    )
    .place(
      table(
        {
          title: say('Alerts'),
          description: say('Firing ones first: what, how bad, whom it tells, which task and cause, and since when.'),
          noValue: quiet,
        },
        new RunlaneQuery({
          view: 'alerts',
          frame: 'alerts',
          limit: 200,
          live: true,
          columns: ['alertState', 'alert', 'severity', 'tier', 'task', 'source', 'cause', 'since', 'summary'],
        })
      )
        .overrideByName('alertState', [width(85), ...alertStateCell(language)])
        .overrideByName('alert', [width(190)])
        .overrideByName('severity', [width(85)])
        .overrideByName('tier', [width(75)])
        .overrideByName('task', [width(150), { id: 'links', value: [taskLink] }])
        .overrideByName('source', [width(90)])
        .overrideByName('cause', [width(130)])
        .overrideByName('since', [width(140), { id: 'unit', value: 'dateTimeFromNow' }]),
      { x: 0, y: 4, w: 24, h: 8 }
    )
    .place(
      smallTimelinePanel(
        {
          title: say('When they fired'),
          description: say('One lane per alert; a bar lasts as long as the alert fires.'),
        },
        new RunlaneQuery({ view: 'alerts', frame: 'alert times', limit: 500, live: true })
      ),
      { x: 0, y: 12, w: 14, h: 7 }
    )
    .place(
      stackedBars(
        {
          title: say('Ended runs'),
          description: say('Runs in the interval in which they ended, by how they ended.'),
          noValue: say('No runs ended in this range'),
        },
        new RunlaneQuery({
          view: 'throughput',
          groupBy: ALL_IN_ONE,
          live: true,
          columns: ['time', 'failed', 'cancelled', 'completed'],
        })
      ),
      { x: 14, y: 12, w: 10, h: 7 }
    )
    .place(
      table(
        {
          title: say('Trouble first'),
          description: say(
            'Every task with its health, failures out of all runs, the most frequent reason, and since when it is below 90.'
          ),
          noValue: say('No runs in this range'),
        },
        new RunlaneQuery({ view: 'health', frame: 'trouble', groupBy: 'task', limit: 50, live: true })
      )
        .overrideByName('task', [width(150), { id: 'links', value: [taskLink] }])
        .overrideByName('score', [...HEALTH_CELL, width(150)])
        .overrideByName('failedOf', [width(80)])
        .overrideByName('since', [width(140), { id: 'unit', value: 'dateTimeFromNow' }]),
      { x: 0, y: 19, w: 24, h: 8 }
    );
  return dashboard;
}
