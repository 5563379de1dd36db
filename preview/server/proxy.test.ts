import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basicAuthorization, forward, forwardResource, headersFor, matchRoute, targetOf } from './proxy';
import type { ProxyRoute } from './proxy';

const store: ProxyRoute = {
  path: 'store',
  method: 'GET',
  url: '{{ .JsonData.url }}',
  headers: [
    {
      name: 'Authorization',
      content: '{{ if .SecureJsonData.readToken }}Bearer {{ .SecureJsonData.readToken }}{{ end }}',
    },
  ],
};
const data = (url: string, readToken = '') => ({ URL: '', JsonData: { url }, SecureJsonData: { readToken } });

describe('matchRoute', () => {
  it('compares the method exactly', () => {
    expect(matchRoute([store], 'GET', 'store/api/v1/runs')?.rest).toBe('api/v1/runs');
    expect(matchRoute([store], 'POST', 'store/api/v1/runs')).toBeUndefined();
    expect(matchRoute([{ ...store, method: 'GET,POST' }], 'GET', 'store/x')).toBeUndefined();
  });

  it('takes the path as a plain prefix, as Grafana does', () => {
    expect(matchRoute([store], 'GET', 'storex')?.rest).toBe('x');
    expect(matchRoute([store], 'GET', 'other')).toBeUndefined();
  });

  it('lets nobody leave a route with ..', () => {
    expect(matchRoute([store], 'GET', 'store/../x')).toBeUndefined();
    expect(matchRoute([store], 'GET', 'store/a/../b')?.rest).toBe('b');
  });

  it('takes the first route that fits and never an empty path', () => {
    const all = { ...store, path: '' };
    expect(matchRoute([all, store], 'GET', 'store/x')?.route).toBe(store);
    expect(matchRoute([all], 'GET', 'anything')).toBeUndefined();
  });
});

describe('targetOf', () => {
  const match = { route: store, rest: 'api/v1/runs' };

  it('joins address, rest and search', () => {
    expect(targetOf(match, '?a=1', data('http://store:7331/'))?.href).toBe('http://store:7331/api/v1/runs?a=1');
  });

  it.each(['', 'no address', 'file:///etc'])('goes nowhere with "%s" as the address', (url) => {
    expect(targetOf(match, '', data(url))).toBeUndefined();
  });
});

describe('headersFor', () => {
  it('keeps what the target needs, drops what is the browser’s own, and sets the route’s headers', () => {
    const headers = headersFor(
      store,
      { accept: 'application/json', cookie: 'session=1', authorization: 'Basic x', host: 'preview' },
      data('', 't')
    );
    expect(headers).toEqual({ accept: 'application/json', authorization: 'Bearer t' });
  });
});

