import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid } from './board';
import { finished, running, waiting } from './count-panels';
import { abnormalExits, endedRuns, failingNow, whyRunsFailed } from './health-panels';
import type { Language } from './language';
import { quietNumber } from './panels';
import { asks, FILTER_VARIABLES, type Scope } from './query';
import { lanesOfRuns, runsTable } from './run-panels';
import { durationByTask, MOST_OF_A_WORKER, queuesTable, waitByQueue, workersTable } from './work-panels';

const CELERY: Scope = { systems: ['flower', 'celery', 'celery-events', 'celery-exporter'] };

/** Are the workers alive, what waits, what failed and why, what is tried again. */
export function celery(language: Language): DashboardBuilder {
  const { say } = language;
  const ask = asks(CELERY);
  const dashboard = board(
    {
      uid: 'runlane-celery',
      description:
        'Celery, through Flower, the task store or an exporter: are the workers alive, what waits, what failed and why, what is tried again?',
      variables: FILTER_VARIABLES,
      scope: CELERY,
      lanes: true,
      from: 'now-1h',
      refresh: '10s',
    },
    language
  );

  new Grid(dashboard)
    .place(failingNow(language, ask), { x: 0, y: 0, w: 4, h: 3 })
    .place(waiting(language, ask), { x: 4, y: 0, w: 4, h: 3 })
    .place(running(language, ask), { x: 8, y: 0, w: 4, h: 3 })
    .place(
      quietNumber(
        {
          title: say('Retrying'),
          description: say('Tasks that failed and will be tried again, with the age of the oldest.'),
          noValue: say('not reported'),
        },
        ask({ view: 'states', frame: 'waiting', groupBy: 'source', live: true }, [
          { field: 'state', operator: '=', values: ['retrying'] },
        ])
      ),
      { x: 12, y: 0, w: 4, h: 3 }
    )
    .place(finished(language, ask), { x: 16, y: 0, w: 4, h: 3 })
    .place(abnormalExits(language, ask), { x: 20, y: 0, w: 4, h: 3 })
    .place(workersTable(language, ask, MOST_OF_A_WORKER), { x: 0, y: 3, w: 13, h: 6 })
    .place(queuesTable(language, ask), { x: 13, y: 3, w: 11, h: 6 })
    .place(lanesOfRuns(language, ask), { x: 0, y: 9, w: 13, h: 10 })
    .place(whyRunsFailed(language, ask, ['tasks']), { x: 13, y: 9, w: 11, h: 10 })
    .place(durationByTask(language, ask), { x: 0, y: 19, w: 12, h: 7 })
    .place(waitByQueue(language, ask), { x: 12, y: 19, w: 12, h: 7 })
    .place(
      runsTable(
        {
          title: say('Tried again'),
          description: say(
            'Attempts that failed and were followed by another, and those that wait for theirs. Flower keeps the last attempt of a task only.'
          ),
          noValue: say('No retries in this range'),
        },
        {
          language,
          ask,
          more: [{ field: 'state', operator: '=', values: ['retrying', 'retried'] }],
          columns: [
            { name: 'state', width: 80 },
            { name: 'task', width: 150 },
            { name: 'attempt', width: 75 },
            { name: 'maxAttempts', width: 75 },
            { name: 'started', width: 145 },
            { name: 'errorType', width: 130 },
            { name: 'error' },
            { name: 'worker', width: 130 },
            { name: 'runId', width: 110 },
            { name: 'source', width: 90 },
          ],
        }
      ),
      { x: 0, y: 26, w: 15, h: 8 }
    )
    .place(endedRuns(language, ask), { x: 15, y: 26, w: 9, h: 8 });
  return dashboard;
}
