import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Archive } from '../archive/archive';
import { ARCHIVE_VIEWS, ArchiveError } from '../archive/archive';
import { InProcessArchive } from '../threads/in-process';
import { openSqlite } from '../archive/sqlite/open';
import { DEFAULT_CONFIG } from '../config/config';
import type { StoreConfig } from '../config/config';
import { createApp } from './create-app';
import { openApiDocument } from './openapi';

const NOW = 1_750_000_000_000;
const EVENT = { source: 'shop', runId: '1', attempt: 1, at: NOW - 1_000, state: 'completed', task: 'mail' };

let folder: string;
let archive: InProcessArchive;
let config: StoreConfig;
let app: FastifyInstance;

async function appOver(over: Archive): Promise<FastifyInstance> {
  return createApp({ archive: over, config: () => config, now: () => NOW, version: '1.2.3' });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  config = DEFAULT_CONFIG;
  archive = new InProcessArchive(openSqlite(join(folder, 'archive.sqlite')), config, {
    now: () => NOW,
    steady: () => 0,
  });
  app = await appOver(archive);
});

afterEach(async () => {
  await app.close();
  await archive.close();
  rmSync(folder, { recursive: true });
});

async function post(body: string | Buffer, headers: Record<string, string> = {}) {
  return app.inject({
    method: 'POST',
    url: '/api/v1/events',
    payload: body,
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  });
}

async function get(url: string, headers: Record<string, string> = {}) {
  return app.inject({ method: 'GET', url, headers });
}

function errorOf(answer: { json: () => unknown }): string {
  return (answer.json() as { error: string }).error;
}

test('what is only too far ahead of the clock is to be sent again, and the answer carries the clock', async () => {
  const ahead = { ...EVENT, runId: 'ahead', at: NOW + 25 * 3_600_000 };
  const none = await post(JSON.stringify(ahead));
  expect(none.statusCode).toBe(503);
  expect(none.headers['retry-after']).toBe('60');
  expect(none.json()).toMatchObject({
    accepted: 0,
    ahead: 1,
    now: NOW,
    error: expect.stringContaining('24 h ahead') as string,
  });
  const some = await post(`${JSON.stringify(ahead)}\n${JSON.stringify(EVENT)}\n{"source":"shop"}\n`);
  expect(some.statusCode).toBe(202);
  expect(some.json()).toMatchObject({ accepted: 1, ahead: 1, now: NOW, rejected: [{ line: 1 }, { line: 3 }] });
});

test('events in, runs out, with the version on every answer', async () => {
  const taken = await post(`${JSON.stringify(EVENT)}\n{"source":"shop"}\n`);
  expect(taken.statusCode).toBe(202);
  expect(taken.json()).toEqual({
    v: 1,
    accepted: 1,
    rejected: [{ line: 2, error: expect.stringContaining('runId is missing') as string }],
  });
  const again = await post(JSON.stringify(EVENT));
  expect(again.json()).toEqual({ v: 1, accepted: 1, duplicates: 1, rejected: [] });
  const runs = await get('/api/v1/runs');
  expect(runs.headers['x-runlane-version']).toBe('1.2.3');
  expect(runs.json()).toMatchObject({ v: 1, view: 'runs', total: 1, runs: [{ runId: '1', state: 'completed' }] });
  expect((await get(`/api/v1/runs/${encodeURIComponent('shop\n1\n1')}`)).json()).toMatchObject({
    v: 1,
    run: { runId: '1' },
    conflicts: 0,
  });
  expect((await get('/api/v1/version')).json()).toMatchObject({
    product: 'Runlane task store',
    version: '1.2.3',
    summary: '1 attempt of 1 task from 1 source',
  });
  expect((await get('/api/v1/values?field=task')).json()).toEqual({ v: 1, values: ['mail'] });
});

test('every view answers with its name, also of an empty store', async () => {
  for (const view of ARCHIVE_VIEWS) {
    const answer = await get(`/api/v1/${view}?from=${NOW - 3_600_000}&to=${NOW}`);
    expect([view, answer.statusCode, (answer.json() as { view: string }).view]).toEqual([view, 200, view]);
  }
});

