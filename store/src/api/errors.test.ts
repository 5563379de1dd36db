import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Archive } from '../archive/archive';
import { ArchiveError } from '../archive/archive';
import { InProcessArchive } from '../threads/in-process';
import { openSqlite } from '../archive/sqlite/open';
import { DEFAULT_CONFIG, parseConfig } from '../config/config';
import type { StoreConfig } from '../config/config';
import { createApp } from './create-app';
import { openApiDocument } from './openapi';

const NOW = 1_750_000_000_000;
const EVENT = JSON.stringify({ source: 'shop', runId: '1', at: NOW, state: 'running', task: 'mail' });
const NDJSON = { 'content-type': 'application/x-ndjson' };

let folder: string;
let archive: InProcessArchive;
let config: StoreConfig;
let app: FastifyInstance;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  config = DEFAULT_CONFIG;
  archive = new InProcessArchive(openSqlite(join(folder, 'archive.sqlite')), config, {
    now: () => NOW,
    steady: () => 0,
  });
  app = await createApp({ archive, config: () => config, now: () => NOW, version: '1.2.3' });
});

afterEach(async () => {
  await app.close();
  await archive.close();
  rmSync(folder, { recursive: true });
});

/** Statuses that the description of the API tells of, for any address. */
const DOCUMENTED = new Set(
  Object.values(openApiDocument('1')['paths'] as Record<string, Record<string, { responses: object }>>).flatMap(
    (methods) => Object.values(methods).flatMap(({ responses }) => Object.keys(responses))
  )
);

function expectShape(status: number, type: unknown, body: string): string {
  expect(type).toContain('application/json');
  const answer = JSON.parse(body) as Record<string, unknown>;
  expect(answer).toEqual({ v: 1, error: expect.stringMatching(/^\[(store|archive)\] .+[.:].+/s) as string });
  expect(DOCUMENTED).toContain(String(status));
  return String(answer['error']);
}

test.each([
  [404, 'GET', '/nothing', {}, ''],
  [404, 'DELETE', '/api/v1/runs', {}, ''],
  [404, 'OPTIONS', '/api/v1/runs', {}, ''],
  [404, 'GET', '/api/v1/runs/a%0Ab%0A1', {}, ''],
  [400, 'GET', '/api/v1/runs/%E0%A4%A', {}, ''],
  [414, 'GET', `/api/v1/runs/${'x'.repeat(9_000)}`, {}, ''],
  [400, 'GET', '/api/v1/states?step=1', {}, ''],
  [400, 'GET', '/api/v1/changes?cursor=0x10&wait=0', {}, ''],
  [400, 'GET', '/api/v1/runs?cursor=_', {}, ''],
  [415, 'POST', '/api/v1/events', { 'content-type': 'text/plain' }, EVENT],
  [415, 'POST', '/api/v1/events', { 'content-type': 'application/x-www-form-urlencoded' }, EVENT],
  [415, 'POST', '/api/v1/events', { 'content-type': 'multipart/form-data; boundary=x' }, EVENT],
  [415, 'POST', '/api/v1/events', {}, EVENT],
  [415, 'POST', '/api/v1/events', { ...NDJSON, 'content-encoding': 'gzip' }, EVENT],
  [413, 'POST', '/api/v1/events', NDJSON, ' '.repeat(DEFAULT_CONFIG.limits.maxBodyBytes + 1)],
  [400, 'POST', '/api/v1/events', NDJSON, ''],
  [415, 'POST', '/api/v1/tickets', { 'content-type': 'text/plain' }, '{}'],
  [400, 'POST', '/api/v1/tickets', { 'content-type': 'application/json' }, '{'],
  [503, 'POST', '/api/v1/tickets', { 'content-type': 'application/json' }, '{}'],
  [421, 'GET', '/api/v1/runs', { host: 'attacker.example:7331' }, ''],
  [403, 'GET', '/api/v1/runs', { origin: 'https://attacker.example' }, ''],
] as const)('%i for %s %s has the shape of every error', async (status, method, url, headers, payload) => {
  const answer = await app.inject({ method, url, headers, payload });
  expect(answer.statusCode).toBe(status);
  expectShape(status, answer.headers['content-type'], answer.body);
});

test('what the archive refuses has that shape, with when to come back where that helps', async () => {
  for (const [kind, status, again] of [
    ['locked', 503, '5'],
    ['full', 507, '5'],
    ['too-costly', 422, undefined],
    ['busy', 503, '5'],
    ['bad-query', 400, undefined],
  ] as const) {
    archive.query = () => Promise.reject(new ArchiveError(kind, 'It is so. Do that.'));
    const answer = await app.inject('/api/v1/runs');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([status, again]);
    expectShape(status, answer.headers['content-type'], answer.body);
  }
});

