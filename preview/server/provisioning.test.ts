import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { lineOfJsonError, readAppSettings, readDashboards, readDataSources } from './provisioning';

let folder: string;
const file = (name: string, text: string) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-provisioning-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('readDataSources', () => {
  it('expands the environment and keeps secrets apart', () => {
    file(
      'datasources/a.yaml',
      'datasources:\n  - name: Store\n    uid: store\n    type: runlane-datasource\n    isDefault: true\n    jsonData: { url: $URL }\n    secureJsonData: { readToken: $TOKEN }\n'
    );
    expect(readDataSources(folder, { URL: 'http://s', TOKEN: 't' })).toEqual({
      problems: [],
      dataSources: [
        {
          uid: 'store',
          name: 'Store',
          type: 'runlane-datasource',
          isDefault: true,
          editable: false,
          url: '',
          jsonData: { url: 'http://s' },
          secureJsonData: { readToken: 't' },
        },
      ],
    });
  });

  it('knows user and password of a data source that has them', () => {
    file(
      'datasources/a.yaml',
      'datasources: [{ name: P, type: prometheus, url: http://p, basicAuth: true, basicAuthUser: me, secureJsonData: { basicAuthPassword: x } }]'
    );
    expect(readDataSources(folder, {}).dataSources[0]).toMatchObject({
      url: 'http://p',
      basicAuthUser: 'me',
      secureJsonData: { basicAuthPassword: 'x' },
    });
  });

  it('names file and line of broken YAML and reads the other files', () => {
    file('datasources/broken.yaml', 'datasources:\n  - name: "open\n');
    file('datasources/good.yml', 'datasources: [{ name: Good, type: x }]');
    const { dataSources, problems } = readDataSources(folder, {});
    expect(dataSources.map(({ uid }) => uid)).toEqual(['Good']);
    expect(problems).toEqual([
      {
        file: join(folder, 'datasources/broken.yaml'),
        line: expect.any(Number),
        message: expect.stringContaining('not valid YAML'),
      },
    ]);
  });

  it('says when an entry has no type, and that no folder means no data sources', () => {
    file('datasources/a.yaml', 'datasources: [{ name: X }]');
    expect(readDataSources(folder, {}).problems).toHaveLength(1);
    expect(readDataSources(join(folder, 'missing'), {})).toEqual({ dataSources: [], problems: [] });
  });
});

describe('readAppSettings', () => {
  it('gives the settings by plugin id', () => {
    file('plugins/a.yaml', 'apps: [{ type: runlane-app, jsonData: { a: 1 } }]');
    expect(readAppSettings(folder, {}).settings.get('runlane-app')).toEqual({ a: 1 });
  });
});

describe('readDashboards', () => {
  it('reads folders in folders; the first of two with one uid wins', () => {
    file('one/a.json', '{ "uid": "a", "title": "First", "tags": ["x"] }');
    file('two/deep/a.json', '{ "uid": "a", "title": "Second" }');
    file('two/b.json', '{ "title": "No uid here" }');
    const { dashboards, problems } = readDashboards([
      { path: join(folder, 'one'), title: 'One' },
      { path: join(folder, 'two'), title: 'Two' },
    ]);
    expect(problems).toEqual([]);
    expect(dashboards.map(({ uid, title, folder: shown, tags }) => ({ uid, title, shown, tags }))).toEqual([
      { uid: 'a', title: 'First', shown: 'One', tags: ['x'] },
      { uid: 'no-uid-here', title: 'No uid here', shown: 'Two', tags: [] },
    ]);
  });

  it('names the line of a broken file and shows the rest', () => {
    file('d/bad.json', '{\n  "title": "Bad",\n  "panels": [ }\n}\n');
    file('d/none.json', '[]');
    file('d/panels.json', '{\n "title": "x",\n "panels": {}\n}');
    file('d/good.json', '{ "title": "Good" }');
    const { dashboards, problems } = readDashboards([{ path: join(folder, 'd'), title: '' }]);
    expect(dashboards.map(({ title }) => title)).toEqual(['Good']);
    expect(problems.map(({ file: path, line }) => [path.slice(folder.length), line])).toEqual([
      ['/d/bad.json', 3],
      ['/d/none.json', 1],
      ['/d/panels.json', 3],
    ]);
  });
});

describe('lineOfJsonError', () => {
  it('trusts a position in the message', () => {
    expect(lineOfJsonError('a\nb\nc', 'Unexpected token at position 2')).toBe(2);
  });
  it('points at the end of a file that stops too early', () => {
    expect(lineOfJsonError('{\n "a": [1,\n', 'Unexpected end of JSON input')).toBeGreaterThan(1);
  });
});
