import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid, narrowLink } from './board';
import { abnormalExits, endedRuns, failingNow, troubleFirst } from './health-panels';
import type { Language } from './language';
import { alertStateCell, HIDDEN_COLUMN, number, smallTimelinePanel, table, width } from './panels';
import { FILTER_VARIABLES, RunlaneQuery } from './query';

/** As short as a date can be and still tell one second from the next, so that the summary has room. */
const SECOND_OF_DAY = { id: 'unit', value: 'time:MM-DD HH:mm:ss' };

/** What is somebody told of now, since when, and what is behind it. */
export function alerts(language: Language): DashboardBuilder {
  const { say } = language;
  const dashboard = board(
    {
      uid: 'runlane-alerts',
      description:
        'What fires and what fired in the time range: rules of your Prometheus, or alerts that the task store made of events, with what is behind them.',
      variables: FILTER_VARIABLES,
      from: 'now-6h',
      refresh: '10s',
    },
    language
  );
  const itsTime = 'from=${__data.fields.from:raw}&to=${__data.fields.to:raw}&var-run=failed';
  const taskLink = narrowLink(
    say('Show in the timeline'),
    'runlane-timeline',
    'task',
    'task',
    language,
    itsTime
  ).build();
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
    .place(abnormalExits(language), { x: 8, y: 0, w: 8, h: 4 })
    .place(failingNow(language), { x: 16, y: 0, w: 8, h: 4 })
    .place(
      table(
        {
          title: say('Alerts'),
          description: say(
            'Firing ones first: what, how bad, whom it tells, which task and cause, since when, and until when.'
          ),
          noValue: say('Nothing fired in this time range'),
        },
        new RunlaneQuery({
          view: 'alerts',
          frame: 'alerts',
          limit: 200,
          live: true,
          columns: [
            'alertState',
            'alert',
            'severity',
            'tier',
            'task',
            'cause',
            'since',
            'finished',
            'summary',
            'runbook',
            'source',
            'runbookUrl',
            'from',
            'to',
          ],
        })
      )
        .overrideByName('alertState', [width(75), ...alertStateCell(language)])
        .overrideByName('alert', [width(140)])
        .overrideByName('severity', [width(80)])
        .overrideByName('tier', [width(70)])
        .overrideByName('task', [width(130), { id: 'links', value: [taskLink] }])
        .overrideByName('cause', [width(105)])
        .overrideByName('since', [width(118), SECOND_OF_DAY])
        .overrideByName('finished', [width(118), SECOND_OF_DAY])
        .overrideByName('runbook', [width(90)])
        .overrideByName('source', [width(80)])
        .overrideByName('runbookUrl', HIDDEN_COLUMN)
        .overrideByName('from', HIDDEN_COLUMN)
        .overrideByName('to', HIDDEN_COLUMN),
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
    .place(endedRuns(language), { x: 14, y: 12, w: 10, h: 7 })
    .place(troubleFirst(language), { x: 0, y: 19, w: 24, h: 8 });
  return dashboard;
}
