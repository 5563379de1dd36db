import {
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
  TableCellHeight,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as NodeGraphBuilder } from '@grafana/grafana-foundation-sdk/nodegraph';
import { board, Grid, runLinkOverride } from './board';
import type { Language } from './language';
import { lines, number, own, table, width } from './panels';
import { RunlaneQuery, THIS_RUN } from './query';

/** Why did this one fail? One run with all its attempts, from the outside in: outcome, error, life, resources, family. */
export function taskRun(language: Language): DashboardBuilder {
  const { say } = language;
  const noRun = say('No such run in this range. Open one from a table or the timeline, or widen the range.');
  const wrap = { id: 'custom.cellOptions', value: { type: 'auto', wrapText: true } };
  const dashboard = board(
    {
      uid: 'runlane-task-run',
      description:
        'Why did this one fail? One run with all its attempts: outcome, error, every transition, CPU and memory, its family.',
      variables: [],
      run: true,
      from: 'now-1h',
      refresh: '10s',
    },
    language
  );
  new Grid(dashboard)
    .place(
      number(
        {
          title: say('Outcome'),
          description: say('The newest attempt. What its source does not report is not shown.'),
          noValue: '–',
        },
        new RunlaneQuery(
          {
            view: 'transitions',
            frame: 'runs',
            live: true,
            columns: [
              'state',
              'substate',
              'exitCode',
              'signal',
              'attempt',
              'wait',
              'duration',
              'cpuSeconds',
              'maxRssBytes',
              'worker',
            ],
          },
          [],
          THIS_RUN
        )
      )
        .graphMode(BigValueGraphMode.None)
        .textMode(BigValueTextMode.ValueAndName)
        .orientation(VizOrientation.Vertical)
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(['last']).fields('/.*/').values(false)),
      0,
      0,
      24,
      3
    )
    .place(
      table(
        {
          title: say('Error'),
          description: say('Type and message of every attempt that failed, as the source reports them.'),
          noValue: say('No error is reported'),
        },
        new RunlaneQuery(
          { view: 'transitions', frame: 'runs', live: true, columns: ['attempt', 'errorType', 'error'] },
          [],
          THIS_RUN
        )
      )
        .cellHeight(TableCellHeight.Md)
        .overrideByName('attempt', [width(80)])
        .overrideByName('errorType', [width(220)])
        .overrideByName('error', [wrap]),
      0,
      3,
      16,
      4
    )
    .place(
      table(
        {
          title: say('Facts'),
          description: say('All that is known of the newest attempt. Click a cell to copy or to read it whole.'),
          noValue: noRun,
        },
        new RunlaneQuery({ view: 'transitions', frame: 'facts', live: true }, [], THIS_RUN)
      )
        .overrideByName('fact', [width(130)])
        .overrideByName('value', [wrap, { id: 'custom.inspect', value: true }]),
      16,
      3,
      8,
      13
    )
    .place(
      own(
        'runlane-timeline-panel',
        {
          title: say('Attempts'),
          description: say(
            'Each attempt as a bar on the axis of the charts below: waiting, running, and how it ended.'
          ),
        },
        new RunlaneQuery({ view: 'timeline', groupBy: 'task', live: true }, [], THIS_RUN)
      ),
      0,
      7,
      16,
      5
    )
    .place(
      lines(
        {
          title: say('CPU'),
          description: say('Cores in use by the whole process tree.'),
          noValue: say('No samples: the run was too short, or its source reports none'),
        },
        new RunlaneQuery({ view: 'transitions', frame: 'cpu', live: true }, [], THIS_RUN)
      ),
      0,
      12,
      8,
      7
    )
    .place(
      lines(
        {
          title: say('Memory'),
          description: say('Resident memory of the whole process tree.'),
          noValue: say('No samples: the run was too short, or its source reports none'),
        },
        new RunlaneQuery({ view: 'transitions', frame: 'memory', live: true }, [], THIS_RUN)
      ),
      8,
      12,
      8,
      7
    )
    .place(
      table(
        {
          title: say('Transitions'),
          description: say(
            'Every change of state in order, how long after the one before it, and the source’s own word for it.'
          ),
          noValue: noRun,
        },
        new RunlaneQuery(
          {
            view: 'transitions',
            frame: 'transitions',
            live: true,
            columns: ['time', 'attempt', 'state', 'substate', 'gap', 'nativeState', 'worker', 'evidence'],
          },
          [],
          THIS_RUN
        )
      )
        .overrideByName('time', [width(200), { id: 'unit', value: 'time:YYYY-MM-DD HH:mm:ss.SSS' }])
        .overrideByName('attempt', [width(80)])
        .overrideByName('state', [width(110)])
        .overrideByName('substate', [width(110)])
        .overrideByName('gap', [width(90)]),
      0,
      19,
      16,
      8
    )
    .place(
      new NodeGraphBuilder()
        .title(say('Parents and children'))
        .description(
          say(
            'The run that asked for this one, and the runs that this one asked for; the thick line is the critical path.'
          )
        )
        .noValue(say('No parent and no child is reported'))
        .withTarget(new RunlaneQuery({ view: 'lineage', limit: 200 }, [], THIS_RUN))
        .dataLinks([]),
      16,
      16,
      8,
      11
    )
    .place(
      table(
        {
          title: say('Failures with the same cause'),
          description: say(
            'Failed runs of the same task in this range, grouped by cause. The run is the newest of its group.'
          ),
          noValue: say('No failed runs in this range'),
        },
        new RunlaneQuery(
          {
            view: 'failures',
            frame: 'failures',
            limit: 20,
            columns: ['title', 'count', 'tasks', 'firstAt', 'lastAt', 'runId', 'source'],
          },
          ['source', 'task']
        )
      )
        .overrideByName('count', [width(70)])
        .overrideByName('firstAt', [width(150), { id: 'unit', value: 'dateTimeFromNow' }])
        .overrideByName('lastAt', [width(150), { id: 'unit', value: 'dateTimeFromNow' }])
        .overrideByName('runId', [width(160), ...runLinkOverride(language)])
        .overrideByName('source', [width(120)]),
      0,
      27,
      24,
      7
    );
  return dashboard;
}
