import { setDataSourceSrv } from '@grafana/runtime';
import type { DataSourceSrv } from '@grafana/runtime';
import { connectedSources, DATA_SOURCE_TYPE } from './connected-sources';

function use(
  sources: Record<string, () => Promise<{ status: string; message: string }>>,
  collected?: () => Promise<unknown>
) {
  const asked: unknown[] = [];
  setDataSourceSrv({
    getList: (filter: unknown) => {
      asked.push(filter);
      const ours = Object.keys(sources).map((uid) => ({ uid, name: uid, type: DATA_SOURCE_TYPE }));
      return [...ours, { uid: 'grafana', name: '-- Grafana --', type: 'datasource' }];
    },
    get: async ({ uid }: { uid: string }) => ({
      testDatasource: sources[uid],
      ...(collected !== undefined && { sources: collected }),
    }),
  } as unknown as DataSourceSrv);
  return asked;
}

test('every data source of ours is asked once, Grafana’s own is not, and a failing one does not hide the others', async () => {
  const asked = use({
    good: async () => ({ status: 'success', message: 'Connected to Runlane task store 0.1.0.' }),
    down: async () => ({ status: 'error', message: 'answered 502' }),
    broken: () => Promise.reject(new Error('The plugin is not enabled.')),
  });
  const sources = connectedSources();
  expect(asked).toEqual([{ type: DATA_SOURCE_TYPE }]);
  await expect(Promise.all(sources.map((source) => source.health))).resolves.toEqual([
    { ok: true, message: 'Connected to Runlane task store 0.1.0.' },
    { ok: false, message: 'answered 502' },
    { ok: false, message: 'The plugin is not enabled.' },
  ]);
});

test('without any there is nothing to ask', () => {
  use({});
  expect(connectedSources()).toEqual([]);
});

test('what a source reads itself is told where it can tell, and nothing where it cannot', async () => {
  const fine = { store: async () => ({ status: 'success', message: 'fine' }) };
  const collectedOf = async () => connectedSources()[0]?.collected;
  const none = { sources: [], discoveries: [] };
  use(fine, async () => ({ ...none, sources: [{ name: 'celery' }] }));
  await expect(collectedOf()).resolves.toEqual({ ...none, sources: [{ name: 'celery' }] });
  use(fine, () => Promise.reject(new Error('answered 404')));
  await expect(collectedOf()).resolves.toEqual(none);
  use(fine);
  await expect(collectedOf()).resolves.toEqual(none);
});
