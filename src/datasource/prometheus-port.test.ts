import type { BackendSrvRequest } from '@grafana/runtime';
import { createPrometheusHttp } from './prometheus-port';

interface Asked {
  path: string;
  params?: object;
  options?: Partial<BackendSrvRequest>;
}

function port(answer: () => Promise<unknown>, settings: object | undefined = { name: 'Metrics', type: 'prometheus' }) {
  const asked: Asked[] = [];
  const source = {
    getResource: (path: string, params?: object, options?: Partial<BackendSrvRequest>) => {
      asked.push({ path, params, options });
      return answer();
    },
  };
  const dataSources = { getInstanceSettings: () => settings, get: async () => source };
  return { asked, http: createPrometheusHttp('prom', () => dataSources as never) };
}

const refuse = (status: number, data: unknown, more: object = {}) =>
  port(() => Promise.reject({ status, data, statusText: '', config: {}, ...more })).http;

test('a path becomes a resource and its parameters, repeated names included', async () => {
  const { http, asked } = port(async () => '{"status":"success"}');
  const match = ['up{job="a&b"}', 'runlane_task_runs'].map((text) => `match[]=${encodeURIComponent(text)}`).join('&');
  await expect(http(`/api/v1/series?${match}&start=1&empty=`)).resolves.toEqual({
    status: 200,
    body: '{"status":"success"}',
  });
  expect(asked).toEqual([
    {
      path: 'api/v1/series',
      params: { 'match[]': ['up{job="a&b"}', 'runlane_task_runs'], start: '1', empty: '' },
      options: { responseType: 'text', showErrorAlert: false, retry: 0 },
    },
  ]);
});

