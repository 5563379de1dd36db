import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Match } from '../src/model/task-query';
import { board, Grid, type Lanes } from './board';
import { finished, running, sumOf, waiting } from './count-panels';
import { abnormalExits, failingNow, troubleFirst, worstTask } from './health-panels';
import type { Language } from './language';
import { asks, FILTER_VARIABLES, type Scope } from './query';
import { lanesOfRuns, runsTable, type Column } from './run-panels';
import { durationByTask } from './work-panels';

const KUBERNETES: Scope = { systems: ['kubernetes', 'k8s', 'kube-jobs'] };

const LANES: Lanes = [
  ['task', 'Job'],
  ['label:namespace', 'Namespace'],
  ['label:cluster', 'Cluster'],
  ['host', 'Node'],
  ['source', 'Source'],
];

const inState = (...values: string[]): Match => ({ field: 'state', operator: '=', values });

/** Which Jobs and CronJobs fail and for which reason, what was not started, what runs for too long. */
export function kubernetes(language: Language): DashboardBuilder {
  const { say } = language;
  const ask = asks(KUBERNETES);
  const namespace: Column = { name: 'label:namespace', title: say('Namespace'), width: 110 };
  const cluster: Column = { name: 'label:cluster', title: say('Cluster'), width: 100 };
  const dashboard = board(
    {
      uid: 'runlane-kubernetes',
      description:
        'Jobs and CronJobs of Kubernetes: which fail and for which reason, what was not started when it should, what runs for too long.',
      variables: FILTER_VARIABLES,
      scope: KUBERNETES,
      lanes: LANES,
      from: 'now-6h',
      refresh: '30s',
    },
    language
  );

  new Grid(dashboard)
    .place(failingNow(language, ask), { x: 0, y: 0, w: 4, h: 3 })
    .place(waiting(language, ask), { x: 4, y: 0, w: 4, h: 3 })
    .place(running(language, ask), { x: 8, y: 0, w: 4, h: 3 })
    .place(
      sumOf(
        {
          title: say('Failed jobs'),
          description: say('Jobs that failed in this range, each once, however often its pods were tried.'),
          noValue: say('none'),
          name: say('in this range'),
        },
        { ask, what: 'failed' }
      ),
      { x: 12, y: 0, w: 4, h: 3 }
    )
    .place(finished(language, ask), { x: 16, y: 0, w: 4, h: 3 })
    .place(abnormalExits(language, ask), { x: 20, y: 0, w: 4, h: 3 })
    .place(
      runsTable(
        {
          title: say('Failed, with the reason'),
          description: say(
            'The newest first, with the reason that Kubernetes gives: BackoffLimitExceeded, DeadlineExceeded, OOMKilled, Evicted.'
          ),
          noValue: say('No job failed in this range'),
        },
        {
          language,
          ask,
          more: [inState('failed')],
          columns: [
            { name: 'task', title: say('Job'), width: 200 },
            namespace,
            cluster,
            { name: 'errorType', title: say('Reason'), width: 170 },
            { name: 'substate', width: 85 },
            { name: 'exitCode', width: 85 },
            { name: 'finished', width: 145 },
            { name: 'duration', width: 90 },
            { name: 'error' },
            { name: 'runId', width: 150 },
          ],
        }
      ),
      { x: 0, y: 3, w: 24, h: 7 }
    )
    .place(lanesOfRuns(language, ask), { x: 0, y: 10, w: 14, h: 9 })
    .place(
      runsTable(
        {
          title: say('Running longest'),
          description: say('Jobs that run, those that began first on top: what hangs is here.'),
          noValue: say('No job runs'),
        },
        {
          language,
          ask,
          sort: 'started',
          more: [inState('running')],
          columns: [
            { name: 'task', title: say('Job') },
            namespace,
            cluster,
            { name: 'started', width: 145 },
            { name: 'host', title: say('Node'), width: 110 },
          ],
        }
      ),
      { x: 14, y: 10, w: 10, h: 9 }
    )
    .place(troubleFirst(language, ask), { x: 0, y: 19, w: 13, h: 8 })
    .place(
      worstTask(language, ask).description(
        say(
          'Points are taken off for failures, for runs that a schedule expected and that did not come, and for what is slower than usual.'
        )
      ),
      { x: 13, y: 19, w: 11, h: 8 }
    )
    .place(durationByTask(language, ask), { x: 0, y: 27, w: 24, h: 7 });
  return dashboard;
}