const servers: Server[] = [];
const listen = async (handler: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Promise<string> => {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('forward', () => {
  const proxyTo = (target: string, token = '') =>
    listen((incoming, outgoing) => {
      const { pathname, search } = new URL(incoming.url ?? '/', 'http://x');
      forward(incoming, outgoing, [store], pathname.slice(1), search, data(target, token));
    });

  it('passes path, search and token on, and the answer back', async () => {
    const target = await listen((incoming, outgoing) =>
      outgoing.end(`${incoming.method} ${incoming.url} ${incoming.headers.authorization}`)
    );
    const proxy = await proxyTo(target, 'secret');
    const answer = await fetch(`${proxy}/store/api/v1/runs?state=failed`);
    expect(await answer.text()).toBe('GET /api/v1/runs?state=failed Bearer secret');
  });

  it('signs in for the data source, unless the route does so itself', async () => {
    const target = await listen((incoming, outgoing) => outgoing.end(`${incoming.headers.authorization}`));
    const plain: ProxyRoute = { path: 'basic-prometheus', method: 'GET', url: '{{ .JsonData.url }}' };
    const proxy = await listen((incoming, outgoing) => {
      const path = (incoming.url ?? '').slice(1);
      forward(incoming, outgoing, [store, plain], path, '', data(target, 'secret'), basicAuthorization('me', 'x'));
    });
    expect(await (await fetch(`${proxy}/basic-prometheus/x`)).text()).toBe('Basic bWU6eA==');
    expect(await (await fetch(`${proxy}/store/x`)).text()).toBe('Bearer secret');
  });

  it('turns a 401 of the target into 400', async () => {
    const target = await listen((_incoming, outgoing) => outgoing.writeHead(401).end('who are you?'));
    const answer = await fetch(`${await proxyTo(target)}/store/x`);
    expect([answer.status, await answer.text()]).toEqual([400, 'Authentication to data source failed']);
  });

  it('answers 502 with an empty body for another method, another path, and where nothing listens', async () => {
    const reached: string[] = [];
    const target = await listen((incoming, outgoing) => {
      reached.push(incoming.url ?? '');
      outgoing.end();
    });
    const proxy = await proxyTo(target);
    const nowhere = await proxyTo('http://127.0.0.1:1');
    const answers = [
      await fetch(`${proxy}/store/api/v1/events`, { method: 'POST', body: '{}' }),
      await fetch(`${proxy}/other`),
      await fetch(`${nowhere}/store/x`),
    ];
    for (const answer of answers) {
      expect([answer.status, await answer.text()]).toEqual([502, '']);
    }
    expect(reached).toEqual([]);
  });

  it('hands every line of a stream on when it comes, and ends the target’s work when the reader leaves', async () => {
    let write: ((line: string) => void) | undefined;
    const left = new Promise<void>((done) => {
      void listen((_incoming, outgoing) => {
        outgoing.writeHead(200, { 'content-type': 'application/x-ndjson' });
        write = (line) => outgoing.write(line);
        outgoing.on('close', done);
        write('one\n');
      }).then(async (target) => {
        const leave = new AbortController();
        const answer = await fetch(`${await proxyTo(target)}/store/changes`, { signal: leave.signal });
        const reader = answer.body!.getReader();
        const read = async () => new TextDecoder().decode((await reader.read()).value);
        expect(await read()).toBe('one\n');
        write?.('two\n');
        expect(await read()).toBe('two\n');
        leave.abort();
        await reader.read().catch(() => undefined);
      });
    });
    await left;
  });
});

describe('forwardResource', () => {
  const resourcesOf = (target: string, authorization?: string) =>
    listen((incoming, outgoing) => {
      const { pathname, search } = new URL(incoming.url ?? '/', 'http://x');
      forwardResource(incoming, outgoing, target, pathname.slice(1), search, authorization);
    });

  it('asks Prometheus below its address, names that repeat included, with the data source’s own sign-in', async () => {
    const target = await listen((incoming, outgoing) =>
      outgoing.end(`${incoming.url} ${incoming.headers.authorization} ${incoming.headers.cookie}`)
    );
    const proxy = await resourcesOf(`${target}/prom/`, basicAuthorization('me', 'pä'));
    const headers = { cookie: 'session=1', authorization: 'Bearer browser' };
    const answer = await fetch(`${proxy}/api/v1/series?match[]=a&match[]=b`, { headers });
    expect(await answer.text()).toBe('/prom/api/v1/series?match[]=a&match[]=b Basic bWU6cMOk undefined');
  });

  it('hands a form on', async () => {
    const target = await listen(async (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) {
        chunks.push(chunk as Buffer);
      }
      outgoing.end(`${incoming.method} ${incoming.headers['content-type']} ${Buffer.concat(chunks).toString()}`);
    });
    const body = new URLSearchParams({ query: 'sum(a)' });
    const answer = await fetch(`${await resourcesOf(target)}/api/v1/query`, { method: 'POST', body });
    expect(await answer.text()).toBe('POST application/x-www-form-urlencoded;charset=UTF-8 query=sum%28a%29');
  });

  it.each([400, 401, 422, 503])('hands a %i of Prometheus on as it is', async (status) => {
    const body = '{"status":"error","errorType":"bad_data","error":"parse error"}';
    const target = await listen((_incoming, outgoing) => outgoing.writeHead(status).end(body));
    const answer = await fetch(`${await resourcesOf(target)}/api/v1/query?query=(`);
    expect([answer.status, await answer.text()]).toEqual([status, body]);
  });

  it.each(['http://127.0.0.1:1', ''])('says as Grafana does that nothing answers at "%s"', async (target) => {
    const answer = await fetch(`${await resourcesOf(target)}/api/v1/query`);
    expect([answer.status, await answer.json()]).toEqual([
      500,
      expect.objectContaining({ messageId: 'plugin.downstreamError' }),
    ]);
  });
});
