import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Match } from '../src/model/task-query';
import { board, Grid, type Lanes } from './board';
import { finished, running, waiting } from './count-panels';
import { failingNow, whyRunsFailed } from './health-panels';
import type { Language } from './language';
import { quietNumber } from './panels';
import { asks, FILTER_VARIABLES, type Asks, type Scope } from './query';
import { lanesOfRuns, runsTable, type Column } from './run-panels';
import { durationByTask, queuesTable, workersTable } from './work-panels';

const AIRFLOW: Scope = { systems: ['airflow', 'airflow-statsd', 'airflow-otel'] };

const LANES: Lanes = [
  ['label:dag', 'DAG'],
  ['task', 'Task'],
  ['queue', 'Pool'],
  ['host', 'Host'],
  ['label:operator', 'Operator'],
];

const DAG_RUNS: Match = { field: 'kind', operator: '=', values: ['job'] };
const INSTANCES: Match = { field: 'kind', operator: '=', values: ['task'] };
const inState = (...values: string[]): Match => ({ field: 'state', operator: '=', values });
/** They have not failed themselves. */
const OF_THEIR_OWN: Match = { field: 'state', operator: '!=', values: ['upstream_failed'] };

/** Which DAGs fail, which task instances, in which schedule, at which try; what waits for a pool; does the scheduler live. */
export function airflow(language: Language): DashboardBuilder {
  const { say } = language;
  const ask = asks(AIRFLOW);
  const askDagRuns: Asks = (question, more = []) => ask(question, [DAG_RUNS, ...more]);
  const askInstances: Asks = (question, more = []) => ask(question, [INSTANCES, ...more]);
  const dag: Column = { name: 'label:dag', title: say('DAG'), width: 140 };
  const task: Column = { name: 'label:task_id', title: say('Task'), width: 130 };
  const logicalDate: Column = { name: 'label:logical_date', title: say('Logical date'), width: 165 };
  const pool: Column = { name: 'queue', title: say('Pool'), width: 110 };
  const dashboard = board(
    {
      uid: 'runlane-airflow',
      description:
        'Airflow: which DAGs fail, which of their tasks, for which schedule and at which try, what waits for a pool, and whether the scheduler lives.',
      variables: FILTER_VARIABLES,
      scope: AIRFLOW,
      lanes: LANES,
      from: 'now-6h',
      refresh: '30s',
    },
    language
  );

  new Grid(dashboard)
    .place(failingNow(language, askDagRuns).title(say('DAGs failing')), { x: 0, y: 0, w: 4, h: 3 })
    .place(running(language, askDagRuns).title(say('DAGs running')), { x: 4, y: 0, w: 4, h: 3 })
    .place(running(language, askInstances).title(say('Tasks running')), { x: 8, y: 0, w: 4, h: 3 })
    .place(waiting(language, askInstances).title(say('Tasks waiting')), { x: 12, y: 0, w: 4, h: 3 })
    .place(
      quietNumber(
        {
          title: say('Up for retry'),
          description: say('Task instances that failed and will be tried again, with the age of the oldest.'),
          noValue: say('not reported'),
        },
        askInstances({ view: 'states', frame: 'waiting', groupBy: 'source', live: true }, [inState('retrying')])
      ),
      { x: 16, y: 0, w: 4, h: 3 }
    )
    .place(finished(language, askDagRuns).title(say('DAGs finished')), { x: 20, y: 0, w: 4, h: 3 })
    .place(
      runsTable(
        {
          title: say('Failed and up for retry'),
          description: say(
            'Task instances that failed by themselves, and those that will be tried again. What only waited for a task that failed is left out.'
          ),
          noValue: say('No failed task instances in this range'),
        },
        {
          language,
          ask: askInstances,
          more: [inState('failed', 'retrying'), OF_THEIR_OWN],
          columns: [
            { name: 'state', width: 80 },
            dag,
            task,
            logicalDate,
            { name: 'attempt', title: say('Try'), width: 55 },
            { name: 'maxAttempts', title: say('of'), width: 50 },
            pool,
            { name: 'finished', width: 145 },
            { name: 'duration', width: 85 },
            { name: 'errorType', width: 130 },
            { name: 'error' },
            { name: 'runId', width: 120 },
          ],
        }
      ),
      { x: 0, y: 3, w: 24, h: 7 }
    )
    .place(lanesOfRuns(language, ask), { x: 0, y: 10, w: 24, h: 9 })
    .place(
      runsTable(
        {
          title: say('DAG runs'),
          description: say(
            'Runs of DAGs, the newest first: how they were started, for which logical date, how long they took.'
          ),
          noValue: say('No DAG runs in this range'),
        },
        {
          language,
          ask: askDagRuns,
          columns: [
            { name: 'state', width: 85 },
            { name: 'task', title: say('DAG'), width: 120 },
            { name: 'label:run_type', title: say('Run type'), width: 85 },
            logicalDate,
            { name: 'started', width: 145 },
            { name: 'duration', width: 90 },
            { name: 'runId' },
          ],
        }
      ),
      { x: 0, y: 19, w: 13, h: 8 }
    )
    .place(
      queuesTable(language, askInstances)
        .title(say('Pools'))
        .description(say('What waits for and runs in each pool, and the wait that 95 % of started tasks stay below.'))
        .overrideByName('queue', [{ id: 'displayName', value: say('Pool') }]),
      { x: 13, y: 19, w: 11, h: 8 }
    )
    .place(
      runsTable(
        {
          title: say('Running and waiting'),
          description: say('Task instances that run, wait in a queue or for their schedule, the newest first.'),
          noValue: say('Nothing runs and nothing waits'),
        },
        {
          language,
          ask: askInstances,
          more: [inState('pending', 'running')],
          columns: [
            { name: 'state', width: 80 },
            { name: 'substate', width: 95 },
            dag,
            task,
            { name: 'attempt', title: say('Try'), width: 55 },
            pool,
            { name: 'started', width: 145 },
            { name: 'host', width: 130 },
            { name: 'evidence' },
          ],
        }
      ),
      { x: 0, y: 27, w: 14, h: 8 }
    )
    .place(
      workersTable(language, ask, ['worker', 'alive', 'running', 'failed', 'lastSeen'])
        .title(say('Scheduler, triggerer and workers'))
        .description(
          say(
            'Airflow’s own parts with their last sign of life, where its API is read directly, and the hosts on which tasks ran.'
          )
        ),
      { x: 14, y: 27, w: 10, h: 8 }
    )
    .place(durationByTask(language, askInstances), { x: 0, y: 35, w: 12, h: 7 })
    .place(whyRunsFailed(language, askInstances, ['tasks']), { x: 12, y: 35, w: 12, h: 7 });
  return dashboard;
}
