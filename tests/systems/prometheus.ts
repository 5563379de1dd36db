import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { freePort } from './free-ports';
import { installDebian, installGo } from './install';
import { launch, temporaryFolder } from './system';
import type { Launched } from './system';

const run = promisify(execFile);

export interface ScrapeTarget {
  job: string;
  /** `http://127.0.0.1:9808` or `127.0.0.1:9808`. */
  target: string;
  /** Default `/metrics`. */
  path?: string;
  /** Default: that of all. Also the time it may take to answer. */
  intervalSeconds?: number;
}

export interface PrometheusOptions {
  scrape?: readonly ScrapeTarget[];
  /** Rule files, absolute paths. Intervals of their groups are left out, so that `intervalSeconds` holds. */
  rules?: readonly string[];
  /** Address of an Alertmanager. */
  alertmanager?: string;
  /** Between scrapes and between evaluations of rules. Default 1 s. */
  intervalSeconds?: number;
  /** What it knows from the beginning, of any age: OpenMetrics text with instants. */
  samples?: string;
  /** More flags: `--query.max-samples=1000`. */
  flags?: readonly string[];
  /** More of each scrape's configuration. */
  scrapeAs?: object;
  version?: PrometheusVersion;
}

/** `2`: 2.42, Debian's. `3`: 3.16, which no distribution packages, built from its module. */
export type PrometheusVersion = '2' | '3';

/** What a test runs on that does not say so itself: `npm run test:live` runs those that read Prometheus on either. */
export const PROMETHEUS_VERSION: PrometheusVersion = process.env['RUNLANE_TEST_PROMETHEUS'] === '3' ? '3' : '2';

const MODULE_3 = 'github.com/prometheus/prometheus';
const VERSION_3 = 'v0.316.0';
/** Without its means of finding targets in clouds, which take most of the time to build. */
const TAGS_3 = ['netgo', 'remove_all_sd'];

/** The absolute path of the program. */
export async function installPrometheus(
  program: 'prometheus' | 'promtool',
  version: PrometheusVersion = PROMETHEUS_VERSION
): Promise<string> {
  if (version === '3') {
    return installGo(`${MODULE_3}/cmd/${program}@${VERSION_3}`, TAGS_3);
  }
  await installDebian({ [`/usr/bin/${program}`]: 'prometheus' });
  return `/usr/bin/${program}`;
}

/** Prometheus on a database of its own. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<Launched> {
  const { version = PROMETHEUS_VERSION } = options;
  const command = await installPrometheus('prometheus', version);
  const { scrape = [], rules = [], alertmanager, intervalSeconds = 1, samples, flags = [], scrapeAs } = options;
  const folder = temporaryFolder('prometheus');
  const address = `127.0.0.1:${await freePort()}`;
  const interval = `${intervalSeconds}s`;
  const config = {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: rules.map((file, index) => withoutIntervals(file, join(folder, `rules-${index}.yml`))),
    scrape_configs: scrapeConfigs(scrape, intervalSeconds).map((one) => ({ ...one, ...scrapeAs })),
    ...(alertmanager === undefined
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: [hostOf(alertmanager)] }] }] } }),
  };
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, stringify(config));
  const data = join(folder, 'data');
  if (samples !== undefined) {
    const text = join(folder, 'samples.txt');
    writeFileSync(text, samples);
    await run(await installPrometheus('promtool', version), ['tsdb', 'create-blocks-from', 'openmetrics', text, data]);
  }
  return launch({
    name: 'Prometheus',
    command,
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${data}`,
      ...(samples === undefined ? [] : ['--storage.tsdb.retention.time=100y']),
      `--web.listen-address=${address}`,
      '--log.level=warn',
      ...flags,
    ],
    url: `http://${address}`,
    ready: '/-/ready',
    folder,
  });
}

/** As in prometheus.yml, which others read too. */
export function scrapeConfigs(scrape: readonly ScrapeTarget[], intervalSeconds: number): object[] {
  return scrape.map(({ job, target, path = '/metrics', intervalSeconds: own = intervalSeconds }) => ({
    job_name: job,
    metrics_path: path,
    scrape_interval: `${own}s`,
    scrape_timeout: `${own}s`,
    static_configs: [{ targets: [hostOf(target)] }],
  }));
}

/** A copy of a rule file whose groups have no interval of their own. */
export function withoutIntervals(from: string, to: string): string {
  const file = parse(readFileSync(from, 'utf8')) as { groups: Array<{ interval?: string }> };
  file.groups.forEach((group) => delete group.interval);
  writeFileSync(to, stringify(file));
  return to;
}

function hostOf(target: string): string {
  return target.replace(/^https?:\/\//, '').replace(/\/$/, '');
}
