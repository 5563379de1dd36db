import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Match } from '../src/model/task-query';
import { board, Grid, runLinkOverride, type Lanes } from './board';
import { finished, running, sumOf, waiting } from './count-panels';
import { failingNow, whyRunsFailed } from './health-panels';
import type { Language } from './language';
import { COLORED_TEXT, HIDDEN_COLUMN, table, width } from './panels';
import { asks, FILTER_VARIABLES, type Asks, type Scope } from './query';
import { lanesOfRuns, runsTable } from './run-panels';
import { durationByTask, LIFE_OF_A_WORKER, workersTable } from './work-panels';

const DAGSTER: Scope = { systems: ['dagster'] };

const LANES: Lanes = [
  ['task', 'Task'],
  ['label:location', 'Code location'],
  ['label:asset', 'Asset'],
  ['source', 'Source'],
];

const JOBS: Match = { field: 'kind', operator: '=', values: ['job'] };
const CHECKS: Match = { field: 'label:check', operator: '!=', values: [''] };
const NO_CHECKS: Match = { field: 'label:check', operator: '=', values: [''] };
const FAILED: Match = { field: 'state', operator: '=', values: ['failed'] };

/** Are the assets fresh and their checks passed, which runs and steps failed, do the daemons live. */
export function dagster(language: Language): DashboardBuilder {
  const { say } = language;
  const ask = asks(DAGSTER);
  const askJobs: Asks = (question, more = []) => ask(question, [JOBS, ...more]);
  const dashboard = board(
    {
      uid: 'runlane-dagster',
      description:
        'Dagster: are the assets fresh and did their checks pass, which runs and steps failed, do the daemons live?',
      variables: FILTER_VARIABLES,
      scope: DAGSTER,
      lanes: LANES,
      from: 'now-6h',
      refresh: '30s',
    },
    language
  );

  new Grid(dashboard)
    .place(failingNow(language, askJobs).title(say('Jobs failing now')), { x: 0, y: 0, w: 5, h: 3 })
    .place(waiting(language, askJobs).title(say('Runs waiting')), { x: 5, y: 0, w: 5, h: 3 })
    .place(running(language, askJobs).title(say('Runs running')), { x: 10, y: 0, w: 4, h: 3 })
    .place(finished(language, askJobs).title(say('Runs finished')), { x: 14, y: 0, w: 5, h: 3 })
    .place(
      sumOf(
        {
          title: say('Checks failed'),
          description: say('Results of asset checks in this range that did not pass, of whichever severity.'),
          noValue: say('none'),
          name: say('in this range'),
        },
        { ask, what: 'failed', more: [CHECKS] }
      ),
      { x: 19, y: 0, w: 5, h: 3 }
    )
    .place(
      table(
        {
          title: say('Assets'),
          description: say(
            'Every asset as it is now, those that need a person first: is it fresh, when and by which run was it made, did its checks pass, what is it made from.'
          ),
          noValue: say('Dagster knows no asset'),
        },
        ask({
          view: 'assets',
          limit: 500,
          columns: [
            'asset',
            'freshness',
            'age',
            'checksFailed',
            'checksPassed',
            'upstream',
            'group',
            'location',
            'madeAt',
            'runId',
            'source',
          ],
        })
      )
        .overrideByName('asset', [width(180)])
        // What is not held to a limit has the text's colour: the first colour of a cell is green, and reads as fresh.
        .overrideByName('freshness', [
          width(110),
          COLORED_TEXT,
          { id: 'color', value: { mode: 'fixed', fixedColor: 'text' } },
        ])
        .overrideByName('age', [width(95)])
        .overrideByName('checksFailed', [width(110)])
        .overrideByName('checksPassed', [width(115)])
        .overrideByName('group', [width(90), { id: 'displayName', value: say('Group') }])
        .overrideByName('location', [width(110)])
        .overrideByName('madeAt', [width(125), { id: 'unit', value: 'time:MM-DD HH:mm:ss' }])
        .overrideByName('runId', [width(120), ...runLinkOverride(language)])
        .overrideByName('source', HIDDEN_COLUMN),
      { x: 0, y: 3, w: 24, h: 7 }
    )
    .place(lanesOfRuns(language, ask), { x: 0, y: 10, w: 14, h: 9 })
    .place(
      runsTable(
        {
          title: say('Asset checks that failed'),
          description: say('The newest first, with what the check said. The run is that of the job that made it.'),
          noValue: say('No asset check failed in this range'),
        },
        {
          language,
          ask,
          more: [CHECKS, FAILED],
          columns: [
            { name: 'label:asset', title: say('Asset'), width: 120 },
            { name: 'label:check', title: say('Check'), width: 110 },
            { name: 'label:severity', title: say('Severity'), width: 80 },
            { name: 'finished', width: 145 },
            { name: 'error' },
          ],
        }
      ),
      { x: 14, y: 10, w: 10, h: 9 }
    )
    .place(
      runsTable(
        {
          title: say('Runs, steps and ticks that failed'),
          description: say(
            'The newest first: runs of jobs, tries of their steps, and evaluations of schedules and sensors.'
          ),
          noValue: say('No failed runs in this range'),
        },
        {
          language,
          ask,
          more: [FAILED, NO_CHECKS],
          columns: [
            { name: 'substate', width: 75 },
            { name: 'task', width: 190 },
            { name: 'attempt', title: say('Try'), width: 50 },
            { name: 'finished', width: 145 },
            { name: 'duration', width: 80 },
            { name: 'errorType', width: 140 },
            { name: 'error' },
            { name: 'runId', width: 110 },
          ],
        }
      ),
      { x: 0, y: 19, w: 15, h: 8 }
    )
    .place(
      workersTable(language, ask, LIFE_OF_A_WORKER)
        .title(say('Daemons'))
        .overrideByName('worker', [{ id: 'displayName', value: say('Daemon') }, width(240)])
        .description(
          say(
            'Dagster’s daemons: without the scheduler no schedule ticks, without the coordinator nothing that is queued begins.'
          )
        ),
      { x: 15, y: 19, w: 9, h: 8 }
    )
    .place(durationByTask(language, askJobs), { x: 0, y: 27, w: 12, h: 7 })
    .place(whyRunsFailed(language, ask, ['tasks']), { x: 12, y: 27, w: 12, h: 7 });
  return dashboard;
}
