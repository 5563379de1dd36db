import type { PrometheusSettings } from './system';
import { profileOf, PROMETHEUS_SYSTEM } from './system';

const http = async () => ({ status: 200, body: '{"status":"success","data":[]}' });

test.each<[PrometheusSettings, string]>([
  [{}, 'auto'],
  [{ prometheusProfile: 'celery-exporter', customProfile: '{"id":"kept"}' }, 'celery-exporter'],
  [{ customProfile: '{}' }, 'custom'],
  [{ customProfile: ' ' }, 'auto'],
])('the settings %j mean the profile %s', (settings, profile) => {
  expect(profileOf(settings)).toBe(profile);
});

test('a profile of one’s own that is no JSON is refused with the place, and only when it is chosen', () => {
  const broken = { customProfile: '{"a":' };
  expect(() => PROMETHEUS_SYSTEM.create({ http }, { ...broken, prometheusProfile: 'auto' })).not.toThrow();
  expect(() => PROMETHEUS_SYSTEM.create({ http }, { ...broken, prometheusProfile: 'custom' })).toThrow(
    /custom profile in the data source settings is no JSON: .*[^.]\. Correct it there\.$/
  );
});

test('labels that tell worlds apart are asked for in place of the profile’s', async () => {
  const asked: string[] = [];
  const answers = async (path: string) => {
    asked.push(path);
    const data = path.includes('/label/__name__/') ? ['celery_task_received_total'] : ['planet'];
    return { status: 200, body: JSON.stringify({ status: 'success', data }) };
  };
  const settings: PrometheusSettings = { prometheusWorlds: 'planet' };
  await PROMETHEUS_SYSTEM.create({ http: answers }, { ...settings })
    .check(new AbortController().signal)
    .catch(() => {});
  expect(asked.some((path) => path.startsWith('/api/v1/label/planet/values'))).toBe(true);
});
