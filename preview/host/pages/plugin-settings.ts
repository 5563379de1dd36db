import { useEffect, useState } from 'react';
import type { AppPluginMeta } from '@grafana/data';
import { getBackendSrv } from '@grafana/runtime';

/** The app's meta with its settings, as Grafana hands it to the app. */
export function usePluginMeta(id: string): { found?: AppPluginMeta; failed?: string } {
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
