import type { AppRootProps } from '@grafana/data';
import React from 'react';
import { runbookAsked } from './runbook-path';
import { RunbookPage } from './runbook-page';
import { StartPage } from './start-page';

/**
 * The app's pages by their path: a runbook where one is asked for, else the start page. By the property, because two
 * addresses are no reason to ship a router.
 */
// eslint-disable-next-line @typescript-eslint/no-deprecated
export function App({ path, meta }: AppRootProps) {
  const runbook = runbookAsked(path);
  return runbook === undefined ? <StartPage /> : <RunbookPage name={runbook} baseUrl={meta.baseUrl} />;
}
