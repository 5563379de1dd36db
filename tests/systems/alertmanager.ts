import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from './free-ports';
import { installDebian, installGoWithoutPages } from './install';
import { PROMETHEUS_VERSION } from './prometheus';
import type { PrometheusVersion } from './prometheus';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

const MODULE = 'github.com/prometheus/alertmanager@v0.35.0';
const WITHOUT_PAGES = { program: 'cmd/alertmanager', pages: ['ui/app/dist/elm', 'ui/app/dist/mantine'] };

/** Debian's 0.25 beside Prometheus 2, 0.35 beside Prometheus 3. */
export async function installAlertmanager(version: PrometheusVersion = PROMETHEUS_VERSION): Promise<string> {
  if (version === '3') {
    return installGoWithoutPages(MODULE, WITHOUT_PAGES);
  }
  await installDebian({ '/usr/bin/prometheus-alertmanager': 'prometheus-alertmanager' });
  return '/usr/bin/prometheus-alertmanager';
}

/** Alertmanager, alone (no cluster). `config` is alertmanager.yml as an object or as text. */
export async function startAlertmanager({ config }: { config: object | string }): Promise<Launched> {
  const command = await installAlertmanager();
  const folder = temporaryFolder('alertmanager');
  const address = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, typeof config === 'string' ? config : stringify(config));
  return launch({
    name: 'Alertmanager',
    command,
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
