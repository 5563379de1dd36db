import type { BackendSrvRequest, FetchResponse } from '@grafana/runtime';
import { NEVER, Observable, of, throwError } from 'rxjs';
import { createPorts } from './http-ports';

type Chunk = FetchResponse<Uint8Array | undefined>;

function ports(fetched: Observable<unknown>, chunks: Observable<Partial<Chunk>> = NEVER) {
  const asked: BackendSrvRequest[] = [];
  const note = (options: BackendSrvRequest) => asked.push(options);
  const backend = {
    fetch: (options: BackendSrvRequest) => (note(options), fetched as never),
    chunked: (options: BackendSrvRequest) => (note(options), chunks as Observable<Chunk>),
  };
  return { asked, ...createPorts(backend, '/proxy/store', 'task-store') };
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all = [];
  for await (const line of lines) {
    all.push(line);
  }
  return all;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const signal = () => new AbortController().signal;

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

describe('lines', () => {
  test('are put together from pieces, also where a character is cut in two', async () => {
    const text = bytes('{"task":"邮件"}\n{"b":2}\n');
    const pieces = [text.slice(0, 11), text.slice(11, 13), text.slice(13)];
    const { lines } = ports(NEVER, of(...pieces.map((data) => ({ ok: true, status: 200, data }))));
    await expect(collect(lines?.('/c', { signal: signal() }) ?? ([] as never))).resolves.toEqual([
      '{"task":"邮件"}',
      '{"b":2}',
    ]);
  });

  test.each([
    [401, 'unauthorised'],
    [502, 'unreachable'],
  ])('that answer %i are an error', async (status, kind) => {
    const { lines } = ports(NEVER, of({ ok: false, status }));
    await expect(collect(lines?.('/c', { signal: signal() }) ?? ([] as never))).rejects.toMatchObject({ kind });
  });

  test('end when nobody wants them any more, and let go of the connection', async () => {
    let closed = false;
    const life = new AbortController();
    const { lines } = ports(NEVER, new Observable(() => () => (closed = true)));
    const all = collect(lines?.('/c', { signal: life.signal }) ?? ([] as never));
    const reason = new Error('enough');
    life.abort(reason);
    await expect(all).rejects.toBe(reason);
    expect(closed).toBe(true);
  });
});