describe('a question too long for an address', () => {
  const search = `query=${encodeURIComponent(`sum(a{task=~"${'x'.repeat(7000)}"})`)}&step=30`;
  const asking = (post: () => Promise<unknown>) => {
    const asked: Array<{ method: string; said: unknown; headers?: unknown }> = [];
    const source = {
      getResource: async (_: string, params: unknown) => {
        asked.push({ method: 'GET', said: params });
        return '{}';
      },
      postResource: (_: string, body: string, { headers }: Partial<BackendSrvRequest>) => {
        asked.push({ method: 'POST', said: body, headers });
        return post();
      },
    };
    const dataSources = { getInstanceSettings: () => ({ name: 'P', type: 'prometheus' }), get: async () => source };
    return { asked, http: createPrometheusHttp('prom', () => dataSources as never) };
  };

  test('goes as a form', async () => {
    const { asked, http } = asking(async () => '{"a":1}');
    await expect(http(`/api/v1/query_range?${search}`)).resolves.toEqual({ status: 200, body: '{"a":1}' });
    expect(asked).toEqual([
      { method: 'POST', said: search, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    ]);
  });

  test.each([400, 405])('goes in the address where forms are not taken (%i)', async (status) => {
    const { asked, http } = asking(() => Promise.reject({ status, data: '', statusText: '', config: {} }));
    await http(`/api/v1/query_range?${search}`);
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  test('is refused as any other', async () => {
    const { asked, http } = asking(() => Promise.reject({ status: 502, data: '', statusText: '', config: {} }));
    await expect(http(`/api/v1/query_range?${search}`)).rejects.toMatchObject({ kind: 'unreachable' });
    expect(asked).toHaveLength(1);
  });
});

test('an answer that a data source has read already is text again', async () => {
  await expect(port(async () => ({ status: 'success', data: [] })).http('/x')).resolves.toMatchObject({
    body: '{"status":"success","data":[]}',
  });
});

describe('what Prometheus itself refuses is an answer', () => {
  const body = '{"status":"error","errorType":"bad_data","error":"parse error"}';

  test.each([
    ['as text', body],
    ['read as JSON', JSON.parse(body)],
    ['wrapped by Grafana', { message: body, error: 'Bad Request', response: body }],
  ])('%s', async (_, data) => {
    await expect(refuse(400, data)('/api/v1/query?query=(')).resolves.toEqual({ status: 400, body });
  });

  test('also when it is overloaded', async () => {
    const overloaded = { status: 'error', errorType: 'timeout', error: 'query timed out' };
    await expect(refuse(503, overloaded)('/x')).resolves.toMatchObject({ status: 503 });
    await expect(refuse(429, 'too many outstanding requests')('/x')).resolves.toEqual({
      status: 429,
      body: 'too many outstanding requests',
    });
  });
});

describe('what Grafana says instead is an error', () => {
  test.each([
    [401, { message: 'Unauthorized' }, 'unauthorised', /answered 401: Unauthorized\. Check the authentication/],
    [403, { message: "You'll need additional permissions" }, 'unauthorised', /permission to query "Metrics"/],
    [404, { message: 'Data source not found' }, 'unexpected-shape', /Data source not found\. Check that "Metrics"/],
    [
      404,
      '<html>nginx</html>',
      'unexpected-shape',
      /^\[prometheus\] GET \/x of the data source "Metrics" answered 404\./,
    ],
    [504, '', 'timeout', /shorter range/],
    [500, { message: 'context deadline exceeded' }, 'timeout', /shorter range/],
    [
      500,
      { message: 'An error occurred within the plugin', messageId: 'plugin.downstreamError' },
      'unreachable',
      /within the plugin\. Grafana could not reach it/,
    ],
    [502, '', 'unreachable', /could not reach/],
  ])('%i %j', async (status, data, kind, message) => {
    const asked = refuse(status, data)('/x?secret=1');
    await expect(asked).rejects.toMatchObject({ name: 'ConnectorError', kind });
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.not.toThrow(/secret|html/);
  });

  test('no answer at all', async () => {
    await expect(refuse(0, {}, { statusText: 'Failed to fetch' })('/x')).rejects.toThrow(
      /GET \/x got no answer \(Failed to fetch\)/
    );
    await expect(port(() => Promise.reject(new TypeError('Load failed'))).http('/x')).rejects.toMatchObject({
      kind: 'unreachable',
    });
  });
});

describe('the data source', () => {
  test('that was deleted, or may not be queried', async () => {
    const http = createPrometheusHttp('gone', () => ({ getInstanceSettings: () => undefined, get: jest.fn() }));
    await expect(http('/x')).rejects.toMatchObject({ kind: 'unreachable' });
    await expect(http('/x')).rejects.toThrow(/uid "gone" is not there: it was deleted, or you may not query it/);
  });

  test('that is no Prometheus', async () => {
    const { http } = port(async () => '', { name: 'Logs', type: 'loki' });
    await expect(http('/x')).rejects.toMatchObject({ kind: 'unexpected-shape' });
    await expect(http('/x')).rejects.toThrow(/"Logs" is no Prometheus but of type "loki"/);
  });

  test('of a cloud, which signs requests its own way, does', async () => {
    const { http } = port(async () => '{}', { name: 'AMP', type: 'grafana-amazonprometheus-datasource' });
    await expect(http('/x')).resolves.toEqual({ status: 200, body: '{}' });
  });

  test('whose plugin cannot be loaded', async () => {
    const http = createPrometheusHttp('prom', () => ({
      getInstanceSettings: () => ({ name: 'Metrics', type: 'prometheus' }) as never,
      get: () => Promise.reject(new Error('Plugin not found.')),
    }));
    await expect(http('/x')).rejects.toThrow('"Metrics" could not be loaded: Plugin not found. Try again.');
  });
});

test('a superseded request ends with the reason of the one who ends it, even where the data source goes on', async () => {
  const life = new AbortController();
  const { http, asked } = port(() => new Promise(() => undefined));
  const waiting = http('/x', { signal: life.signal });
  const reason = new Error('superseded');
  life.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(http('/x', { signal: life.signal })).rejects.toBe(reason);
  expect(asked.length).toBeLessThanOrEqual(1);
});

test('nothing but GET', async () => {
  const { http, asked } = port(async () => '');
  await expect(http('/api/v1/query', { method: 'POST', body: 'query=up' })).rejects.toMatchObject({
    kind: 'bad-request',
  });
  expect(asked).toEqual([]);
});
