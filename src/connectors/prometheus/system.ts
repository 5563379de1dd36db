import { ConnectorError } from '../../model/connector-error';
import { PROMETHEUS } from '../../prometheus/profile';
import { CUSTOM_PROFILE } from '../../prometheus/profile';
import { PLAIN_ROUTE } from '../system';
import type { ProxyRoute, SourceSystem } from '../system';
import { createPrometheus } from './connector';
import type { PrometheusOptions } from './connector';

export const AUTO_PROFILE = 'auto';

const TOKEN_ROUTE: ProxyRoute = { path: 'prometheus', bearer: 'prometheusToken' };

/** What the data source's settings hold for Prometheus; every part may be absent. */
export interface PrometheusSettings {
  /** Uid of the user's Prometheus data source that is read. Without one, Prometheus is at the address. */
  prometheusUid?: string;
  /** How Grafana signs in at the address: `basic` takes the data source's own user and password. */
  prometheusAuth?: 'token' | 'basic';
  /** Id of a profile, `auto` (also when absent) or `custom`. */
  prometheusProfile?: string;
  /** Labels that tell worlds apart, in place of the profile's: `cluster, site`. */
  prometheusWorlds?: string;
  /** The profile `custom`, as JSON text. */
  customProfile?: string;
}

export const PROMETHEUS_SYSTEM: SourceSystem = {
  id: PROMETHEUS,
  name: 'Prometheus',
  exampleAddress: 'http://localhost:9090',
  routes: [TOKEN_ROUTE, PLAIN_ROUTE],
  routeFor: (settings) => ((settings as PrometheusSettings).prometheusAuth === 'basic' ? PLAIN_ROUTE : TOKEN_ROUTE),
  throughDataSource: (settings) => (settings as PrometheusSettings).prometheusUid || undefined,
  nothing: [],
  keepsHistory: true,
  scores: 'recorded',
  create: (ports, settings = {}) => createPrometheus(ports, decodeOptions(settings)),
};

/** A profile of one's own that was provisioned without naming `custom` is meant to be used. */
export function profileOf({ prometheusProfile = '', customProfile = '' }: PrometheusSettings): string {
  return prometheusProfile || (customProfile.trim() === '' ? AUTO_PROFILE : CUSTOM_PROFILE);
}

/** @throws ConnectorError when the profile of one's own is no JSON. What it must hold is `decodeProfile`'s to say. */
function decodeOptions(settings: PrometheusSettings): PrometheusOptions {
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
    throw new ConnectorError(
      'bad-request',
      PROMETHEUS,
      `The custom profile in the data source settings is no JSON: ${why.replace(/\.$/, '')}. Correct it there.`
    );
  }
}
