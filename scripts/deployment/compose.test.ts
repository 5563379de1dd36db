import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { COMPOSE_SCHEMA } from './compose-schema';
import { faultsOf, readText, readYaml } from './files';

const root = join(__dirname, '../..');

interface Mount {
  type: 'bind' | 'volume';
  source: string;
  target: string;
}
interface Service {
  image?: string;
  build?: { context: string; dockerfile: string; target: string };
  command?: string[];
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string>;
  ports?: string[];
  expose?: string[];
  volumes?: Mount[];
  configs?: Array<{ source: string; target: string }>;
}
interface Compose {
  services: Record<'grafana' | 'store' | 'demo' | 'prometheus' | 'alertmanager', Service>;
  configs: Record<string, { content: string }>;
  volumes: Record<string, null>;
}

const compose = readYaml('docker-compose.yaml') as Compose;
const { grafana, store, demo, prometheus, alertmanager } = compose.services;
const services = Object.entries(compose.services) as Array<[string, Service]>;
const dockerfile = readText('store/Dockerfile');

/** The text of every source file below some folders that is no test: where names must be known. */
function codeOf(...folders: string[]): string {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((file) => `${folder}/${String(file)}`)
    )
    .filter((file) => /\.(ts|tsx|mjs)$/.test(file) && !/\.test\.|node_modules|\/dist\//.test(file))
    .map(readText)
    .join('\n');
}

/** The port that a flag of the store has when it is not given. */
function storePort(): string {
  return /--port <number>'[^\n]*'(\d+)'\)/.exec(readText('store/src/store-command.ts'))?.[1] ?? '';
}

function pluginIds(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true })
    .map(String)
    .filter((file) => /(^|\/)plugin\.json$/.test(file))
    .map((file) => (JSON.parse(readText(`src/${file}`)) as { id: string }).id)
    .sort();
}

it('keeps to the Compose specification', () => {
  expect(faultsOf(COMPOSE_SCHEMA, compose)).toEqual([]);
});

it.each([
  ['a misspelt key', (one: Compose) => Object.assign(one.services.store, { enviroment: {} })],
  ['a service without image or build', (one: Compose) => delete one.services.grafana.image],
  ['an image without a version', (one: Compose) => (one.services.prometheus.image = 'prom/prometheus:latest')],
  ['a port that is open to everybody', (one: Compose) => (one.services.grafana.ports = ['3000:3000'])],
  [
    'a folder that would be made when missing',
    (one: Compose) => delete (one.services.grafana.volumes?.[0] as { bind?: object }).bind,
  ],
  ['an unquoted truth value', (one: Compose) => Object.assign(one.services.grafana.environment ?? {}, { GF_X: true })],
])('would refuse %s', (_what, change) => {
  const copy = structuredClone(compose);
  change(copy);
  expect(faultsOf(COMPOSE_SCHEMA, copy)).not.toEqual([]);
});

it('lets Grafana load the app and every plugin inside it, which are not signed', () => {
  const allowed = grafana.environment?.GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS?.split(',').sort();
  expect(allowed).toEqual(pluginIds());
});

it('puts the build where Grafana looks for a plugin of that id', () => {
  const { id } = JSON.parse(readText('src/plugin.json')) as { id: string };
  const mount = grafana.volumes?.find(({ source }) => source === './dist');
  expect(mount?.target).toBe(`/var/lib/grafana/plugins/${id}`);
  expect(readText('.config/bundler/constants.ts')).toContain("DIST_DIR = 'dist'");
});

it('starts no Grafana that is older than the plugin wants', () => {
  const { dependencies } = JSON.parse(readText('src/plugin.json')) as { dependencies: { grafanaDependency: string } };
  const version = /:-([\d.]+)\}/.exec(grafana.image ?? '')?.[1];
  expect(dependencies.grafanaDependency).toBe(`>=${version}`);
});

it('mounts only what exists: builds aside, every path is in the repository', () => {
  for (const [name, service] of services) {
    for (const { type, source } of service.volumes ?? []) {
      const exists =
        type === 'volume' ? source in compose.volumes : source === './dist' || existsSync(join(root, source));
      expect([name, source, exists]).toEqual([name, source, true]);
    }
    for (const { source } of service.configs ?? []) {
      expect(Object.keys(compose.configs)).toContain(source);
    }
    for (const other of Object.keys(service.depends_on ?? {})) {
      expect(Object.keys(compose.services)).toContain(other);
    }
  }
  const used = services.flatMap(([, service]) => service.volumes ?? []).map(({ source }) => source);
  expect(Object.keys(compose.volumes).filter((name) => !used.includes(name))).toEqual([]);
});

