import React, { createContext, useContext, useEffect, useState } from 'react';
import type { AppPluginMeta } from '@grafana/data';
import { getBackendSrv } from '@grafana/runtime';

/** What the server found on disk. */
export interface Contents {
  dashboards: Array<{ uid: string; title: string; folder: string; tags: string[] }>;
  apps: AppPluginMeta[];
  /** `shown` is false where the plugin is one of Grafana's own. */
  dataSources: Array<{ uid: string; name: string; type: string; shown: boolean }>;
  problems: Array<{ file: string; line?: number; message: string }>;
}

const ContentsContext = createContext<Contents>({ dashboards: [], apps: [], dataSources: [], problems: [] });

export function PreviewContents({ children }: { children: React.ReactNode }) {
  const [contents, setContents] = useState<Contents>();
  const [failed, setFailed] = useState<string>();
  useEffect(() => {
    getBackendSrv()
      .get<Contents>('/api/preview')
      .then(setContents, (error: { data?: { message?: string } }) => setFailed(error.data?.message ?? 'no answer'));
  }, []);
  if (failed !== undefined) {
    return <div role="alert">The server of the preview does not answer: {failed}. Is npm start still running?</div>;
  }
  return contents === undefined ? null : (
    <ContentsContext.Provider value={contents}>{children}</ContentsContext.Provider>
  );
}

export function useContents(): Contents {
  return useContext(ContentsContext);
}
