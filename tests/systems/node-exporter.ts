import { freePort } from './free-ports';
import { installDebian } from './install';
import { launch } from './system';
import type { Launched } from './system';

/** Debian's node_exporter. @param flags such as `--collector.processes` */
export async function startNodeExporter({ flags = [] }: { flags?: readonly string[] } = {}): Promise<Launched> {
  await installDebian({ '/usr/bin/prometheus-node-exporter': 'prometheus-node-exporter' });
  const address = `127.0.0.1:${await freePort()}`;
  return launch({
    name: 'node_exporter',
    command: '/usr/bin/prometheus-node-exporter',
    args: [`--web.listen-address=${address}`, ...flags],
    url: `http://${address}`,
    ready: '/metrics',
  });
}
