import fastify from 'fastify';
import { createTaskStore } from '../../../src/connectors/task-store/connector';
import { Collector } from '../collect/collector';
import { FlowerUnderTest } from '../collect/flower.kit';
import { faultsOf } from './model-schema.kit';
import { addSourcesRoute } from './sources-route';

test('without sources there are none', async () => {
  const app = fastify();
  addSourcesRoute(app, undefined);
  expect((await app.inject('/api/v1/sources')).json()).toEqual({ v: 1, sources: [], discoveries: [] });
  await app.close();
});

test('a source says how it fares, in documented words', async () => {
  const flower = new FlowerUnderTest();
  flower.failure = new Error('broken');
  const collector = new Collector({
    ledger: { runs: async () => [], keep: async () => undefined },
    cursors: { read: () => ({ doneTo: 1_000 }), write: () => undefined },
    now: () => 5_000,
    random: () => 0,
    log: { info: () => undefined, warn: () => undefined },
    http: () => flower.http,
  });
  const app = fastify();
  const collecting = { status: () => ({ sources: collector.status(), discoveries: [] }) };
  addSourcesRoute(app, collecting);
  await collector.configure([
    {
      name: 'celery',
      system: 'flower',
      endpoint: { url: 'http://flower', basic: { user: 'ops', password: 'secret' } },
      headers: { 'x-token': 'secret' },
      everyMs: 5,
      historyMs: 1,
      overlapMs: 1,
      timeoutMs: 1,
      labels: {},
      maxPages: 1,
      settings: {},
    },
  ]);
  const asked = async () =>
    (await app.inject('/api/v1/sources')).json<{ sources: object[] }>().sources[0] as { up?: boolean };
  while ((await asked()).up !== false) {
    await new Promise((wait) => setTimeout(wait, 2));
  }
  flower.failure = undefined;
  while ((await asked()).up !== true) {
    await new Promise((wait) => setTimeout(wait, 2));
  }
  const source = await asked();
  expect(source).toMatchObject({
    name: 'celery',
    url: 'http://flower',
    lastGoodAt: 5_000,
    lagMs: 0,
    lastError: { at: 5_000, kind: 'unexpected', message: 'broken' },
    lacks: [{ setting: 'celery worker -E' }],
  });
  expect(JSON.stringify(source)).not.toContain('secret');
  const store = createTaskStore({
    http: async (path) => {
      const { statusCode, body } = await app.inject(path);
      return { status: statusCode, body };
    },
  });
  await expect(store.sources?.(new AbortController().signal)).resolves.toEqual(collecting.status());
  expect(faultsOf('SourceStatus', source)).toEqual([]);
  await collector.stop();
  await app.close();
});
