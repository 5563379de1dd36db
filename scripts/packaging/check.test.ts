import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDist, checkZip } from './check';
import { fixturePlugin, type FixturePlugin } from './plugin.kit';
import { readZip, unpackZip, writeZip } from './zip';

let plugin: FixturePlugin;
beforeEach(() => {
  plugin = fixturePlugin();
});
afterEach(() => {
  plugin.dispose();
});

const rules = () => [...new Set(checkDist(plugin.dist, plugin.root).map((finding) => finding.rule))];
const info = (json: Record<string, unknown>) => json.info as Record<string, unknown>;
const includes = (json: Record<string, unknown>) => json.includes as Array<Record<string, unknown>>;

it('finds nothing in a plugin that keeps every rule', () => {
  expect(checkDist(plugin.dist, plugin.root)).toEqual([]);
});

/** One broken thing per rule: each line proves that its rule can fail, and that it fails alone. */
const BREAKS: ReadonlyArray<[rule: string, what: string, how: () => void]> = [
  ['metadata-missing', 'nothing was built', () => plugin.remove('dist/plugin.json')],
  ['metadata-valid', 'plugin.json is no JSON', () => plugin.write('dist/extra/plugin.json', '{"id":')],
  ['metadata-valid', 'the name is missing', () => plugin.edit('dist/plugin.json', (json) => delete json.name)],
  [
    'metadata-valid',
    'there are no keywords',
    () => plugin.edit('dist/plugin.json', (json) => (info(json).keywords = [])),
  ],
  ['id-pattern', 'the id has four parts', () => plugin.edit('dist/plugin.json', (json) => (json.id = 'a-b-c-app'))],
  [
    'type-suffix',
    'the id ends in another type',
    () => plugin.edit('dist/plugin.json', (json) => (json.id = 'acme-panel')),
  ],
  [
    'grafana-dependency',
    'the wanted Grafana version is no range',
    () => plugin.edit('dist/plugin.json', (json) => (json.dependencies = { grafanaDependency: 'twelve' })),
  ],
  [
    'alerting-without-backend',
    'alerting is claimed without a backend',
    () => plugin.edit('dist/datasource/plugin.json', (json) => (json.alerting = true)),
  ],
  [
    'placeholder',
    'a placeholder was not replaced',
    () => plugin.edit('dist/plugin.json', (json) => (info(json).updated = '%TODAY%')),
  ],
  [
    'image-type',
    'a logo is no image',
    () => {
      plugin.write('dist/img/logo.txt', 'logo');
      plugin.edit('dist/plugin.json', (json) => (info(json).logos = { small: 'img/logo.txt', large: 'img/logo.txt' }));
    },
  ],
  ['path-exists', 'the logo of a nested plugin was not copied', () => plugin.remove('dist/datasource/img')],
  [
    'path-exists',
    'a screenshot is missing',
    () => plugin.edit('dist/plugin.json', (json) => (info(json).screenshots = [{ path: 'img/one.png' }])),
  ],
  [
    'module-missing',
    'a nested plugin has no code',
    () => {
      plugin.remove('dist/datasource/module.js');
      plugin.remove('dist/datasource/module.js.map');
    },
  ],
  ['versions-equal', 'package.json is ahead', () => plugin.write('package.json', '{"version":"1.2.4"}')],
  [
    'versions-equal',
    'a nested plugin is behind',
    () => plugin.edit('dist/datasource/plugin.json', (json) => (info(json).version = '1.2.2')),
  ],
  [
    'nested-plugin-not-declared',
    'a nested plugin is not declared',
    () => plugin.edit('dist/plugin.json', (json) => includes(json).shift()),
  ],
  [
    'nested-plugin-missing-type',
    'a nested plugin is declared without type',
    () => plugin.edit('dist/plugin.json', (json) => delete includes(json)[0]?.type),
  ],
  [
    'nested-plugin-type-mismatch',
    'a nested plugin is declared as another type',
    () => plugin.edit('dist/plugin.json', (json) => Object.assign(includes(json)[0] ?? {}, { type: 'panel' })),
  ],
  [
    'nested-plugin-id',
    'two plugins share an id',
    () => plugin.edit('dist/plugin.json', (json) => Object.assign(json, { id: 'acme-datasource', type: 'datasource' })),
  ],
  ['include-exists', 'a declared dashboard is missing', () => plugin.remove('dist/dashboards')],
  ['dashboard-declared', 'a dashboard is not declared', () => plugin.write('dist/dashboards/more.json', '{}')],
  ['hidden-file', 'a hidden file came along', () => plugin.write('dist/.DS_Store', '')],
  ['licence', 'the licence is missing', () => plugin.remove('dist/LICENSE')],
  [
    'licence',
    'the licence was changed',
    () => plugin.write('dist/LICENSE', 'Apache License Version 2.0, more or less. END OF TERMS AND CONDITIONS'),
  ],
  ['readme', 'the README is empty', () => plugin.write('dist/README.md', '\n')],
  [
    'readme-template',
    'the README is the scaffold’s',
    () => plugin.write('dist/README.md', 'This template is a starting point for building an app plugin.'),
  ],
  ['readme-relative-link', 'the README links to a file', () => plugin.write('dist/README.md', '[more](docs/more.md)')],
  [
    'readme-relative-link',
    'the README shows a local image',
    () => plugin.write('dist/README.md', '<img alt="x" src="img/x.png">'),
  ],
  ['changelog', 'the change log is missing', () => plugin.remove('dist/CHANGELOG.md')],
  ['unsafe-svg', 'a logo runs a script', () => plugin.write('dist/img/logo.svg', '<svg><script>1</script></svg>')],
  ['unsafe-svg', 'a logo has a handler', () => plugin.write('dist/img/logo.svg', '<svg onload="go()"></svg>')],
  [
    'unsafe-svg',
    'a logo loads something',
    () => plugin.write('dist/img/logo.svg', '<svg><use href="https://example.org/a.svg#b"/></svg>'),
  ],
  [
    'unsafe-svg',
    'a logo declares an entity',
    () => plugin.write('dist/img/logo.svg', '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg></svg>'),
  ],
  [
    'tracking-script',
    'the code reports to an analytics host',
    () => plugin.write('dist/module.js', 'fetch("https://www.google-analytics.com/collect")'),
  ],
  [
    'react-internals',
    'the bundle holds React internals',
    () => plugin.write('dist/datasource/module.js', 'React.__SECRET_INTERNALS_DO_NOT_USE_OR_YOU_WILL_BE_FIRED'),
  ],
  ['source-map', 'a nested source map is missing', () => plugin.remove('dist/datasource/module.js.map')],
  ['source-map', 'the source has changed since', () => plugin.write('src/module.ts', 'export const answer = 43;\n')],
  ['source-map', 'the source is gone', () => plugin.remove('src/datasource/module.ts')],
  ['source-map', 'the map is no map', () => plugin.write('dist/module.js.map', '{}')],
  [
    'source-map',
    'the map names no source of ours',
    () => plugin.write('dist/module.js.map', '{"version":3,"sources":["webpack/bootstrap"],"sourcesContent":["x"]}'),
  ],
  [
    'restricted-window-property',
    'code reads boot data',
    () => plugin.write('src/a.ts', 'const a = window.grafanaBootData;'),
  ],
  ['ds-query-url', 'code calls the query route', () => plugin.write('src/a.ts', "post('/api/ds/query');")],
  ['react-internals', 'code uses React internals', () => plugin.write('src/a.ts', 'React.__CLIENT_INTERNALS_X;')],
  [
    'native-dialog',
    'code asks with a native dialog',
    () => plugin.write('src/a.tsx', "if (confirm('Sure?')) { go(); }"),
  ],
  ['native-dialog', 'code alerts through window', () => plugin.write('src/a.ts', "window.alert('no');")],
  ['window-open', 'a window is opened with its opener', () => plugin.write('src/a.ts', "window.open(url, '_blank');")],
  ['css-import', 'a style sheet is imported', () => plugin.write('src/a.ts', "import './a.css';")],
  [
    'emotion-global',
    'styles are global',
    () => plugin.write('src/a.tsx', "import { Global as G } from '@emotion/react';\n"),
  ],
  [
    'build-tools',
    'the scaffold’s config was replaced',
    () => plugin.write('.config/webpack/webpack.config.ts', 'export default {};'),
  ],
  [
    'legacy-builder',
    'a script calls the old toolkit',
    () => plugin.edit('package.json', (json) => (json.scripts = { build: 'grafana-toolkit plugin:build' })),
  ],
];

