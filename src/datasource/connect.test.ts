import { of } from 'rxjs';
import { SYSTEMS } from '../connectors/index';
import { connect } from './connect';
import plugin from './plugin.json';
import type { RunlaneSettings } from './settings';

/** Where the first request of "Save & test" goes. */
async function asked(settings: RunlaneSettings) {
  const seen: string[] = [];
  const backend = {
    fetch: ({ url }: { url: string }) => {
      seen.push(url);
      return of({ status: 200, data: '' });
    },
  };
  const source = {
    getResource: async (path: string) => {
      seen.push(`resource ${path}`);
      return '';
    },
  };
  const dataSources = () => ({
    getInstanceSettings: () => ({ name: 'P', type: 'prometheus' }),
    get: async () => source,
  });
  const connector = connect(settings, {
    proxy: '/proxy',
    backend: backend as never,
    dataSources: dataSources as never,
  });
  await connector.check(new AbortController().signal).catch(() => undefined);
  return seen[0];
}

test.each<[RunlaneSettings, string]>([
  [{ url: 'http://s' }, '/proxy/store/api/v1/version'],
  [{ url: 'http://s', prometheusUid: 'left over' }, '/proxy/store/api/v1/version'],
  [{ system: 'prometheus', prometheusUid: 'p', url: 'left over' }, 'resource api/v1/label/__name__/values'],
  [{ system: 'prometheus', url: 'http://p' }, '/proxy/prometheus/api/v1/label/__name__/values'],
  [
    { system: 'prometheus', url: 'http://p', prometheusAuth: 'token' },
    '/proxy/prometheus/api/v1/label/__name__/values',
  ],
  [{ system: 'prometheus', url: 'http://p', prometheusAuth: 'basic' }, '/proxy/plain/api/v1/label/__name__/values'],
])('the settings %j lead to %s', async (settings, address) => {
  await expect(asked(settings)).resolves.toBe(address);
});

test.each<RunlaneSettings>([{}, { url: ' ' }, { system: 'prometheus' }, { system: 'prometheus', prometheusUid: '' }])(
  'without an address (%j) nothing is asked, and what to do is said',
  async (settings) => {
    await expect(asked(settings)).rejects.toThrow(/^No .*data source settings/);
  }
);

test('each route that a system may be read through is one of plugin.json, GET only, and no other is there', () => {
  const declared = new Map(SYSTEMS.flatMap(({ routes }) => [...routes]).map((route) => [route.path, route]));
  expect(plugin.routes.map(({ path }) => path).sort()).toEqual([...declared.keys()].sort());
  for (const { path, method, url, headers = [] } of plugin.routes) {
    expect({ path, method, url }).toEqual({ path, method: 'GET', url: '{{ .JsonData.url }}' });
    const { bearer, token } = declared.get(path) ?? {};
    const sent = (name: string, before: string, secret: string) => ({
      name,
      content: `{{ if .SecureJsonData.${secret} }}${before}{{ .SecureJsonData.${secret} }}{{ end }}`,
    });
    expect(headers).toEqual([
      ...(bearer === undefined ? [] : [sent('Authorization', 'Bearer ', bearer)]),
      ...(token === undefined ? [] : [sent(token.header, '', token.secret)]),
    ]);
  }
});
