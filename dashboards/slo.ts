import { ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid, narrowLink, onwardLink } from './board';
import { endedRuns, failingNow, worstTask } from './health-panels';
import type { Language } from './language';
import { colors, lines, limitLine, number, steps, table, width } from './panels';
import { ALL_IN_ONE, FILTER_VARIABLES, LIMITS_VARIABLE, OBJECTIVE_VARIABLE, RunlaneQuery } from './query';

/** A budget of which anything is left; thresholds begin at their value. */
const SOME = 0.0001;

/** Is it fast enough, busy enough and reliable enough: P99, runs per second, health and what is left of the error budget. */
export function slo(language: Language): DashboardBuilder {
  const { say } = language;
  const none = say('No runs ended in this range');
  const objective = `$${OBJECTIVE_VARIABLE}`;
  const limits = `$${LIMITS_VARIABLE}`;
  const dashboard = board(
    {
      uid: 'runlane-slo',
      description:
        'Is it fast enough, busy enough and reliable enough? P99, runs per second, health, and what is left of the error budget.',
      variables: FILTER_VARIABLES,
      objective: true,
      limits: true,
      from: 'now-1h',
      refresh: '10s',
    },
    language
  );
  const toTimeline = onwardLink(say('Show in the timeline'), 'runlane-timeline', language);
  const taskLink = narrowLink(say('Show in the timeline'), 'runlane-timeline', 'task', 'group', language).build();

  new Grid(dashboard)
    .place(
      number(
        {
          title: say('P99 duration'),
          description: say(
            '99 % of the runs that completed in the newest interval took no longer than this. Its ceiling is twice the usual of the day before, or 500 ms: choose above.'
          ),
          noValue: none,
        },
        new RunlaneQuery({
          view: 'durations',
          frame: 'duration',
          groupBy: ALL_IN_ONE,
          columns: ['time', 'p99'],
          limits,
          live: true,
        })
      ).dataLinks([toTimeline]),
      { x: 0, y: 0, w: 6, h: 4 }
    )
    .place(
      number(
        {
          title: say('Runs per second'),
          description: say(
            'Runs that ended per second, on average over the range. Its floor is half of the quietest hour of the day before, or 1,000 per second: choose above.'
          ),
          noValue: none,
        },
        new RunlaneQuery({ view: 'throughput', frame: 'rate', groupBy: ALL_IN_ONE, limits, live: true })
      )
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(['mean']).fields('').values(false))
        .dataLinks([toTimeline]),
      { x: 6, y: 0, w: 6, h: 4 }
    )
    .place(
      number(
        {
          title: say('Error budget left'),
          description: say(
            'Of the failures that the objective allows in this range, the share that is left; at zero it is used up, and how often over is said.'
          ),
          noValue: none,
        },
        new RunlaneQuery({
          view: 'states',
          frame: 'budget',
          groupBy: 'source',
          columns: ['time', 'budgetLeft'],
          objective,
          live: true,
        })
      ).thresholds(colors('red', [SOME, 'text'])),
      { x: 12, y: 0, w: 6, h: 4 }
    )
    .place(failingNow(language), { x: 18, y: 0, w: 6, h: 4 })
    .place(
      limitLine(
        lines(
          {
            title: say('P99 duration by task'),
            description: say(
              '99 % of the runs that completed in the interval took no longer than this. The line is the ceiling, where one holds for all that is shown.'
            ),
            noValue: none,
          },
          new RunlaneQuery({
            view: 'durations',
            frame: 'duration',
            groupBy: 'task',
            limit: 10,
            columns: ['time', 'p99'],
            limits,
            live: true,
          })
        ),
        colors('transparent')
      ),
      { x: 0, y: 4, w: 12, h: 7 }
    )
    .place(
      lines(
        {
          title: say('Runs per second by task'),
          description: say('Runs that ended per second of each whole interval.'),
          noValue: none,
        },
        new RunlaneQuery({ view: 'throughput', frame: 'rate', groupBy: 'task', limit: 10, live: true })
      ),
      { x: 12, y: 4, w: 12, h: 7 }
    )
    .place(
      limitLine(
        lines(
          {
            title: say('Error budget over the range'),
            description: say('It starts untouched and falls with every failure; at zero the objective is missed.'),
            noValue: none,
          },
          new RunlaneQuery({
            view: 'states',
            frame: 'budget',
            groupBy: 'source',
            columns: ['time', 'budgetLeft'],
            objective,
            live: true,
          })
        ),
        colors('transparent')
      )
        .displayName(say('left'))
        .max(1),
      { x: 0, y: 11, w: 12, h: 8 }
    )
    .place(worstTask(language), { x: 12, y: 11, w: 12, h: 8 })
    .place(
      table(
        {
          title: say('Error budget by task'),
          description: say(
            'Every task with what ended, what failed, and what is left of its own budget at the same objective.'
          ),
          noValue: none,
        },
        new RunlaneQuery({ view: 'states', frame: 'budgets', groupBy: 'task', limit: 200, objective, live: true })
      )
        .overrideByName('group', [{ id: 'links', value: [taskLink] }])
        .overrideByName('ended', [width(60)])
        .overrideByName('failed', [width(60)])
        .overrideByName('failedShare', [width(92)])
        .overrideByName('budgetUsed', [width(108)])
        .overrideByName('budgetLeft', [
          width(128),
          { id: 'color', value: { mode: 'thresholds' } },
          { id: 'thresholds', value: steps('red', [SOME, 'text']) },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ]),
      { x: 0, y: 19, w: 12, h: 8 }
    )
    .place(endedRuns(language), { x: 12, y: 19, w: 12, h: 8 });
  return dashboard;
}
