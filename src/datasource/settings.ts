import type { DataSourceJsonData } from '@grafana/data';
import { TASK_STORE } from '../connectors/task-store/connector';

/** The data source's settings that a browser may see. */
export interface RunlaneSettings extends DataSourceJsonData {
  /** Id of a source system in the registry. */
  system?: string;
  /** Address as Grafana's server reaches it. */
  url?: string;
  /** Address with `${traceId}`, `${spanId}`, `${runId}`, `${task}`, `${worker}`, `${from}`, `${to}`. */
  traceUrl?: string;
  logUrl?: string;
  /** Overrides of the health spec, as JSON text. */
  healthSpec?: string;
}

/** What only Grafana's server sees after saving. */
export interface RunlaneSecrets {
  readToken?: string;
}

export function systemOf(settings: RunlaneSettings): string {
  return settings.system ?? TASK_STORE;
}
