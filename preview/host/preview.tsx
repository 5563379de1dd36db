import React, { useEffect, useMemo, useState } from 'react';
import { css } from '@emotion/css';
import { ThemeContext } from '@grafana/data';
import type { GrafanaTheme2 } from '@grafana/data';
import { LocationServiceProvider, config, locationService } from '@grafana/runtime';
import { ErrorBoundaryAlert, GlobalStyles, ModalRoot, PortalContainer, useStyles2 } from '@grafana/ui';
import { Route, Router, Routes } from 'react-router';
import type { Navigator } from 'react-router';
import { PreviewContents } from './contents';
import type { PreviewDataSourceService } from './data-source-service';
import { AppConfigPage } from './pages/app-config-page';
import { AppPage } from './pages/app-page';
import { DashboardPage } from './pages/dashboard-page';
import { DataSourcePage } from './pages/data-source-page';
import { QueryPage } from './pages/query-page';
import { StartPage } from './pages/start-page';
import { TopBar } from './top-bar';

/** The whole page: theme, address bar, top bar, and the page for the address. */
export function Preview({ dataSources }: { dataSources: PreviewDataSourceService }) {
  const history = useMemo(() => locationService.getHistory(), []);
  const [location, setLocation] = useState(history.location);
  useEffect(() => history.listen(setLocation), [history]);
  const kiosk = new URLSearchParams(location.search).has('kiosk');
  return (
    <ThemeContext.Provider value={config.theme2}>
      <LocationServiceProvider service={locationService}>
        <GlobalStyles />
        <PreviewContents>
          <Router location={location} navigator={history as unknown as Navigator}>
            <Frame kiosk={kiosk}>
              <ErrorBoundaryAlert key={location.pathname} title="This page of the preview failed">
                <Routes>
                  <Route path="/" element={<StartPage />} />
                  <Route path="/dashboards" element={<StartPage />} />
                  <Route path="/d/:uid/*" element={<DashboardPage />} />
                  <Route path="/a/:id/*" element={<AppPage />} />
                  <Route path="/plugins/:id" element={<AppConfigPage />} />
                  <Route path="/connections/datasources" element={<StartPage />} />
                  <Route
                    path="/connections/datasources/edit/:uid"
                    element={<DataSourcePage dataSources={dataSources} />}
                  />
                  <Route path="/explore" element={<QueryPage />} />
                  <Route path="*" element={<OnlyInGrafana path={location.pathname} />} />
                </Routes>
              </ErrorBoundaryAlert>
            </Frame>
          </Router>
        </PreviewContents>
        <PortalContainer />
        <ModalRoot />
      </LocationServiceProvider>
    </ThemeContext.Provider>
  );
}

function Frame({ kiosk, children }: { kiosk: boolean; children: React.ReactNode }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.frame}>
      {!kiosk && <TopBar />}
      <main className={styles.main}>{children}</main>
    </div>
  );
}

function OnlyInGrafana({ path }: { path: string }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.message} role="alert">
      <h1>Not in the preview</h1>
      <p>
        <code>{path}</code> is a page of Grafana. Install Runlane there to open it, or go back to the{' '}
        <a href="/">start page</a>.
      </p>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  frame: css({
    display: 'flex',
    flexDirection: 'column',
    minHeight: '100vh',
    background: theme.colors.background.canvas,
  }),
  main: css({ display: 'flex', flexDirection: 'column', flexGrow: 1, minWidth: 0 }),
  message: css({ padding: theme.spacing(3) }),
});
