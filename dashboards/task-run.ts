import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as NodeGraphBuilder } from '@grafana/grafana-foundation-sdk/nodegraph';
import { board, Grid, runLinkOverride } from './board';
import type { Language } from './language';
import { facts, samples, smallTimelinePanel, stateCell, stateLetters, table, width, WRAPPED_CELL } from './panels';
import { RunlaneQuery, THIS_RUN } from './query';

/** Why did this one fail? One run with all its attempts, from the outside in: outcome, error, life, resources, family. */
export function taskRun(language: Language): DashboardBuilder {
  const { say } = language;
  const noRun = say('No such run in this range. Open one from a table or the timeline, or widen the range.');
  const noSamples = say('No samples: the run was too short, or its source reports none');
  const dashboard = board(
    {
      uid: 'runlane-task-run',
      description:
        'Why did this one fail? One run with all its attempts: outcome, error, every transition, CPU and memory, its family.',
      variables: [],
      run: true,
      from: 'now-30m',
      refresh: '10s',
    },
    language
  );
  const ask = (frame: string, columns?: string[]) =>
    new RunlaneQuery({ view: 'transitions', frame, live: true, ...(columns && { columns }) }, [], THIS_RUN);

  new Grid(dashboard)
    .place(
      facts(
        {
          title: say('Outcome'),
          description: say('The newest attempt. What its source does not report is not shown.'),
          noValue: '–',
        },
        ask('runs', [
          'state',
          'exitCode',
          'signal',
          'attempt',
          'wait',
          'duration',
          'cpuSeconds',
          'maxRssBytes',
          'worker',
        ])
      ).overrideByName('state', [stateLetters(language)]),
      { x: 0, y: 0, w: 24, h: 3 }
    )
    .place(
      table(
        {
          title: say('How each attempt ended'),
          description: say('State, exit and error of every attempt, as its source reports them.'),
          noValue: noRun,
        },
        ask('runs', ['attempt', 'state', 'substate', 'exitCode', 'signal', 'errorType', 'error'])
      )
        .overrideByName('attempt', [width(75)])
        .overrideByName('state', [width(95), ...stateCell(language)])
        .overrideByName('substate', [width(95)])
        .overrideByName('exitCode', [width(85)])
        .overrideByName('signal', [width(90)])
        .overrideByName('errorType', [width(190)])
        .overrideByName('error', [...WRAPPED_CELL]),
      { x: 0, y: 3, w: 16, h: 5 }
    )
    .place(
      table(
        {
          title: say('Facts'),
          description: say('All that is known of the newest attempt. Click a cell to copy or to read it whole.'),
          noValue: noRun,
        },
        ask('facts')
      )
        .overrideByName('fact', [width(120)])
        .overrideByName('value', [...WRAPPED_CELL, { id: 'custom.inspect', value: true }]),
      { x: 16, y: 3, w: 8, h: 16 }
    )
    .place(
      smallTimelinePanel(
        {
          title: say('Attempts'),
          description: say(
            'Each attempt as a bar on the axis of the charts below: waiting, running, and how it ended.'
          ),
        },
        new RunlaneQuery({ view: 'timeline', groupBy: 'task', live: true }, [], THIS_RUN)
      ),
      { x: 0, y: 8, w: 16, h: 5 }
    )
    .place(
      samples(
        {
          title: say('CPU'),
          description: say('Cores in use by the whole process tree.'),
          noValue: noSamples,
        },
        ask('cpu')
      ),
      { x: 0, y: 13, w: 8, h: 6 }
    )
    .place(
      samples(
        {
          title: say('Memory'),
          description: say('Resident memory of the whole process tree.'),
          noValue: noSamples,
        },
        ask('memory')
      ),
      { x: 8, y: 13, w: 8, h: 6 }
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
        ask('transitions', ['time', 'attempt', 'state', 'substate', 'gap', 'nativeState', 'worker', 'evidence'])
      )
        .overrideByName('time', [width(165), { id: 'unit', value: 'time:MM-DD HH:mm:ss.SSS' }])
        .overrideByName('attempt', [width(75)])
        .overrideByName('state', [width(95), ...stateCell(language)])
        .overrideByName('substate', [width(95)])
        .overrideByName('gap', [width(90)])
        .overrideByName('nativeState', [width(105)])
        .overrideByName('worker', [width(105)]),
      { x: 0, y: 19, w: 16, h: 8 }
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
        .overrideByRegexp('.*', [{ id: 'noValue', value: '' }])
        .withTarget(new RunlaneQuery({ view: 'lineage', limit: 200 }, [], THIS_RUN)),
      { x: 16, y: 19, w: 8, h: 14 }
    )
    .place(
      table(
        {
          title: say('Failures of this task, by cause'),
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
            columns: ['title', 'count', 'firstAt', 'lastAt', 'runId', 'source'],
          },
          ['source', 'task']
        )
      )
        .overrideByName('count', [width(65)])
        .overrideByName('firstAt', [width(130), { id: 'unit', value: 'dateTimeFromNow' }])
        .overrideByName('lastAt', [width(130), { id: 'unit', value: 'dateTimeFromNow' }])
        .overrideByName('runId', [width(170), ...runLinkOverride(language)])
        .overrideByName('source', [width(80)]),
      { x: 0, y: 27, w: 16, h: 6 }
    );
  return dashboard;
}
