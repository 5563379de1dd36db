import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from './free-ports';
import { installGo } from './install';
import { scrapeConfigs, withoutIntervals } from './prometheus';
import type { ScrapeTarget } from './prometheus';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

/** Debian has no package of it. The newest that Go 1.26 builds. */
const MODULE = 'github.com/VictoriaMetrics/VictoriaMetrics';
const VERSION = 'v1.151.0';
const program = (name: string) => installGo(`${MODULE}/app/${name}@${VERSION}`);

/** VictoriaMetrics of one node, with Prometheus' HTTP API. */
export interface VictoriaMetrics extends Launched {
  /** Takes samples of any age, as metrics text with milliseconds since 1970; they can be asked for afterwards. */
  importText(text: string): Promise<void>;
}

export async function startVictoriaMetrics({
  scrape = [],
  intervalSeconds = 1,
}: { scrape?: readonly ScrapeTarget[]; intervalSeconds?: number } = {}): Promise<VictoriaMetrics> {
  const command = await program('victoria-metrics');
  const folder = temporaryFolder('victoria-metrics');
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const config = join(folder, 'scrape.yml');
  writeFileSync(config, stringify({ scrape_configs: scrapeConfigs(scrape, intervalSeconds) }));
  const system = await launch({
    name: 'VictoriaMetrics',
    command,
    args: [
      `-httpListenAddr=${address}`,
      `-storageDataPath=${join(folder, 'data')}`,
      `-promscrape.config=${config}`,
      '-retentionPeriod=100y',
      // What was scraped just now is told now, as Prometheus does. Its default leaves out the last 30 s.
      '-search.latencyOffset=0',
      '-loggerLevel=WARN',
    ],
    url,
    ready: '/health',
    folder,
  });
  const importText = async (text: string) => {
    for (const [path, body] of [
      ['/api/v1/import/prometheus', text],
      ['/internal/force_flush', undefined],
      // Samples older than a day do not renew cached answers by themselves.
      ['/internal/resetRollupResultCache', undefined],
    ] as const) {
      const response = await fetch(url + path, { method: 'POST', body });
      if (!response.ok) {
        throw new Error(`VictoriaMetrics answered ${response.status} to ${path}: ${await response.text()}`);
      }
    }
  };
  return { ...system, importText };
}

/** vmalert: evaluates rule files on a VictoriaMetrics, and keeps there what they record. It tells nobody. */
export async function startVmalert({
  rules,
  datasource,
}: {
  rules: readonly string[];
  datasource: string;
}): Promise<Launched> {
  const command = await program('vmalert');
  const folder = temporaryFolder('vmalert');
  const address = `127.0.0.1:${await freePort()}`;
  return launch({
    name: 'vmalert',
    command,
    args: [
      ...rules.map((file, i) => `-rule=${withoutIntervals(file, join(folder, `rules-${i}.yml`))}`),
      `-datasource.url=${datasource}`,
      `-remoteWrite.url=${datasource}`,
      '-notifier.blackhole',
      '-evaluationInterval=1s',
      // Its defaults judge what was 30 s ago.
      '-rule.evalDelay=0s',
      '-remoteWrite.flushInterval=200ms',
      `-httpListenAddr=${address}`,
      '-loggerLevel=WARN',
    ],
    url: `http://${address}`,
    ready: '/health',
    folder,
  });
}
