import type { DataSourceJsonData } from '@grafana/data';
import type { AirflowSettings } from '../connectors/airflow/system';
import { findSourceSystem, SYSTEMS } from '../connectors/index';
import type { KubernetesSettings } from '../connectors/kubernetes/settings';
import type { PrometheusSettings } from '../connectors/prometheus/system';
import type { SourceSystem } from '../connectors/system';

/** The data source's settings that a browser may see. */
export interface RunlaneSettings extends DataSourceJsonData, PrometheusSettings, AirflowSettings, KubernetesSettings {
  /** Id of a source system in the registry. */
  system?: string;
  /** Address as Grafana's server reaches it. */
  url?: string;
  /** Address with `${traceId}`, `${spanId}`, `${runId}`, `${task}`, `${worker}`, `${from}`, `${to}`. */
  traceUrl?: string;
  logUrl?: string;
  /** Grafana's own name: its server trusts the authority that `tlsCACert` is. */
  tlsAuthWithCACert?: boolean;
  /** Overrides of the health spec, as JSON text. */
  healthSpec?: string;
}

/** What only Grafana's server sees after saving. */
export interface RunlaneSecrets {
  readToken?: string;
  prometheusToken?: string;
  airflowToken?: string;
  dagsterToken?: string;
  kubernetesToken?: string;
  /** Grafana's own name. */
  tlsCACert?: string;
  /** Grafana's own name: it sends user and password itself. */
  basicAuthPassword?: string;
}

/** Id of the source system that is read, known or not. */
export function systemIdOf(settings: RunlaneSettings): string {
  return settings.system ?? SYSTEMS[0].id;
}

/** The source system that is read; absent when this version does not know it. */
export function systemOf(settings: RunlaneSettings): SourceSystem | undefined {
  return findSourceSystem(systemIdOf(settings));
}

/** Uid of the data source that is read through, if one is. */
export function dataSourceUidOf(settings: RunlaneSettings): string | undefined {
  return systemOf(settings)?.throughDataSource?.({ ...settings });
}
