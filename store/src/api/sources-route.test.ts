import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Http } from '../../../src/connectors/connector';
import { ConnectorError } from '../../../src/model/connector-error';
import { findSourceSystem } from '../../../src/connectors/index';
import { createTaskStore } from '../../../src/connectors/task-store/connector';
import { Collector } from '../collect/collector';
import { FlowerUnderTest } from '../collect/flower.kit';
import { faultsOf } from './model-schema.kit';
import { addSourcesRoute } from './sources-route';

const signal = new AbortController().signal;
let collector: Collector | undefined;

afterEach(() => collector?.stop());

const through =
  (app: FastifyInstance): Http =>
  async (path) => {
    const { statusCode, body } = await app.inject(path);
    return { status: statusCode, body };
  };

const nothing = { assets: () => Promise.reject(new Error()), parts: () => Promise.reject(new Error()) };

test('without sources there are none', async () => {
  const app = fastify();
  addSourcesRoute(app, undefined);
  expect((await app.inject('/api/v1/sources')).json()).toEqual({ v: 1, sources: [], discoveries: [] });
  const none = createTaskStore({ http: through(app) });
  await expect(none.assets?.(signal)).rejects.toThrow('collects from no system that keeps track of the data it makes');
  await expect(none.parts?.(signal)).resolves.toEqual({ workers: [], notices: [] });
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
  const collecting = { ...nothing, status: () => ({ sources: collector.status(), discoveries: [] }) };
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
  const store = createTaskStore({ http: through(app) });
  await expect(store.sources?.(signal)).resolves.toEqual(collecting.status());
  expect(faultsOf('SourceStatus', source)).toEqual([]);
  await collector.stop();
  await app.close();
});

const CONNECTORS = join(__dirname, '../../../src/connectors');

/** What a real system answered, by path without its question. */
function recorded(fixture: string): { http: Http; now: number } {
  const { answers, now } = JSON.parse(readFileSync(join(CONNECTORS, fixture), 'utf8')) as {
    now: number;
    answers: Array<{ path: string; status: number; body: string }>;
  };
  const bare = (path: string) => path.split('?', 1)[0];
  const http: Http = async (path) =>
    answers.find((one) => one.path === path) ??
    answers.find((one) => bare(one.path) === bare(path)) ?? { status: 404, body: '' };
  return { http, now };
}

test('assets of Dagster, its daemons and the parts of Airflow, as recorded, come through the store under their sources', async () => {
  const dagster = recorded('dagster/fixtures/every-end-of-a-run.json');
  const airflow = recorded('airflow/fixtures/every-end-of-a-task.json');
  let isAway = false;
  const https: Record<string, Http> = {
    etl: (path) =>
      isAway
        ? Promise.reject(new ConnectorError('unreachable', 'dagster', 'GET /graphql was refused.'))
        : dagster.http(path),
    dags: airflow.http,
    celery: new FlowerUnderTest().http,
  };
  let now = dagster.now;
  const reading = (collector = new Collector({
    ledger: { runs: async () => [], keep: async () => undefined },
    cursors: { read: () => ({}), write: () => undefined },
    now: () => now,
    random: () => 1,
    log: { info: () => undefined, warn: () => undefined },
    http: ({ name }) => https[name] as Http,
  }));
  const source = (name: string, system: string) => ({
    name,
    system,
    endpoint: { url: `http://${name}` },
    headers: {},
    everyMs: 3_600_000,
    historyMs: 1,
    overlapMs: 1,
    timeoutMs: 1,
    maxPages: 1,
    labels: {},
    settings: {},
  });
  await reading.configure([source('etl', 'dagster'), source('dags', 'airflow'), source('celery', 'flower')]);
  const app = fastify();
  addSourcesRoute(app, {
    status: () => ({ sources: reading.status(), discoveries: [] }),
    assets: (leaving) => reading.assets(leaving),
    parts: (leaving) => reading.parts(leaving),
  });
  const store = createTaskStore({ http: through(app) });
  const direct = findSourceSystem('dagster')?.create({ http: dagster.http });

  const assets = await store.assets?.(signal);
  const told = await direct?.assets?.(signal);
  expect(assets?.assets).toEqual(told?.assets.map((asset) => ({ ...asset, source: 'etl' })));
  expect(assets?.assets.length).toBeGreaterThan(2);
  const { v: _, ...sent } = (await app.inject('/api/v1/assets')).json<Record<string, unknown>>();
  expect(faultsOf('AssetsNow', sent)).toEqual([]);

  const parts = await store.parts?.(signal);
  const named = parts?.workers.map((worker) => `${worker.source} ${worker.name}`);
  expect(named).toEqual(expect.arrayContaining(['etl SENSOR', 'dags scheduler']));
  expect(new Set(parts?.workers.map((worker) => worker.source))).toEqual(new Set(['etl', 'dags']));

  // One that does not answer takes nothing from the others, and is no empty list.
  isAway = true;
  now += 60_000;
  const later = await store.parts?.(signal);
  expect(new Set(later?.workers.map((worker) => worker.source))).toEqual(new Set(['dags']));
  expect(later?.notices).toContainEqual({
    source: 'etl',
    text: 'Whether the schedulers and daemons of etl live could not be asked for: [dagster] GET /graphql was refused.',
  });
  await expect(store.assets?.(signal)).rejects.toThrow('The assets of etl could not be asked for');
  await app.close();
});
