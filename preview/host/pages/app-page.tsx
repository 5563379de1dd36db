import React, { useEffect, useMemo, useState } from 'react';
import { PluginContextProvider } from '@grafana/data';
import type { AppPlugin, KeyValue } from '@grafana/data';
import { Alert, LoadingPlaceholder } from '@grafana/ui';
import { useLocation, useParams } from 'react-router';
import { loadAppPlugin } from '../plugin-loader';
import { usePluginMeta } from './plugin-settings';

/** `/a/<app>/…`: the app's own pages. */
export function AppPage() {
  const { id = '' } = useParams();
  const location = useLocation();
  const meta = usePluginMeta(id);
  const [plugin, setPlugin] = useState<AppPlugin>();
  const [failed, setFailed] = useState<string>();
  useEffect(() => {
    if (meta.found !== undefined) {
      loadAppPlugin(meta.found).then(setPlugin, (error: unknown) =>
        setFailed(error instanceof Error ? error.message : String(error))
      );
    }
  }, [meta.found]);
  const query = useMemo(() => Object.fromEntries(new URLSearchParams(location.search)) as KeyValue, [location.search]);

  const problem = failed ?? meta.failed;
  if (problem !== undefined) {
    return (
      <Alert severity="error" title={`The app "${id}" cannot be shown`}>
        {problem}
      </Alert>
    );
  }
  if (plugin === undefined || meta.found === undefined) {
    return <LoadingPlaceholder text="Loading app …" />;
  }
  const Root = plugin.root;
  if (Root === undefined) {
    return <Alert severity="info" title={`The app "${id}" has no pages of its own`} />;
  }
  return (
    <PluginContextProvider meta={meta.found}>
      <Root
        meta={meta.found}
        basename={`/a/${id}`}
        query={query}
        path={location.pathname}
        onNavChanged={() => undefined}
      />
    </PluginContextProvider>
  );
}
