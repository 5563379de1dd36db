import {
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type DashboardBuilder,
  type ThresholdsConfig,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid, narrowLink, onwardLink } from './board';
import { endedRuns, failingNow, worstTask } from './health-panels';
import type { Language } from './language';
import { lines, limitLine, number, table, width } from './panels';
import { ALL_IN_ONE, FILTER_VARIABLES, OBJECTIVE_VARIABLE, RunlaneQuery } from './query';

/** The limits of the board; the alert rules `p99-latency` and `qps-low` have the same ones. */
const SLOWEST_MS = 500;
const FEWEST_PER_SECOND = 1000;

/** Is it fast enough, busy enough and reliable enough: P99, runs per second, health and what is left of the error budget. */
export function slo(language: Language): DashboardBuilder {
  const { say } = language;
  const none = say('No runs ended in this range');
  const objective = `$${OBJECTIVE_VARIABLE}`;
  const dashboard = board(
    {
      uid: 'runlane-slo',
      description:
        'Is it fast enough, busy enough and reliable enough? P99, runs per second, health, and what is left of the error budget.',
      variables: FILTER_VARIABLES,
      objective: true,
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
            '99 % of the runs that ended in the newest interval took no longer than this. Limit: 500 ms.'
          ),
          noValue: none,
        },
        new RunlaneQuery({
          view: 'durations',
          frame: 'duration',
          groupBy: ALL_IN_ONE,
          columns: ['time', 'p99'],
          live: true,
        })
      )
        .displayName(say('limit 500 ms'))
        .thresholds(colors('text', [SLOWEST_MS, 'red']))
        .dataLinks([toTimeline]),
      { x: 0, y: 0, w: 6, h: 4 }
    )
    .place(
      number(
        {
          title: say('Runs per second'),
          description: say('Runs that ended per second in the newest whole interval. Limit: 1,000 per second.'),
          noValue: none,
        },
        new RunlaneQuery({ view: 'throughput', frame: 'rate', groupBy: ALL_IN_ONE, live: true })
      )
        .displayName(say('limit 1,000/s'))
        .thresholds(colors('red', [FEWEST_PER_SECOND, 'text']))
        .dataLinks([toTimeline]),
      { x: 6, y: 0, w: 6, h: 4 }
    )
    .place(
      number(
        {
          title: say('Error budget left'),
          description: say(
            'Of the failures that the objective allows in this range, the share that is left; below zero it is overspent.'
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
      )
        .displayName(`${say('objective')} \${${OBJECTIVE_VARIABLE}} %`)
        .thresholds(colors('red', [0, 'text'])),
      { x: 12, y: 0, w: 6, h: 4 }
    )
    .place(failingNow(language), { x: 18, y: 0, w: 6, h: 4 })
    .place(
      limitLine(
        lines(
          {
            title: say('P99 duration by task'),
            description: say(
              '99 % of the runs that ended in the interval took no longer than this; the line is the limit.'
            ),
            noValue: none,
          },
          new RunlaneQuery({
            view: 'durations',
            frame: 'duration',
            groupBy: 'task',
            limit: 10,
            columns: ['time', 'p99'],
            live: true,
          })
        ),
        colors('transparent', [SLOWEST_MS, 'red'])
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
            description: say('It starts untouched and falls with every failure; below zero the objective is missed.'),
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
        colors('red', [0, 'transparent'])
      )
        // What is overspent ten times over is not more news than twice.
        .min(-1)
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
        .overrideByName('ended', [width(80)])
        .overrideByName('failed', [width(80)])
        .overrideByName('failedShare', [width(110)])
        .overrideByName('budgetLeft', [
          width(145),
          { id: 'color', value: { mode: 'thresholds' } },
          { id: 'thresholds', value: limits('red', [0, 'text']) },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ]),
      { x: 0, y: 19, w: 12, h: 8 }
    )
    .place(endedRuns(language), { x: 12, y: 19, w: 12, h: 8 });
  return dashboard;
}

/** A colour from the bottom up, and others from given values on. */
function limits(bottom: string, ...steps: Array<readonly [from: number, color: string]>): ThresholdsConfig {
  return {
    mode: ThresholdsMode.Absolute,
    steps: [{ value: null, color: bottom }, ...steps.map(([value, color]) => ({ value, color }))],
  };
}

function colors(...given: Parameters<typeof limits>): ThresholdsConfigBuilder {
  const { mode, steps } = limits(...given);
  return new ThresholdsConfigBuilder().mode(mode).steps(steps);
}
