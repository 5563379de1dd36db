import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid } from './board';
import { finished, running, waiting } from './count-panels';
import { abnormalExits, failingNow, troubleFirst, worstTask } from './health-panels';
import type { Language } from './language';
import { ASK_ALL, FILTER_VARIABLES } from './query';
import { lanesOfRuns } from './run-panels';

/**
 * Is it healthy, what broke, since when? Five numbers, the worst task with its reasons beside all tasks in trouble,
 * then the timeline: 19 grid rows, which is what 1440 × 900 shows without scrolling.
 */
export function overview(language: Language): DashboardBuilder {
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

  new Grid(dashboard)
    .place(failingNow(language), { x: 0, y: 0, w: 5, h: 3 })
    .place(waiting(language), { x: 5, y: 0, w: 5, h: 3 })
    .place(running(language), { x: 10, y: 0, w: 4, h: 3 })
    .place(finished(language), { x: 14, y: 0, w: 5, h: 3 })
    .place(abnormalExits(language), { x: 19, y: 0, w: 5, h: 3 })
    .place(worstTask(language), { x: 0, y: 3, w: 11, h: 6 })
    .place(troubleFirst(language), { x: 11, y: 3, w: 13, h: 6 })
    .place(lanesOfRuns(language, ASK_ALL, { density: 'compact' }), { x: 0, y: 9, w: 24, h: 10 });
  return dashboard;
}