it.each(BREAKS)('%s: says so when %s', (rule, _what, how) => {
  how();
  expect(rules()).toEqual([rule]);
});

it('leaves alone what only looks like a broken rule', () => {
  plugin.write(
    'src/fine.tsx',
    "// confirm() is native\nclass Dialog { confirm() { return 1; } }\nwindow.open(url, '_blank', 'noopener,noreferrer');\nnew Dialog().confirm();\n"
  );
  plugin.write('src/fine.test.ts', 'window.grafanaBootData = {};');
  plugin.write('dist/README.md', '# Acme\n\n```md\n[x](y.md)\n```\nand `[x](y.md)`, [mail](mailto:a@example.org)\n');
  expect(rules()).toEqual([]);
});

describe('an archive', () => {
  const pack = async (folder: string, name: string) => {
    const zip = join(plugin.root, 'packed.zip');
    await writeZip(folder, name, zip);
    return zip;
  };

  it('is clean when it holds one folder named after the plugin', async () => {
    const zip = await pack(plugin.dist, 'acme-app');
    expect(checkZip(zip, plugin.root)).toEqual([]);
    expect(readZip(zip).map((entry) => entry.name)).toContain('acme-app/datasource/module.js.map');
  });

  it('is checked for what is in it, not for what lies in dist', async () => {
    plugin.write('dist/img/logo.svg', '<svg onload="go()"></svg>');
    const zip = await pack(plugin.dist, 'acme-app');
    plugin.write('dist/img/logo.svg', '<svg></svg>');
    expect(checkZip(zip, plugin.root)).toMatchObject([{ rule: 'unsafe-svg' }]);
  });

  it('must not have another name', async () => {
    expect(checkZip(await pack(plugin.dist, 'dist'), plugin.root)).toMatchObject([{ rule: 'archive-layout' }]);
  });

  it('must not have a second folder', async () => {
    plugin.write('both/acme-app/plugin.json', '{"id":"acme-app"}');
    plugin.write('both/other/file.txt', '');
    const zip = await pack(join(plugin.root, 'both'), '.');
    expect(checkZip(zip, plugin.root)).toMatchObject([{ rule: 'archive-layout' }]);
  });

  it('must not have a dist folder inside', async () => {
    plugin.write('dist/dist/module.js', '');
    expect(checkZip(await pack(plugin.dist, 'acme-app'), plugin.root)).toMatchObject([{ rule: 'archive-layout' }]);
  });

  it('must not be empty', async () => {
    expect(checkZip(await pack(join(plugin.root, 'nothing'), 'acme-app'), plugin.root)).toMatchObject([
      { rule: 'archive-layout' },
    ]);
  });

  it('is named when it is no zip', () => {
    plugin.write('broken.zip', 'not a zip');
    expect(() => readZip(join(plugin.root, 'broken.zip'))).toThrow(/is not a zip/);
  });

  it('is not unpacked outside its folder', () => {
    const entry = { name: '../../etc/passwd', read: () => Buffer.from('') };
    expect(() => unpackZip([entry], plugin.root)).toThrow(/leaves the folder/);
  });

  it('has the same bytes for the same build', async () => {
    const [first, second] = [join(plugin.root, 'a.zip'), join(plugin.root, 'b.zip')];
    const bytes = await writeZip(plugin.dist, 'acme-app', first);
    await writeZip(plugin.dist, 'acme-app', second);
    expect(readFileSync(first)).toHaveLength(bytes);
    expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
  });
});
