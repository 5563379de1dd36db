import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from './free-ports';
import { installGo } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

/** Debian has no package of it. */
const MODULE = 'github.com/prometheus/statsd_exporter@v0.28.0';

export interface StatsdExporter extends Launched {
  /** Where it takes StatsD packets, UDP. */
  statsdPort: number;
}

/** Prometheus' statsd_exporter. @param mapping its mapping file as text; default none, as out of the box */
export async function startStatsdExporter({ mapping }: { mapping?: string } = {}): Promise<StatsdExporter> {
  const command = await installGo(MODULE);
  const folder = temporaryFolder('statsd-exporter');
  const [webPort, statsdPort] = (await freePorts(2)) as [number, number];
  const file = join(folder, 'mapping.yml');
  if (mapping !== undefined) {
    writeFileSync(file, mapping);
  }
  const system = await launch({
    name: 'statsd_exporter',
    command,
    args: [
      `--web.listen-address=127.0.0.1:${webPort}`,
      `--statsd.listen-udp=127.0.0.1:${statsdPort}`,
      '--statsd.listen-tcp=',
      ...(mapping === undefined ? [] : [`--statsd.mapping-config=${file}`]),
    ],
    url: `http://127.0.0.1:${webPort}`,
    ready: '/metrics',
    folder,
  });
  return { ...system, statsdPort };
}
