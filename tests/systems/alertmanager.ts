import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from './free-ports';
import { installDebian } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

/** Debian's Alertmanager, alone (no cluster). `config` is alertmanager.yml as an object or as text. */
export async function startAlertmanager({ config }: { config: object | string }): Promise<Launched> {
  await installDebian({ '/usr/bin/prometheus-alertmanager': 'prometheus-alertmanager' });
  const folder = temporaryFolder('alertmanager');
  const address = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, typeof config === 'string' ? config : stringify(config));
  return launch({
    name: 'Alertmanager',
    command: '/usr/bin/prometheus-alertmanager',
    args: [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
    url: `http://${address}`,
    ready: '/-/ready',
    folder,
  });
}