test('the description of the API names exactly the routes that there are', async () => {
  const described = Object.entries(openApiDocument('1')['paths'] as Record<string, object>);
  for (const [path, methods] of described) {
    for (const method of Object.keys(methods)) {
      expect([
        path,
        app.hasRoute({ method: method.toUpperCase() as 'GET', url: path.replace(/\{(\w+)\}/g, ':$1') }),
      ]).toEqual([path, true]);
    }
  }
  const routes = app.printRoutes({ commonPrefix: false }).match(/\((GET|POST)\b/g);
  expect(routes).toHaveLength(described.length);
});

test.each([
  ['/api/v1/runs?from=5&to=5', 'is not before'],
  ['/api/v1/runs?from=yesterday', 'want a number'],
  ['/api/v1/runs?from=0', 'days long'],
  ['/api/v1/runs?limit=0', 'limit=0'],
  ['/api/v1/runs?limit=1e9', 'want a whole number from 1 to 20000'],
  ['/api/v1/runs?cursor=abc', 'none of this store'],
  ['/api/v1/states?step=0.5', 'want at least 1 ms'],
  ['/api/v1/states?step=1', 'buckets'],
  ['/api/v1/states?groupBy=colour', 'want one of'],
  ['/api/v1/runs?match=oops', 'want a JSON array'],
  [`/api/v1/runs?match=${encodeURIComponent('["task","=~","("]')}`, '('],
  ['/api/v1/values?field=secret', 'are not kept'],
  ['/api/v1/values', 'field is missing'],
  ['/api/v1/changes?cursor=x&wait=0', 'none of this store'],
  ['/api/v1/changes?cursor=0&wait=21', 'whole seconds from 0 to 20'],
  ['/api/v1/runs/abc', 'no key of a run'],
  ['/api/v1/runs?satte=failed', '"satte" is no parameter of /api/v1/runs. It reads from, to, match, task'],
  ['/api/v1/changes?since=5&wait=0', 'It reads cursor, wait, limit.'],
  ['/api/v1/alerts?constructor=x', '"constructor" is no parameter'],
  ['/api/v1/version?task=a&verbose=1', 'It reads none.'],
])('GET %s is refused and says why', async (url, message) => {
  const answer = await get(url);
  expect(answer.statusCode).toBe(400);
  expect(errorOf(answer)).toContain(message);
  expect(errorOf(answer)).toMatch(/^\[(store|archive)\] /);
});

test('what is not there is told as such', async () => {
  expect((await get('/api/v1/nothing')).statusCode).toBe(404);
  const run = await get(`/api/v1/runs/${encodeURIComponent('a\nb\n1')}`);
  expect([run.statusCode, errorOf(run)]).toEqual([404, expect.stringContaining('There is no run')]);
});

test('bodies that are empty, packed, too large or not text are refused or judged line by line', async () => {
  expect((await post('')).statusCode).toBe(400);
  expect((await post('x', { 'content-encoding': 'gzip' })).statusCode).toBe(415);
  expect((await post(Buffer.from([0xff, 0xfe, 0x0a]))).json()).toMatchObject({
    accepted: 0,
    rejected: [{ line: 1, error: expect.stringContaining('UTF-8') as string }],
  });
  const large = await post(Buffer.alloc(config.limits.maxBodyBytes + 1, 32));
  expect(large.statusCode).toBe(413);
  expect(errorOf(large)).toContain('too large');
  const many = await post('bad\n'.repeat(1_000));
  expect(many.statusCode).toBe(400);
  expect(many.json()).toMatchObject({ accepted: 0, rejectedTotal: 1_000 });
  expect((many.json() as { rejected: unknown[] }).rejected).toHaveLength(20);
});

test('when too much waits for the disk, senders are asked to come back', async () => {
  const body = JSON.stringify(EVENT);
  config = { ...config, limits: { ...config.limits, maxQueueBytes: body.length } };
  let commit = () => undefined as void;
  let entered = () => undefined as void;
  const begun = new Promise<void>((resolve) => (entered = resolve));
  const slow: Archive = Object.assign(Object.create(archive) as Archive, {
    ingest: async (ndjson: Uint8Array) => {
      const held = new Promise<void>((resolve) => (commit = resolve));
      entered();
      await held;
      return archive.ingest(ndjson);
    },
  });
  const other = await appOver(slow);
  const send = async () =>
    other.inject({
      method: 'POST',
      url: '/api/v1/events',
      payload: body,
      headers: { 'content-type': 'application/x-ndjson' },
    });
  const first = send();
  await begun;
  const refused = await send();
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
  commit();
  expect((await first).statusCode).toBe(202);
  await other.close();
});

test('read tokens read, write tokens write, and whether the store lives needs none', async () => {
  config = { ...config, tokens: { read: ['read-token-1'], write: ['write-token-1'] } };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const body = JSON.stringify(EVENT);
  expect((await post(body)).statusCode).toBe(401);
  expect((await post(body, bearer('read-token-1'))).statusCode).toBe(403);
  expect((await post(body, bearer('write-token-1'))).statusCode).toBe(202);
  expect((await get('/api/v1/runs')).statusCode).toBe(401);
  expect((await get('/api/v1/runs', bearer('wrong'))).statusCode).toBe(401);
  expect((await get('/api/v1/runs', bearer('write-token-1'))).statusCode).toBe(403);
  expect((await get('/api/v1/runs', bearer('read-token-1'))).statusCode).toBe(200);
  expect((await get('/metrics')).statusCode).toBe(401);
  expect((await get('/healthz')).statusCode).toBe(200);
  expect((await get('/readyz')).statusCode).toBe(200);
});

test('nobody else may read the answers from a page of theirs', async () => {
  const answer = await get('/api/v1/runs', { origin: 'https://example.org' });
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

test('a broken archive makes the store not ready, and says why', async () => {
  const broken: Archive = Object.assign(Object.create(archive) as Archive, {
    ingest: () => Promise.reject(new ArchiveError('full', 'archive.sqlite cannot grow. Free disk space.')),
    trouble: () => '[archive] archive.sqlite cannot grow. Free disk space.',
  });
  const other = await appOver(broken);
  const refused = await other.inject({
    method: 'POST',
    url: '/api/v1/events',
    payload: JSON.stringify(EVENT),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([507, '5']);
  expect(errorOf(refused)).toContain('cannot grow');
  const ready = await other.inject('/readyz');
  expect([ready.statusCode, errorOf(ready)]).toEqual([503, expect.stringContaining('cannot grow')]);
  expect((await other.inject('/healthz')).statusCode).toBe(200);
  await other.close();
});

test('that old runs cannot be sealed is told, and keeps no sender away', async () => {
  const failing: Archive = Object.assign(Object.create(archive) as Archive, {
    sealing: () => ({ failures: 3, problem: '[archive] Old runs cannot be sealed: its disk is full. Make room.' }),
  });
  expect((await get('/healthz')).json()).toEqual({ v: 1, ok: true });
  const other = await appOver(failing);
  expect((await other.inject('/healthz')).json()).toEqual({
    v: 1,
    ok: true,
    problems: ['[archive] Old runs cannot be sealed: its disk is full. Make room.'],
  });
  expect((await other.inject('/readyz')).statusCode).toBe(200);
  expect((await other.inject('/metrics')).body).toMatch(/^runlane_store_sealing_failures 3$/m);
  await other.close();
});

test('the metrics carry every promised family', async () => {
  await post(JSON.stringify(EVENT));
  const { body, headers } = await get('/metrics');
  expect(headers['content-type']).toContain('text/plain');
  for (const name of [
    'runlane_task_runs',
    'runlane_task_runs_finished_total',
    'runlane_task_run_duration_seconds',
    'runlane_task_run_wait_seconds',
    'runlane_task_abnormal_exits_total',
    'runlane_task_failures_total',
    'runlane_task_cpu_seconds_total',
    'runlane_task_resident_memory_bytes',
    'runlane_task_last_success_timestamp_seconds',
    'runlane_worker_last_seen_timestamp_seconds',
    'runlane_queue_oldest_pending_timestamp_seconds',
    'runlane_health_score',
    'runlane_health_deduction',
    'runlane_store_events_total',
    'runlane_store_ready',
    'runlane_store_sealing_failures',
    'runlane_store_ingest_lag_seconds',
    'runlane_task_runs_created_total',
    'runlane_task_runs_started_total',
    'runlane_task_retries_total',
    'runlane_task_oldest_running_timestamp_seconds',
    'runlane_task_last_failure_timestamp_seconds',
    'runlane_task_memory_limit_bytes',
    'runlane_task_cpu_limit_cores',
    'runlane_task_memory_limit_used_ratio',
    'runlane_task_cpu_limit_used_ratio',
    'runlane_task_cpu_cores',
    'runlane_task_expected_runs_total',
    'runlane_task_missed_runs_total',
    'runlane_task_deadline_timestamp_seconds',
    'runlane_task_usual_duration_seconds',
    'runlane_task_owner_info',
    'runlane_source_last_seen_timestamp_seconds',
  ]) {
    expect(body).toContain(`# TYPE ${name} `);
  }
});

test('the size of the archive is told with the first scrape', async () => {
  await post(JSON.stringify(EVENT));
  const other = await appOver(archive);
  const { body } = await other.inject('/metrics');
  expect(Number(/^runlane_store_archive_bytes (\d+)$/m.exec(body)?.[1])).toBeGreaterThan(0);
  await other.close();
});

test('the age of the oldest events that are not on disk is told while they wait', async () => {
  let commit = (): void => undefined;
  const held = new Promise<void>((resolve) => (commit = resolve));
  const slow = Object.create(archive) as Archive;
  const other = await appOver(slow);
  const lag = async () =>
    Number(/^runlane_store_ingest_lag_seconds (\S+)$/m.exec((await other.inject('/metrics')).body)?.[1]);
  expect(await lag()).toBe(0);
  const came = new Promise<void>((resolve) => {
    slow.ingest = async (body) => {
      resolve();
      await held;
      return archive.ingest(body);
    };
  });
  const sent = other
    .inject({
      method: 'POST',
      url: '/api/v1/events',
      payload: JSON.stringify(EVENT),
      headers: { 'content-type': 'application/x-ndjson' },
    })
    .then(({ statusCode }) => statusCode);
  await came;
  expect(await lag()).toBeGreaterThan(0);
  commit();
  expect(await sent).toBe(202);
  expect(await lag()).toBe(0);
  await other.close();
});

test('changes: one answer without waiting, from a cursor on', async () => {
  const start = (await get('/api/v1/changes?wait=0')).body.trim();
  expect(JSON.parse(start)).toEqual({ v: 1, cursor: '0', runs: [] });
  await post(JSON.stringify(EVENT));
  const next = JSON.parse((await get('/api/v1/changes?wait=0&cursor=0')).body) as { cursor: string; runs: unknown[] };
  expect(next).toMatchObject({ cursor: '1', runs: [{ runId: '1' }] });
});

test('changes: an answer that waits comes with the next commit, is empty after its time, and at once where much is new', async () => {
  const held = get('/api/v1/changes?wait=20&cursor=0');
  await post(JSON.stringify(EVENT));
  expect(JSON.parse((await held).body)).toMatchObject({ cursor: '1', runs: [{ runId: '1' }] });
  expect(JSON.parse((await get('/api/v1/changes?wait=20&cursor=0')).body)).toMatchObject({ cursor: '1' });
  expect(JSON.parse((await get('/api/v1/changes?wait=1&cursor=1')).body)).toEqual({ v: 1, cursor: '1', runs: [] });
  expect(await listeners()).toBe(0);
});

/** How many wait for changes, as the store's own metrics tell. */
async function listeners(): Promise<number> {
  return Number(/^runlane_store_listeners (\d+)$/m.exec((await get('/metrics')).body)?.[1]);
}

async function untilListeners(count: number): Promise<void> {
  while ((await listeners()) !== count) {
    await new Promise((wait) => setTimeout(wait, 10));
  }
}

test('changes: who leaves while an answer waits is let go, and a store that stops answers those who wait', async () => {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const leaving = request({ port, host: '127.0.0.1', path: '/api/v1/changes?wait=20&cursor=0' });
  leaving.on('error', () => undefined);
  leaving.end();
  await untilListeners(1);
  leaving.destroy();
  await untilListeners(0);
  const staying = fetch(`http://127.0.0.1:${port}/api/v1/changes?wait=20&cursor=0`);
  await untilListeners(1);
  await app.close();
  expect(((await (await staying).json()) as { runs: unknown[] }).runs).toEqual([]);
});

test('changes: listeners that are behind catch up, then hear of every commit once', async () => {
  await post(JSON.stringify(EVENT));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const listen = (query: string) =>
    new Promise<{ next: () => Promise<{ cursor: string; runs: Array<{ runId: string }> }>; close: () => void }>(
      (resolve, reject) => {
        const sent = request({ port, host: '127.0.0.1', path: `/api/v1/changes${query}` }, (response) => {
          let text = '';
          let wake = () => undefined as void;
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
            wake();
          });
          const next = async () => {
            while (!text.includes('\n')) {
              await new Promise<void>((ready) => (wake = ready));
            }
            const [line = ''] = text.split('\n', 1);
            text = text.slice(line.length + 1);
            return JSON.parse(line) as { cursor: string; runs: Array<{ runId: string }> };
          };
          resolve({ next, close: () => sent.destroy() });
        });
        sent.on('error', reject);
        sent.end();
      }
    );
  const [behind, fresh] = await Promise.all([listen('?cursor=0'), listen('')]);
  expect(await behind.next()).toMatchObject({ cursor: '0', runs: [] });
  expect(await behind.next()).toMatchObject({ cursor: '1', runs: [{ runId: '1' }] });
  expect(await fresh.next()).toMatchObject({ cursor: '1', runs: [] });
  for (const runId of ['2', '3']) {
    await post(JSON.stringify({ ...EVENT, runId }));
    for (const listener of [behind, fresh]) {
      expect(await listener.next()).toMatchObject({ runs: [{ runId }] });
    }
  }
  behind.close();
  fresh.close();
});
