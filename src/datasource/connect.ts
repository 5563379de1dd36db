import { t } from '@grafana/i18n';
import type { BackendSrv, DataSourceSrv } from '@grafana/runtime';
import type { Connector, Ports } from '../connectors/connector';
import type { SourceSystem } from '../connectors/system';
import { createPorts } from './http-ports';
import { QueryError } from './interpolate';
import { createPrometheusHttp } from './prometheus-port';
import { dataSourceUidOf, systemIdOf, systemOf } from './settings';
import type { RunlaneSettings } from './settings';

/** What a data source needs of Grafana to reach its source. */
export interface Access {
  /** Address of the data source's own proxy. */
  proxy: string;
  backend: Pick<BackendSrv, 'fetch'>;
  dataSources: () => Pick<DataSourceSrv, 'get' | 'getInstanceSettings'>;
}

/**
 * The connector of the chosen source system.
 * @throws QueryError or ConnectorError when the settings name none that works.
 */
export function connect(settings: RunlaneSettings, access: Access): Connector {
  const system = systemOf(settings);
  if (system === undefined) {
    throw new QueryError(
      `[runlane] The data source reads "${systemIdOf(settings)}", which this version of the plugin does not know. ` +
        'Choose another source system in the data source settings, or update the plugin.'
    );
  }
  return system.create(portsFor(system, settings, access), { ...settings });
}

/**
 * The way to the source system: another data source where the settings name one, else a route of plugin.json.
 * @throws QueryError when there is neither: each request to a route without an address is an error in Grafana's log.
 */
function portsFor(system: SourceSystem, settings: RunlaneSettings, { proxy, backend, dataSources }: Access): Ports {
  const uid = dataSourceUidOf(settings);
  if (uid !== undefined) {
    return { http: createPrometheusHttp(uid, dataSources) };
  }
  if ((settings.url ?? '').trim() === '') {
    throw new QueryError(sayNoAddress(system));
  }
  const { path } = system.routeFor?.({ ...settings }) ?? system.routes[0];
  return createPorts(backend, `${proxy}/${path}`, system.id);
}

function sayNoAddress({ name, exampleAddress, throughDataSource }: SourceSystem): string {
  return throughDataSource === undefined
    ? t(
        'datasource.no-address',
        'No address is set. Enter where Grafana reaches {{system}} in the data source settings, for example {{example}}, and save again.',
        { system: name, example: exampleAddress, interpolation: { escapeValue: false } }
      )
    : t(
        'datasource.no-data-source',
        'No {{system}} is chosen. Choose a {{system}} data source of this Grafana in the data source settings, or enter an address, and save again.',
        { system: name, interpolation: { escapeValue: false } }
      );
}
