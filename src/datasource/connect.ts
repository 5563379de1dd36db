import type { BackendSrv, DataSourceSrv } from '@grafana/runtime';
import type { ConnectorOptions, Ports } from '../connectors/connector';
import { PROMETHEUS } from '../connectors/prometheus/connector';
import { CUSTOM_PROFILE } from '../connectors/prometheus/profile';
import { createPorts } from './http-ports';
import { QueryError } from './interpolate';
import { createPrometheusHttp } from './prometheus-port';
import { profileOf, prometheusUidOf, systemOf } from './settings';
import type { RunlaneSettings } from './settings';

/** What a data source needs of Grafana to reach its source. */
export interface Access {
  /** Address of the data source's own proxy. */
  proxy: string;
  backend: Pick<BackendSrv, 'fetch' | 'chunked'>;
  dataSources: () => Pick<DataSourceSrv, 'get' | 'getInstanceSettings'>;
}

/** The way to the source system: the user's own Prometheus data source where one is named, else a route of plugin.json. */
export function portsFor(settings: RunlaneSettings, { proxy, backend, dataSources }: Access): Ports {
  const system = systemOf(settings);
  const uid = prometheusUidOf(settings);
  if (uid !== undefined) {
    return { http: createPrometheusHttp(uid, dataSources) };
  }
  return createPorts(backend, `${proxy}/${routeOf(system, settings)}`, system);
}

/** Grafana signs in by itself only on a route without an `Authorization` of its own. */
function routeOf(system: string, { prometheusAuth }: RunlaneSettings): string {
  return system !== PROMETHEUS ? 'store' : prometheusAuth === 'basic' ? 'basic-prometheus' : 'prometheus';
}

/** @throws QueryError when the profile of one's own is no JSON. What it must hold is the connector's to say. */
export function optionsFor(settings: RunlaneSettings): ConnectorOptions {
  const profile = profileOf(settings);
  const { prometheusWorlds = '' } = settings;
  const worlds = prometheusWorlds.trim() === '' ? {} : { worldLabels: prometheusWorlds };
  if (profile !== CUSTOM_PROFILE) {
    return { profile, ...worlds };
  }
  try {
    return { profile, ...worlds, customProfile: JSON.parse(settings.customProfile ?? '') };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new QueryError(
      `[runlane] The custom profile in the data source settings is no JSON: ${why.replace(/\.$/, '')}. Correct it there.`
    );
  }
}
