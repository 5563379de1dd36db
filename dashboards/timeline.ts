import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid, runLinkOverride } from './board';
import { endedRuns } from './health-panels';
import type { Language } from './language';
import { timelinePanel, table, width } from './panels';
import { FILTER_VARIABLES, LANE_VARIABLE, RunlaneQuery, SELECT_VARIABLE } from './query';

/** What happened when: the timeline as large as a screen, then the same range counted, then why runs failed. */
export function timeline(language: Language): DashboardBuilder {
  const { say } = language;
  const dashboard = board(
    {
      uid: 'runlane-timeline',
      description: 'What happened when: every run on one time axis, how many there were, and why some failed.',
      variables: FILTER_VARIABLES,
      lanes: true,
      selects: true,
      from: 'now-30m',
      refresh: '5s',
    },
    language
  );
  new Grid(dashboard)
    .place(
      timelinePanel(
        {
          title: say('Task timeline'),
          description: say(
            'Every run as a bar: the thin line is its wait, dotted lines lead to retries. Click a bar for its facts.'
          ),
        },
        new RunlaneQuery({ view: 'timeline', groupBy: `$${LANE_VARIABLE}`, live: true }),
        { selectRun: `\${${SELECT_VARIABLE}:raw}` }
      ).overrideByName('runId', runLinkOverride(language)),
      { x: 0, y: 0, w: 24, h: 16 }
    )
    .place(endedRuns(language), { x: 0, y: 16, w: 8, h: 8 })
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
          columns: ['title', 'count', 'tasks', 'lastAt', 'runId', 'source'],
        })
      )
        .overrideByName('count', [width(65)])
        .overrideByName('tasks', [width(150)])
        .overrideByName('lastAt', [width(140), { id: 'unit', value: 'dateTimeFromNow' }])
        .overrideByName('runId', [width(150), ...runLinkOverride(language)])
        .overrideByName('source', [width(90)]),
      { x: 8, y: 16, w: 16, h: 8 }
    );
  return dashboard;
}
