import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpInit } from '../../../src/connectors/connector';
import { createNodeHttp } from './node-http';
import type { NodeHttpOptions } from './node-http';
import { findCollected } from './index';

let servers: Server[] = [];

afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
  servers = [];
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function ask(url: string, path: string, options: Partial<NodeHttpOptions> = {}, init: HttpInit = {}) {
  return createNodeHttp({ endpoint: { url }, system: 'flower', timeoutMs: 5_000, ...options })(path, init);
}

test('any status is an answer, and secrets go with each question', async () => {
  const heard: unknown[] = [];
  const url = await serve((request, response) => {
    heard.push([request.url, request.headers.authorization, request.headers['x-token']]);
    response.statusCode = 418;
    response.end('tea 茶');
  });
  const endpoint = { url: `${url}/base`, basic: { user: 'ops', password: 'p:w' } };
  expect(await ask(url, '/a?b=1', { endpoint, headers: { 'x-token': 't' } })).toEqual({ status: 418, body: 'tea 茶' });
  await ask(url, '/a', { endpoint: { url, bearer: 'token' } });
  expect(heard).toEqual([
    ['/base/a?b=1', `Basic ${Buffer.from('ops:p:w').toString('base64')}`, 't'],
    ['/a', 'Bearer token', undefined],
  ]);
});

test('a system with a login is asked with the token that it gives; one without, with user and password', async () => {
  const heard: unknown[] = [];
  const url = await serve((request, response) => {
    heard.push([`${request.method} ${request.url}`, request.headers.authorization, request.headers['content-type']]);
    response.end('{"access_token":"t-1"}');
  });
  const endpoint = { url, basic: { user: 'ops', password: 'pw' } };
  const access = { endpoint, headers: {}, timeoutMs: 5_000, settings: {} };
  for (const id of ['airflow', 'flower']) {
    const source = findCollected(id)?.open(access, { onPatience: () => undefined });
    const checked =
      source !== undefined && 'connector' in source && source.connector.check(new AbortController().signal);
    // What it answers is no answer of either system; here it matters what was asked.
    await expect(checked).rejects.toThrow();
  }
  expect(heard).toEqual([
    ['POST /auth/token', undefined, 'application/json'],
    ['GET /api/v2/version', 'Bearer t-1', undefined],
    ['GET /api/workers?status=true', `Basic ${Buffer.from('ops:pw').toString('base64')}`, undefined],
  ]);
});

test('a source has one question at a time', async () => {
  let open = 0;
  let most = 0;
  const url = await serve((_request, response) => {
    most = Math.max(most, ++open);
    setImmediate(() => {
      open--;
      response.end('{}');
    });
  });
  const http = createNodeHttp({ endpoint: { url }, system: 'flower', timeoutMs: 5_000 });
  await Promise.all([http('/a'), http('/b'), http('/c')]);
  expect(most).toBe(1);
});

test('redirects are followed at home, never to another host', async () => {
  const elsewhere: string[] = [];
  const other = await serve((request, response) => {
    elsewhere.push(request.url ?? '');
    response.end();
  });
  const url = await serve((request, response) => {
    if (request.url === '/there') {
      response.end('here');
      return;
    }
    response.writeHead(302, { location: request.url === '/home' ? '/there' : `${other}/steal` }).end();
  });
  expect(await ask(url, '/home')).toEqual({ status: 200, body: 'here' });
  await expect(ask(url, '/away', { endpoint: { url, bearer: 'secret' } })).rejects.toThrow(
    `[flower] GET /away is redirected to ${other}/steal, which is not followed. If that is the source, set its address as url.`
  );
  expect(elsewhere).toEqual([]);
});

test('a body that has no end is not read to its end', async () => {
  const url = await serve((_request, response) => {
    const more = () => void (response.destroyed || (response.write('x'.repeat(10_000)), setImmediate(more)));
    more();
  });
  await expect(ask(url, '/a', { maxBodyBytes: 1024 ** 2 })).rejects.toMatchObject({
    kind: 'truncated',
    message: expect.stringContaining('more than 1 MiB'),
  });
});

test('a source that is silent, or stops in the middle, is given up', async () => {
  const url = await serve((request, response) => void (request.url === '/half' && response.write('{')));
  for (const path of ['/silent', '/half']) {
    await expect(ask(url, path, { timeoutMs: 50 })).rejects.toMatchObject({
      kind: 'timeout',
      message: expect.stringContaining('raise timeout'),
    });
  }
});

test('who cancels gets the own reason back, also while others are asked before', async () => {
  const url = await serve(() => undefined);
  const http = createNodeHttp({ endpoint: { url }, system: 'flower', timeoutMs: 5_000 });
  const life = new AbortController();
  const first = http('/a', { signal: life.signal });
  const second = http('/b', { signal: life.signal });
  const reason = new Error('stopping');
  life.abort(reason);
  await expect(first).rejects.toBe(reason);
  await expect(second).rejects.toBe(reason);
});

test('patience that is asked for is passed on, in seconds or as a date', async () => {
  const asked: number[] = [];
  const dates = ['120', new Date(Date.now() + 3_600_000).toUTCString(), '0', 'soon'];
  const url = await serve((request, response) => {
    response.writeHead(429, { 'retry-after': dates[Number(request.url?.slice(1))] }).end();
  });
  for (const path of ['/0', '/1', '/2', '/3']) {
    await ask(url, path, { onPatience: (ms) => asked.push(ms) });
  }
  expect(asked[0]).toBe(120_000);
  expect(asked[1]).toBeGreaterThan(3_500_000);
  expect(asked).toHaveLength(2);
});

test('what is wrong with the way is said, with what to do', async () => {
  const url = await serve((_request, response) => void response.end('plain'));
  await expect(ask(url.replace('http:', 'https:'), '/a')).rejects.toThrow(/does not speak TLS. Begin url with http:/);
  const gone = await serve(() => undefined);
  await new Promise((closed) => servers.pop()?.close(closed));
  await expect(ask(gone, '/a')).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('nothing listens'),
  });
});
