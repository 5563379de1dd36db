import type { DataSourceJsonData } from '@grafana/data';
import { PROMETHEUS } from '../connectors/prometheus/connector';
import { CUSTOM_PROFILE } from '../connectors/prometheus/profile';
import { TASK_STORE } from '../connectors/task-store/connector';

/** The data source's settings that a browser may see. */
export interface RunlaneSettings extends DataSourceJsonData {
  /** Id of a source system in the registry. */
  system?: string;
  /** Address as Grafana's server reaches it. */
  url?: string;
  /** Uid of the user's Prometheus data source that is read. Without one, Prometheus is at `url`. */
  prometheusUid?: string;
  /** How Grafana signs in at `url`, for Prometheus: `basic` takes the data source's own user and password. */
  prometheusAuth?: 'token' | 'basic';
  /** Id of a profile, `auto` (also when absent) or `custom`. */
  prometheusProfile?: string;
  /** Labels that tell worlds apart, in place of the profile's: `cluster, site`. */
  prometheusWorlds?: string;
  /** The profile `custom`, as JSON text. */
  customProfile?: string;
  /** Address with `${traceId}`, `${spanId}`, `${runId}`, `${task}`, `${worker}`, `${from}`, `${to}`. */
  traceUrl?: string;
  logUrl?: string;
  /** Overrides of the health spec, as JSON text. */
  healthSpec?: string;
}

/** What only Grafana's server sees after saving. */
export interface RunlaneSecrets {
  readToken?: string;
  prometheusToken?: string;
  /** Grafana's own name: it sends user and password itself. */
  basicAuthPassword?: string;
}

export const AUTO_PROFILE = 'auto';

export function systemOf(settings: RunlaneSettings): string {
  return settings.system ?? TASK_STORE;
}

/** Uid of the Prometheus data source that is read through, if one is. */
export function prometheusUidOf(settings: RunlaneSettings): string | undefined {
  const uid = settings.prometheusUid ?? '';
  return systemOf(settings) === PROMETHEUS && uid !== '' ? uid : undefined;
}

/** A profile of one's own that was provisioned without naming `custom` is meant to be used. */
export function profileOf({ prometheusProfile = '', customProfile = '' }: RunlaneSettings): string {
  return prometheusProfile || (customProfile.trim() === '' ? AUTO_PROFILE : CUSTOM_PROFILE);
}
