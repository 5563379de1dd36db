import { of } from 'rxjs';
import { optionsFor, portsFor } from './connect';
import { profileOf } from './settings';
import type { RunlaneSettings } from './settings';

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
  const { http } = portsFor(settings, {
    proxy: '/proxy',
    backend: backend as never,
    dataSources: dataSources as never,
  });
  await http('/api/v1/query?query=up');
  return seen;
}

test.each<[RunlaneSettings, string]>([
  [{ url: 'http://s' }, '/proxy/store/api/v1/query?query=up'],
  [{ url: 'http://s', prometheusUid: 'left over' }, '/proxy/store/api/v1/query?query=up'],
  [{ system: 'prometheus', prometheusUid: 'p', url: 'left over' }, 'resource api/v1/query'],
  [{ system: 'prometheus', url: 'http://p' }, '/proxy/prometheus/api/v1/query?query=up'],
  [{ system: 'prometheus', url: 'http://p', prometheusAuth: 'token' }, '/proxy/prometheus/api/v1/query?query=up'],
  [{ system: 'prometheus', url: 'http://p', prometheusAuth: 'basic' }, '/proxy/basic-prometheus/api/v1/query?query=up'],
])('the settings %j lead to %s', async (settings, address) => {
  await expect(asked(settings)).resolves.toEqual([address]);
});

test.each<[RunlaneSettings, string]>([
  [{}, 'auto'],
  [{ prometheusProfile: 'celery-exporter', customProfile: '{"id":"kept"}' }, 'celery-exporter'],
  [{ customProfile: '{}' }, 'custom'],
  [{ customProfile: ' ' }, 'auto'],
])('the settings %j mean the profile %s', (settings, profile) => {
  expect(profileOf(settings)).toBe(profile);
});

test('a profile of one’s own is handed over as JSON, and only when it is chosen', () => {
  expect(optionsFor({ prometheusProfile: 'custom', customProfile: '{"a":1}' })).toEqual({
    profile: 'custom',
    customProfile: { a: 1 },
  });
  expect(optionsFor({ prometheusProfile: 'auto', customProfile: '{"a":1}' })).toEqual({ profile: 'auto' });
  expect(optionsFor({ prometheusWorlds: 'cluster, site' })).toEqual({ profile: 'auto', worldLabels: 'cluster, site' });
  expect(() => optionsFor({ prometheusProfile: 'custom', customProfile: '{"a":' })).toThrow(
    /custom profile in the data source settings is no JSON: .*[^.]\. Correct it there\.$/
  );
});