it('waits only for the health of services that have a health check', () => {
  const healthy = services.flatMap(([, service]) =>
    Object.entries(service.depends_on ?? {}).flatMap(([name, { condition }]) =>
      condition === 'service_healthy' ? [name] : []
    )
  );
  expect(new Set(healthy)).toEqual(new Set(['store']));
  expect(stage('store')).toMatch(/^HEALTHCHECK --interval/m);
});

it('uses the same port for the store everywhere: its own default', () => {
  const port = storePort();
  expect(port).toMatch(/^\d+$/);
  expect(store.expose).toEqual([port]);
  expect(stage('store')).toContain(`EXPOSE ${port}`);
  expect(stage('store')).toContain(`"--port", "${port}"`);
  expect(stage('store')).toContain(`http://127.0.0.1:${port}/readyz`);
  expect(grafana.environment?.RUNLANE_STORE_URL).toBe(`http://store:${port}`);
  expect(demo.environment?.RUNLANE_STORE).toBe(`http://store:${port}`);
  const scrape = readYaml('provisioning/prometheus/prometheus.yml') as {
    scrape_configs: Array<{ job_name: string; metrics_path?: string; static_configs: Array<{ targets: string[] }> }>;
  };
  const job = scrape.scrape_configs.find(({ job_name }) => job_name === 'runlane-store');
  expect(job?.static_configs[0]?.targets).toEqual([`store:${port}`]);
  expect(codeOf('store/src/api')).toContain(`'${job?.metrics_path}'`);
  expect(codeOf('store/src/api')).toContain("'/readyz'");
});

it('lets Prometheus send the read token that the store knows', () => {
  const file = /credentials_file: (\S+)/.exec(readText('provisioning/prometheus/prometheus.yml'))?.[1];
  const config = prometheus.configs?.find(({ target }) => target === file);
  expect(compose.configs[config?.source ?? '']?.content).toBe(store.environment?.RUNLANE_READ_TOKEN);
  expect(grafana.environment?.RUNLANE_READ_TOKEN).toBe(store.environment?.RUNLANE_READ_TOKEN);
  expect(grafana.environment?.RUNLANE_WRITE_TOKEN).toBe(store.environment?.RUNLANE_WRITE_TOKEN);
  expect(demo.environment?.RUNLANE_TOKEN).toBe(store.environment?.RUNLANE_WRITE_TOKEN);
});

it('names the Prometheus that the provisioned data source asks', () => {
  const { datasources } = readYaml('provisioning/datasources/prometheus.yaml') as {
    datasources: Array<{ url: string }>;
  };
  expect(datasources.map(({ url }) => url)).toEqual([`http://prometheus:${prometheus.expose?.[0]}`]);
});

it('uses one address for Alertmanager: its own default port, by whoever tells it something', () => {
  const [port] = alertmanager.expose ?? [];
  const { alerting, scrape_configs } = readYaml('provisioning/prometheus/prometheus.yml') as {
    alerting: { alertmanagers: Array<{ static_configs: Array<{ targets: string[] }> }> };
    scrape_configs: Array<{ job_name: string; static_configs: Array<{ targets: string[] }> }>;
  };
  const targetsOf = (job: string) =>
    scrape_configs.find(({ job_name }) => job_name === job)?.static_configs[0]?.targets;
  expect(port).toBe('9093');
  expect(alerting.alertmanagers.flatMap(({ static_configs }) => static_configs[0]?.targets)).toEqual([
    `alertmanager:${port}`,
  ]);
  expect(targetsOf('alertmanager')).toEqual([`alertmanager:${port}`]);
  expect(targetsOf('grafana')).toEqual([`grafana:${grafana.ports?.[0]?.split(':').at(-1)}`]);
  expect(readText('provisioning/store/runlane.yaml')).toContain(`'http://alertmanager:${port}'`);
  expect(readText('provisioning/samples/datasources/alertmanager.yaml')).toContain(`http://alertmanager:${port}\n`);
});

