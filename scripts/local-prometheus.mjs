// A Prometheus beside `npm start`, where there is one: it scrapes the task store and evaluates the rules that users get.
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program of this name on the PATH, if there is one. */
export function findProgram(name, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Writes its configuration to a folder and returns how it is called. It listens on loopback only. */
export function preparePrometheus({ folder, storeUrl, port, rules }) {
  mkdirSync(folder, { recursive: true });
  const config = {
    global: { scrape_interval: '5s', evaluation_interval: '5s' },
    rule_files: [join(rules, '*.yaml')],
    scrape_configs: [{ job_name: 'runlane-store', static_configs: [{ targets: [new URL(storeUrl).host] }] }],
  };
  const file = join(folder, 'prometheus.yml');
  // JSON is YAML.
  writeFileSync(file, `${JSON.stringify(config, undefined, 2)}\n`);
  return [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--storage.tsdb.retention.time=2d',
    `--web.listen-address=127.0.0.1:${port}`,
  ];
}
