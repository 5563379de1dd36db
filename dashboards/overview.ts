import { ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid, onwardLink, runLinkOverride } from './board';
import { abnormalExits, failingNow, troubleFirst, worstTask } from './health-panels';
import type { Language } from './language';
import { number, quietNumber, timelinePanel } from './panels';
import { FILTER_VARIABLES, LANE_VARIABLE, RunlaneQuery } from './query';

/**
 * Is it healthy, what broke, since when? Five numbers, the worst task with its reasons beside all tasks in trouble,
 * then the timeline: 19 grid rows, which is what 1440 × 900 shows without scrolling.
 */
export function overview(language: Language): DashboardBuilder {
  const { say } = language;
  const dashboard = board(
    {
      uid: 'runlane-overview',
      description:
        'Is it healthy, what broke, and since when? Everything leads on with the same filters and time range.',
      variables: FILTER_VARIABLES,
      lanes: true,
      from: 'now-30m',
      refresh: '10s',
    },
    language
  );
  const toTimeline = onwardLink(say('Show in the timeline'), 'runlane-timeline', language);
  const toWorkers = onwardLink(say('Show workers and queues'), 'runlane-workers', language);

  new Grid(dashboard)
    .place(failingNow(language), { x: 0, y: 0, w: 5, h: 3 })
    .place(
      quietNumber(
        {
          title: say('Waiting'),
          description: say('Runs that are queued and not started, with the age of the oldest.'),
          noValue: say('not reported'),
        },
        new RunlaneQuery({ view: 'states', frame: 'waiting', groupBy: 'source', live: true })
      ).dataLinks([toWorkers]),
      { x: 5, y: 0, w: 5, h: 3 }
    )
    .place(
      number(
        {
          title: say('Running'),
          description: say(
            'Runs that are being worked on, and how many worker slots there are where the source says so.'
          ),
          noValue: say('not reported'),
        },
        new RunlaneQuery({ view: 'states', frame: 'running', groupBy: 'source', live: true })
      ).dataLinks([toWorkers]),
      { x: 10, y: 0, w: 4, h: 3 }
    )
    .place(
      quietNumber(
        {
          title: say('Finished'),
          description: say('Runs that ended, per hour, and the share of them that completed.'),
          noValue: say('none in this range'),
        },
        new RunlaneQuery({ view: 'states', frame: 'finished', groupBy: 'source', live: true })
      )
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(['mean']).fields('').values(false))
        .dataLinks([toTimeline]),
      { x: 14, y: 0, w: 5, h: 3 }
    )
    .place(abnormalExits(language), { x: 19, y: 0, w: 5, h: 3 })
    .place(worstTask(language), { x: 0, y: 3, w: 11, h: 7 })
    .place(troubleFirst(language), { x: 11, y: 3, w: 13, h: 7 })
    .place(
      timelinePanel(
        {
          title: say('Task timeline'),
          description: say(
            'Every run as a bar: the thin line is its wait, dotted lines lead to retries. Click a bar for its facts.'
          ),
        },
        new RunlaneQuery({ view: 'timeline', groupBy: `$${LANE_VARIABLE}`, live: true })
      ).overrideByName('runId', runLinkOverride(language)),
      { x: 0, y: 10, w: 24, h: 9 }
    );
  return dashboard;
}