it('mounts the configs where Prometheus, Alertmanager and the store look for them', () => {
  const folderOf = (service: Service, source: string) => service.volumes?.find((one) => one.source === source)?.target;
  expect(folderOf(prometheus, './provisioning/prometheus')).toBe('/etc/prometheus');
  expect(folderOf(alertmanager, './provisioning/prometheus')).toBe('/etc/alertmanager');
  for (const file of ['prometheus.yml', 'alertmanager.yml']) {
    expect(existsSync(join(root, 'provisioning/prometheus', file))).toBe(true);
  }
  const config = store.command?.[store.command.indexOf('--config') + 1] ?? '';
  const folder = folderOf(store, './provisioning/store') ?? '';
  expect(config).toBe(`${folder}/runlane.yaml`);
  expect(existsSync(join(root, 'provisioning/store/runlane.yaml'))).toBe(true);
});

it('starts the store as its image does, with a config file in addition', () => {
  const [, image] =
    /^CMD (\[.*\])$/m.exec(
      stage('store')
        .split('HEALTHCHECK')
        .at(-1)
        ?.replace(/^.*?\n {2}CMD.*$/m, '') ?? ''
    ) ?? [];
  expect(store.command?.slice(0, -2)).toEqual(JSON.parse(image ?? '[]'));
  expect(store.command?.at(-2)).toBe('--config');
  expect(readText('store/src/store-command.ts')).toContain("'--config <");
});

it('sets only variables that somebody reads', () => {
  const read: Record<string, string> = {
    grafana: readText('provisioning/datasources/runlane.yaml') + readText('provisioning/alerting/contact-points.yaml'),
    store: codeOf('store/src'),
    demo: codeOf('demo', 'store/src'),
    prometheus: '',
    alertmanager: '',
  };
  for (const [name, service] of services) {
    const own = Object.keys(service.environment ?? {}).filter((variable) => !variable.startsWith('GF_'));
    const unknown = own.filter((variable) => !new RegExp(`\\b${variable}\\b`).test(read[name] ?? ''));
    expect([name, unknown]).toEqual([name, []]);
  }
});

it('gives every variable of the host a default, so that it starts with nothing set', () => {
  const bare = [...readText('docker-compose.yaml').matchAll(/\$\{(\w+)([^}]*)\}/g)].filter(
    (match) => !match[2]?.startsWith(':-')
  );
  expect(bare.map((match) => match[0])).toEqual([]);
});

it('calls programs and flags that exist', () => {
  const [script, ...flags] = demo.command ?? [];
  expect(existsSync(join(root, script ?? ''))).toBe(true);
  for (const flag of flags.filter((word) => word.startsWith('--'))) {
    expect(readText(script ?? '')).toContain(`${flag} `);
  }
  const command = readText('store/src/store-command.ts');
  for (const [, flag] of stage('store').matchAll(/"(--[a-z-]+)", "/g)) {
    expect(command).toContain(`'${flag} <`);
  }
  expect(command).toContain(".command('store')");
});

/** The lines of one stage of the Dockerfile. */
function stage(name: string): string {
  return dockerfile.split(/^(?=FROM )/m).find((part) => new RegExp(`^FROM .* AS ${name}$`, 'm').test(part)) ?? '';
}

describe('the store’s Dockerfile', () => {
  it('has the stages that the services are built from', () => {
    for (const service of [store, demo]) {
      expect(service.build?.dockerfile).toBe('store/Dockerfile');
      expect(stage(service.build?.target ?? '')).not.toBe('');
    }
  });

  it('runs as a user without rights', () => {
    for (const name of ['store', 'demo']) {
      expect(
        stage(name)
          .match(/^USER .*$/gm)
          ?.at(-1)
      ).toBe('USER node');
    }
  });

  it('copies only what exists and what .dockerignore lets through', () => {
    const allowed = readText('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      (match[1] ?? '').split(' ')
    );
    expect(copied.length).toBeGreaterThan(5);
    for (const path of copied.filter((one) => !one.endsWith('*'))) {
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
      expect([path, allowed.some((one) => path === one || path.startsWith(`${one}/`))]).toEqual([path, true]);
    }
  });

  it('runs on the Node that the project wants', () => {
    const { engines } = JSON.parse(readText('package.json')) as { engines: { node: string } };
    const [, wanted] = /(\d+)\./.exec(engines.node) ?? [];
    const versions = [...dockerfile.matchAll(/^FROM node:(\d+)\./gm)].map((match) => match[1]);
    expect(new Set(versions)).toEqual(new Set([wanted]));
  });

  it('has the bundle’s files where the program looks for them', () => {
    expect(readText('store/bin/runlane.mjs')).toContain('../dist/');
    expect(stage('store')).toContain('COPY --from=build /build/store/dist store/dist');
    expect(stage('store')).toContain('COPY store/bin store/bin');
  });
});
