import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { board, Grid } from './board';
import { endedRuns, whyRunsFailed } from './health-panels';
import type { Language } from './language';
import { ASK_ALL, FILTER_VARIABLES, SELECT_VARIABLE } from './query';
import { lanesOfRuns } from './run-panels';

/** What happened when: the timeline as large as a screen, then the same range counted, then why runs failed. */
export function timeline(language: Language): DashboardBuilder {
  const dashboard = board(
    {
      uid: 'runlane-timeline',
      description: 'What happened when: every run on one time axis, how many there were, and why some failed.',
      variables: FILTER_VARIABLES,
      lanes: true,
      selects: true,
      from: 'now-30m',
      refresh: '5s',
    },
    language
  );
  new Grid(dashboard)
    .place(lanesOfRuns(language, ASK_ALL, { selectRun: `\${${SELECT_VARIABLE}:raw}` }), { x: 0, y: 0, w: 24, h: 16 })
    .place(endedRuns(language), { x: 0, y: 16, w: 8, h: 8 })
    .place(whyRunsFailed(language), { x: 8, y: 16, w: 16, h: 8 });
  return dashboard;
}
