import React, { useMemo } from 'react';
import { PluginContextProvider } from '@grafana/data';
import type { KeyValue } from '@grafana/data';
import { Alert, LoadingPlaceholder } from '@grafana/ui';
import { useLocation, useParams } from 'react-router';
import { useAppPlugin } from './app-plugin';

/** `/a/<app>/…`: the app's own pages. */
export function AppPage() {
  const { id = '' } = useParams();
  const location = useLocation();
  const app = useAppPlugin(id);
  const query = useMemo(() => Object.fromEntries(new URLSearchParams(location.search)) as KeyValue, [location.search]);

  if (app !== undefined && 'problem' in app) {
    return (
      <Alert severity="error" title={`The app "${id}" cannot be shown`}>
        {app.problem}
      </Alert>
    );
  }
  if (app === undefined) {
    return <LoadingPlaceholder text="Loading app …" />;
  }
  const { meta, plugin } = app;
  const Root = plugin.root;
  if (Root === undefined) {
    return <Alert severity="info" title={`The app "${id}" has no pages of its own`} />;
  }
  return (
    <PluginContextProvider meta={meta}>
      <Root meta={meta} basename={`/a/${id}`} query={query} path={location.pathname} onNavChanged={() => undefined} />
    </PluginContextProvider>
  );
}