test('a fault inside the store tells nothing of itself', async () => {
  archive.query = () => Promise.reject(new TypeError('secret'));
  const answer = await app.inject('/api/v1/runs');
  expect(answer.statusCode).toBe(500);
  expect(expectShape(500, answer.headers['content-type'], answer.body)).not.toContain('secret');
});

test('settings are named as the config file spells them', async () => {
  config = { ...config, limits: { ...config.limits, maxListeners: 0, maxQueueBytes: 1 } };
  const first = app.inject({ method: 'POST', url: '/api/v1/events', headers: NDJSON, payload: EVENT });
  const answers = await Promise.all([
    app.inject('/api/v1/runs?from=0'),
    app.inject('/api/v1/runs?limit=1000000'),
    app.inject({ method: 'POST', url: '/api/v1/events', headers: NDJSON, payload: ' '.repeat(9 * 1024 ** 2) }),
    app.inject('/api/v1/changes'),
  ]);
  await first;
  expect(answers.map(({ body }) => /limits\.\w+/.exec(body)?.[0])).toEqual([
    'limits.maxRange',
    'limits.maxPage',
    'limits.maxBody',
    'limits.maxListeners',
  ]);
});

test('every setting that a text of the store names is one of the config file', () => {
  const sources = join(__dirname, '..');
  const named = new Set(
    readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) => [
        ...readFileSync(join(sources, file), 'utf8').matchAll(
          /(?:raise|lower|under) ((?:limits|retention|lost|alerts|digest)\.[a-zA-Z]+)/g
        ),
      ])
      .map(([, name]) => name!)
  );
  expect([...named]).toEqual(expect.arrayContaining(['limits.maxBody', 'limits.maxRange', 'retention.maxSize']));
  for (const name of named) {
    const [section, key] = name.split('.') as [string, string];
    let said = '';
    try {
      parseConfig(`${section}:\n  ${key}: { not: this }\n`, 'runlane.yaml', {});
    } catch (error) {
      said = String(error);
    }
    expect([name, said]).not.toEqual([name, expect.stringContaining('not known')]);
  }
});

describe('on a socket', () => {
  async function exchange(text: string, port: number): Promise<{ status: number; type: string; body: string }> {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
    socket.write(text);
    await once(socket, 'close');
    const [head = '', body = ''] = said.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), type: /content-type: (.*)/i.exec(head)?.[1] ?? '', body };
  }

  test.each([
    [400, 'what is no HTTP', 'hello\r\n\r\n'],
    [431, 'headers that are too long', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`],
  ] as const)('%i for %s has that shape too', async (status, _, text) => {
    await app.listen({ host: '127.0.0.1', port: 0 });
    const answer = await exchange(text, (app.server.address() as AddressInfo).port);
    expect(answer.status).toBe(status);
    expectShape(status, answer.type, answer.body);
  });

  test('a connection that says nothing, or stops in the middle, is told so and closed', async () => {
    const other = await createApp({ archive, config: () => config, now: () => NOW, version: '1.2.3', silenceMs: 100 });
    await other.listen({ host: '127.0.0.1', port: 0 });
    const { port } = other.server.address() as AddressInfo;
    for (const text of ['', 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n']) {
      const answer = await exchange(text, port);
      expect(answer.status).toBe(408);
      expectShape(408, answer.type, answer.body);
    }
    await other.close();
  });

  test('so has what is asked of a store that stops', async () => {
    let answered: (text: string) => void = () => undefined;
    let begun: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (begun = resolve));
    const slow: Archive = Object.assign(Object.create(archive) as Archive, {
      query: () => {
        begun();
        return new Promise<string>((resolve) => (answered = resolve));
      },
    });
    const other = await createApp({ archive: slow, config: () => config, now: () => NOW, version: '1.2.3' });
    await other.listen({ host: '127.0.0.1', port: 0 });
    const { port } = other.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const get = 'GET /api/v1/runs HTTP/1.1\r\nhost: localhost\r\n\r\n';
    socket.write(get);
    await asked;
    const closed = other.close();
    socket.write(get);
    answered('{"view":"runs"}');
    await Promise.all([closed, once(socket, 'close')]);
    const bodies = said.split(/HTTP\/1\.1 /).slice(1);
    expect(bodies[0]).toContain('"view":"runs"');
    if (bodies[1] !== undefined) {
      const [head = '', body = ''] = bodies[1].split('\r\n\r\n');
      expectShape(Number(head.slice(0, 3)), head, body);
    }
  });
});
