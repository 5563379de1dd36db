import React, { useEffect, useMemo, useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { getBackendSrv } from '@grafana/runtime';
import { UrlSyncContextProvider } from '@grafana/scenes';
import { Alert, LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import { useParams } from 'react-router';
import { STAND_INS } from '../../stand-in-names';
import { useContents } from '../contents';
import { planDashboard } from '../dashboard-plan';
import { sceneOf } from '../dashboard-to-scene';

type Loaded = { json: Record<string, unknown> } | { failed: string };

/** `/d/<uid>`: one dashboard, converted from its file. */
export function DashboardPage() {
  const { uid = '' } = useParams();
  const styles = useStyles2(getStyles);
  const { dashboards } = useContents();
  const [loaded, setLoaded] = useState<Loaded>();
  useEffect(() => {
    let shown = true;
    setLoaded(undefined);
    getBackendSrv()
      .get<{ dashboard: Record<string, unknown> }>(`/api/dashboards/uid/${encodeURIComponent(uid)}`)
      .then(
        ({ dashboard }) => shown && setLoaded({ json: dashboard }),
        (error: { data?: { message?: string } }) =>
          shown && setLoaded({ failed: error.data?.message ?? 'The server does not answer.' })
      );
    return () => {
      shown = false;
    };
  }, [uid]);

  const view = useMemo(() => {
    if (loaded === undefined || 'failed' in loaded) {
      return undefined;
    }
    const plan = planDashboard(loaded.json);
    return { plan, scene: sceneOf(plan, new Map(Object.entries(STAND_INS)), dashboards) };
  }, [loaded, dashboards]);

  useEffect(() => {
    document.title = view === undefined ? 'Runlane preview' : `${view.plan.title} - Runlane preview`;
  }, [view]);

  if (loaded !== undefined && 'failed' in loaded) {
    return (
      <div className={styles.page}>
        <Alert severity="error" title="This dashboard cannot be shown">
          {loaded.failed}
        </Alert>
      </div>
    );
  }
  if (view === undefined) {
    return <LoadingPlaceholder text="Loading dashboard …" />;
  }
  return (
    <div className={styles.page} data-testid="dashboard">
      <h1 className={styles.title}>{view.plan.title}</h1>
      {view.plan.problems.map((problem) => (
        <Alert key={problem} severity="warning" title="Not shown as in Grafana">
          {problem}
        </Alert>
      ))}
      <UrlSyncContextProvider scene={view.scene} updateUrlOnInit={true} createBrowserHistorySteps={true}>
        <view.scene.Component model={view.scene} />
      </UrlSyncContextProvider>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({
    display: 'flex',
    flexDirection: 'column',
    flexGrow: 1,
    gap: theme.spacing(1),
    padding: theme.spacing(1, 2, 2),
  }),
  title: css({ ...theme.typography.h4, margin: 0 }),
});
