import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid, runLinkOverride } from './board';
import type { Language } from './language';
import { runPagePanel, stateCell, table, width, WRAPPED_CELL } from './panels';
import { RunlaneQuery, THIS_RUN } from './query';

/** Why did this one fail? One run whatever the range: its page, and below it everything that is known, as tables. */
export function taskRun(language: Language): DashboardBuilder {
  const { say } = language;
  const noRun = say('No such run');
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
  const ask = (frame?: string, columns?: string[]) =>
    new RunlaneQuery(
      { view: 'run', live: true, ...(frame !== undefined && { frame }), ...(columns && { columns }) },
      [],
      THIS_RUN
    );

  new Grid(dashboard)
    .place(
      runPagePanel(
        {
          title: say('Run'),
          description: say(
            'What became of the run and why, beside what is usual for its task; found by its id whatever the time range.'
          ),
        },
        ask()
      ),
      { x: 0, y: 0, w: 24, h: 19 }
    )
    .place(
      runPagePanel(
        {
          title: say('Parents and children'),
          description: say(
            'The runs that asked for this one, and those that it asked for, as a tree with every run on one axis; in bold the chain that decides when all is over.'
          ),
        },
        ask('family')
      ),
      { x: 0, y: 19, w: 24, h: 9 }
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
      { x: 0, y: 28, w: 16, h: 8 }
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
      { x: 16, y: 28, w: 8, h: 16 }
    )
    .place(
      table(
        {
          title: say('Failures of this task, by cause'),
          description: say(
            'Failed runs of the same task from a week before this one on, grouped by cause, its own first. The run is the newest of its group.'
          ),
          noValue: say('No failed runs'),
        },
        ask('failures', ['title', 'count', 'firstAt', 'lastAt', 'runId', 'source'])
      )
        .overrideByName('count', [width(65)])
        .overrideByName('firstAt', [width(130), { id: 'unit', value: 'dateTimeFromNow' }])
        .overrideByName('lastAt', [width(130), { id: 'unit', value: 'dateTimeFromNow' }])
        .overrideByName('runId', [width(170), ...runLinkOverride(language)])
        .overrideByName('source', [width(80)]),
      { x: 0, y: 36, w: 16, h: 8 }
    );
  return dashboard;
}
