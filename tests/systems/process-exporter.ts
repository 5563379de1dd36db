import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from './free-ports';
import { installDebian } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

/**
 * Debian's process-exporter.
 * @param processNames its `process_names`: which processes form which group
 */
export async function startProcessExporter({ processNames }: { processNames: readonly object[] }): Promise<Launched> {
  await installDebian({ '/usr/bin/prometheus-process-exporter': 'prometheus-process-exporter' });
  const folder = temporaryFolder('process-exporter');
  const address = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'processes.yml');
  writeFileSync(file, stringify({ process_names: processNames }));
  return launch({
    name: 'process-exporter',
    command: '/usr/bin/prometheus-process-exporter',
    args: ['-config.path', file, '-web.listen-address', address],
    url: `http://${address}`,
    ready: '/metrics',
    folder,
  });
}
