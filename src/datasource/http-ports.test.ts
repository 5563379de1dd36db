import type { BackendSrvRequest } from '@grafana/runtime';
import { Observable, of, throwError } from 'rxjs';
import { createPorts } from './http-ports';

function ports(fetched: Observable<unknown>) {
  const asked: BackendSrvRequest[] = [];
  const backend = { fetch: (options: BackendSrvRequest) => (asked.push(options), fetched as never) };
  return { asked, ...createPorts(backend, '/proxy/store', 'task-store') };
}

describe('http', () => {
  test('asks through the proxy for text, without an alert of its own', async () => {
    const { http, asked } = ports(of({ status: 200, data: '{"a":1}' }));
    await expect(http('/api/v1/runs?x=1')).resolves.toEqual({ status: 200, body: '{"a":1}' });
    expect(asked[0]).toMatchObject({
      url: '/proxy/store/api/v1/runs?x=1',
      method: 'GET',
      responseType: 'text',
      showErrorAlert: false,
    });
  });

  test.each([
    [
      { status: 502, data: '', config: {} },
      { status: 502, body: '' },
    ],
    [
      { status: 400, data: { message: 'Authentication to data source failed' }, config: {} },
      { status: 400, body: '{"message":"Authentication to data source failed"}' },
    ],
    [
      {
        status: 400,
        data: { message: '{"error":"[store] no"}', error: '', response: '{"error":"[store] no"}' },
        config: {},
      },
      { status: 400, body: '{"error":"[store] no"}' },
    ],
  ])('gives every refusal as an answer: %j', async (error, answer) => {
    await expect(ports(throwError(() => error)).http('/x')).resolves.toEqual(answer);
  });

  test('says that there was no answer at all', async () => {
    const { http } = ports(throwError(() => new TypeError('Failed to fetch')));
    await expect(http('/api/v1/runs?secret=1')).rejects.toMatchObject({ kind: 'unreachable' });
    await expect(http('/api/v1/runs?secret=1')).rejects.toThrow(
      /GET \/api\/v1\/runs got no answer \(Failed to fetch\)/
    );
  });

  test('ends with the reason of the one who cancels, before and while asking', async () => {
    const life = new AbortController();
    let cancelled = false;
    const { http } = ports(new Observable(() => () => (cancelled = true)));
    const asked = http('/x', { signal: life.signal });
    const reason = new Error('enough');
    life.abort(reason);
    await expect(asked).rejects.toBe(reason);
    expect(cancelled).toBe(true);
    await expect(http('/x', { signal: life.signal })).rejects.toBe(reason);
  });
});
