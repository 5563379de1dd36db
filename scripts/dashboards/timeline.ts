import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid, runLinkOverride } from './board';
import type { Language } from './language';
import { own, stackedBars, table, width } from './panels';
import { FILTER_VARIABLES, RunlaneQuery } from './query';

/** What happened when: the timeline as large as a screen, then the same range counted, then why runs failed. */
export function timeline(language: Language): DashboardBuilder {
  const { say } = language;
  const dashboard = board(
    {
      uid: 'runlane-timeline',
      description: 'What happened when: every run on one time axis, how many there were, and why some failed.',
      variables: FILTER_VARIABLES,
      lanes: true,
      from: 'now-1h',
      refresh: '5s',
    },
    language
  );
  new Grid(dashboard)
    .place(
      own(
        'runlane-timeline-panel',
        {
          title: say('Task timeline'),
          description: say(
            'Every run as a bar: the thin line is its wait, dotted lines lead to retries. Click a bar for its facts.'
          ),
        },
        new RunlaneQuery({ view: 'timeline', groupBy: '$lanes', live: true })
      ).overrideByName('runId', runLinkOverride(language)),
      0,
      0,
      24,
      16
    )
    .place(
      stackedBars(
        {
          title: say('Runs by state'),
          description: say(
            'Waiting and running at the end of each interval; ended runs in the interval in which they ended.'
          ),
          noValue: say('No runs in this range'),
        },
        new RunlaneQuery({ view: 'states', frame: 'states', groupBy: 'state', live: true })
      ),
      0,
      16,
      10,
      8
    )
    .place(
      table(
        {
          title: say('Why runs failed'),
          description: say(
            'Failed runs with the same cause count as one line; numbers and ids are left out of the comparison. The run is the newest of its group.'
          ),
          noValue: say('No failed runs in this range'),
        },
        new RunlaneQuery({
          view: 'failures',
          frame: 'failures',
          limit: 50,
          live: true,
          columns: ['title', 'count', 'tasks', 'category', 'lastAt', 'runId', 'source'],
        })
      )
        .overrideByName('count', [width(70)])
        .overrideByName('category', [width(110)])
        .overrideByName('lastAt', [width(130), { id: 'unit', value: 'dateTimeFromNow' }])
        .overrideByName('runId', [width(120), ...runLinkOverride(language)])
        .overrideByName('source', [width(110)]),
      10,
      16,
      14,
      8
    );
  return dashboard;
}
