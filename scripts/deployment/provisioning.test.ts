import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOf, readText, readYaml } from './files';
import { APPS_SCHEMA, DASHBOARD_PROVIDERS_SCHEMA, DATA_SOURCES_SCHEMA } from './provisioning-schemas';

const root = join(__dirname, '../..');
const yamlIn = (folder: string) =>
  readdirSync(join(root, 'provisioning', folder))
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => `provisioning/${folder}/${file}`);

interface DataSource {
  uid: string;
  name: string;
  type: string;
  isDefault?: boolean;
  url?: string;
  jsonData?: Record<string, string>;
  secureJsonData?: Record<string, string>;
}

const dataSourceFiles = yamlIn('datasources');
const sampleFiles = yamlIn('samples/datasources');
const dataSources = dataSourceFiles.flatMap((file) => (readYaml(file) as { datasources: DataSource[] }).datasources);
const ownIds = ['src', 'src/datasource', 'src/panels/timeline', 'src/panels/health'].map(
  (folder) => (JSON.parse(readText(`${folder}/plugin.json`)) as { id: string }).id
);

it.each([
  ...[...dataSourceFiles, ...sampleFiles].map((file) => [file, DATA_SOURCES_SCHEMA] as const),
  ...yamlIn('plugins').map((file) => [file, APPS_SCHEMA] as const),
  ...yamlIn('dashboards').map((file) => [file, DASHBOARD_PROVIDERS_SCHEMA] as const),
])('%s is what Grafana reads', (file, schema) => {
  expect(faultsOf(schema, readYaml(file))).toEqual([]);
});

it('would refuse a misspelt key, which Grafana passes over in silence', () => {
  const file = readYaml('provisioning/datasources/runlane.yaml') as { datasources: Array<Record<string, unknown>> };
  Object.assign(file.datasources[0] ?? {}, { secureJsondata: {} });
  expect(faultsOf(DATA_SOURCES_SCHEMA, file)).toEqual([expect.stringContaining('additional properties')]);
});

it('has one data source per uid and name, and one default', () => {
  expect(new Set(dataSources.map(({ uid }) => uid)).size).toBe(dataSources.length);
  expect(new Set(dataSources.map(({ name }) => name)).size).toBe(dataSources.length);
  expect(dataSources.filter(({ isDefault }) => isDefault)).toHaveLength(1);
});

it('names only plugins that this repository or Grafana brings', () => {
  expect(dataSources.map(({ type }) => type).filter((type) => type !== 'prometheus' && !ownIds.includes(type))).toEqual(
    []
  );
  const apps = yamlIn('plugins').flatMap((file) => (readYaml(file) as { apps: Array<{ type: string }> }).apps);
  expect(apps.map(({ type }) => type)).toEqual([ownIds[0]]);
});

it('gives the data source no address of its own, so that nothing but its GET routes can be reached through Grafana', () => {
  const own = dataSources.filter(({ type }) => ownIds.includes(type));
  expect(own.map(({ uid, url }) => [uid, url])).toEqual([
    ['runlane', undefined],
    ['runlane-prometheus', undefined],
  ]);
});

it('sets the settings that the data source’s routes read', () => {
  const own = dataSources.find(({ uid }) => uid === 'runlane');
  const { routes } = JSON.parse(readText('src/datasource/plugin.json')) as { routes: Array<{ path: string }> };
  const store = JSON.stringify(routes.find(({ path }) => path === 'store'));
  const read = (kind: string) => [
    ...new Set([...store.matchAll(new RegExp(`\\.${kind}\\.(\\w+)`, 'g'))].map((match) => match[1])),
  ];
  expect(Object.keys(own?.jsonData ?? {})).toEqual(read('JsonData'));
  expect(Object.keys(own?.secureJsonData ?? {})).toEqual(read('SecureJsonData'));
});

it('asks the Prometheus that is provisioned, for what the data source’s settings are called', () => {
  const own = dataSources.find(({ uid }) => uid === 'runlane-prometheus');
  const { system = '', prometheusUid = '' } = own?.jsonData ?? {};
  expect(dataSources.find(({ uid }) => uid === prometheusUid)?.type).toBe(system);
  const settings = readText('src/datasource/settings.ts') + readText('src/connectors/prometheus/system.ts');
  for (const name of Object.keys(own?.jsonData ?? {})) {
    expect(settings).toMatch(new RegExp(`\\b${name}\\?:`));
  }
});

it('loads with nothing set: a variable is a whole value, and none that Grafana must have', () => {
  const required = /^\s*(-\s*)?(name|uid|type|access|orgId|org_id|path|apiVersion|folder):.*\$/m;
  for (const file of [...dataSourceFiles, ...yamlIn('plugins'), ...yamlIn('dashboards')]) {
    const text = readText(file).replace(/^\s*#.*$/gm, '');
    expect([file, required.test(text)]).toEqual([file, false]);
    const values = [...text.matchAll(/: *(.*\$.*)$/gm)].map((match) => match[1]);
    expect([file, values.filter((value) => !/^\$[A-Z][A-Z0-9_]*$/.test(value ?? ''))]).toEqual([file, []]);
  }
});

it('explains every variable that it reads', () => {
  const readme = readText('provisioning/README.md');
  for (const file of dataSourceFiles) {
    for (const [, name] of readText(file).matchAll(/: \$([A-Z][A-Z0-9_]*)/g)) {
      expect(readme).toContain(`\`${name}\``);
    }
  }
});

it('loads dashboards from a folder that exists, none of which the plugin bundles', () => {
  const providers = yamlIn('dashboards').flatMap(
    (file) => (readYaml(file) as { providers: Array<{ options: { path: string } }> }).providers
  );
  const uidsIn = (folder: string) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.json'))
      .map((file) => (JSON.parse(readText(`${folder}/${file}`)) as { uid: string }).uid);
  const bundled = uidsIn('src/dashboards');
  expect(bundled.length).toBeGreaterThan(0);
  for (const { options } of providers) {
    const folder = options.path.replace('/etc/grafana/', '');
    expect([folder, existsSync(join(root, folder))]).toEqual([folder, true]);
    expect(uidsIn(folder).length).toBeGreaterThan(0);
    expect(uidsIn(folder).filter((uid) => bundled.includes(uid))).toEqual([]);
  }
});
