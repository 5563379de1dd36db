import { useEffect, useState } from 'react';
import type { AppPlugin, AppPluginMeta } from '@grafana/data';
import { getBackendSrv } from '@grafana/runtime';
import { loadAppPlugin } from '../plugin-loader';

/** An app with its settings, once both are there, or why they are not. */
export type LoadedApp = { meta: AppPluginMeta; plugin: AppPlugin } | { problem: string } | undefined;

export function useAppPlugin(id: string): LoadedApp {
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
  const problem = failed ?? meta.failed;
  if (problem !== undefined) {
    return { problem };
  }
  return plugin === undefined || meta.found === undefined ? undefined : { meta: meta.found, plugin };
}

/** The app's meta with its settings, as Grafana hands it to the app. */
function usePluginMeta(id: string): { found?: AppPluginMeta; failed?: string } {
  const [state, setState] = useState<{ found?: AppPluginMeta; failed?: string }>({});
  useEffect(() => {
    setState({});
    getBackendSrv()
      .get<AppPluginMeta>(`/api/plugins/${encodeURIComponent(id)}/settings`)
      .then(
        (found) => setState({ found }),
        (error: { data?: { message?: string } }) =>
          setState({ failed: error.data?.message ?? 'The server does not answer.' })
      );
  }, [id]);
  return state;
}
