import type { BackendSrv, FetchResponse } from '@grafana/runtime';
import { isFetchError } from '@grafana/runtime';
import type { Observable } from 'rxjs';
import { ConnectorError } from '../connectors/connector-error';
import type { Http, HttpLines, HttpResponse, Ports } from '../connectors/connector';
import { answerText } from './answer-text';

type Backend = Pick<BackendSrv, 'fetch' | 'chunked'>;

/** A line longer than this is no line of ours: something else answers, or the stream lost its line ends. */
const LONGEST_LINE = 32 * 1024 * 1024;

/** The connector's ports through Grafana's proxy. `base` is the proxy's address of one route. */
export function createPorts(backend: Backend, base: string, where: string): Ports {
  const http: Http = (path, init = {}) =>
    new Promise<HttpResponse>((resolve, reject) => {
      const { signal } = init;
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const request = backend.fetch<unknown>({
        url: `${base}${path}`,
        method: init.method ?? 'GET',
        ...(init.body === undefined ? {} : { data: init.body }),
        responseType: 'text',
        showErrorAlert: false,
        retry: 0,
        ...(signal === undefined ? {} : { abortSignal: signal }),
      });
      let answer: HttpResponse | undefined;
      const subscription = request.subscribe({
        next: (response) => {
          answer = { status: response.status, body: answerText(response.data) };
        },
        error: (error: unknown) => {
          if (signal?.aborted) {
            reject(signal.reason);
          } else if (isFetchError(error) && error.status > 0 && error.cancelled !== true) {
            resolve({ status: error.status, body: answerText(error.data) });
          } else {
            reject(unanswered(where, path, error));
          }
        },
        complete: () => (answer === undefined ? reject(unanswered(where, path, undefined)) : resolve(answer)),
      });
      signal?.addEventListener(
        'abort',
        () => {
          subscription.unsubscribe();
          reject(signal.reason);
        },
        { once: true }
      );
    });

  const lines: HttpLines = (path, { signal }) =>
    readLines(
      backend.chunked({
        url: `${base}${path}`,
        method: 'GET',
        abortSignal: signal,
        requestId: `runlane-${nextStream++}`,
      }),
      where,
      path,
      signal
    );

  return typeof backend.chunked === 'function' ? { http, lines } : { http };
}

let nextStream = 1;

async function* readLines(
  chunks: Observable<FetchResponse<Uint8Array | undefined>>,
  where: string,
  path: string,
  signal: AbortSignal
): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of iterate(chunks, signal)) {
    if (!chunk.ok) {
      const kind = chunk.status === 401 || chunk.status === 403 ? 'unauthorised' : 'unreachable';
      throw new ConnectorError(kind, where, `GET ${path.split('?', 1)[0]} (live updates) answered ${chunk.status}.`);
    }
    rest += chunk.data === undefined ? '' : decoder.decode(chunk.data, { stream: true });
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > LONGEST_LINE) {
      throw new ConnectorError('unexpected-shape', where, `GET ${path.split('?', 1)[0]} sends lines without an end.`);
    }
    yield* parts;
  }
}

/** Values of an observable one by one; ends when it completes, throws when it fails or the signal aborts. */
async function* iterate<T>(source: Observable<T>, signal: AbortSignal): AsyncIterable<T> {
  const queue: T[] = [];
  let ended = false;
  let failure: { error: unknown } | undefined;
  let wake: () => void = () => undefined;
  const end = (problem?: { error: unknown }) => {
    ended = true;
    failure ??= problem;
    wake();
  };
  const onAbort = () => end({ error: signal.reason });
  const subscription = source.subscribe({
    next: (value) => {
      queue.push(value);
      wake();
    },
    error: (error: unknown) => end({ error }),
    complete: () => end(),
  });
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) {
    onAbort();
  }
  try {
    for (;;) {
      while (queue.length > 0 && !signal.aborted) {
        yield queue.shift() as T;
      }
      if (ended || signal.aborted) {
        break;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (ended || queue.length > 0) {
          resolve();
        }
      });
    }
    if (failure !== undefined) {
      throw failure.error;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    subscription.unsubscribe();
  }
}

function unanswered(where: string, path: string, cause: unknown): ConnectorError {
  const fact = isFetchError(cause) && cause.cancelled === true ? 'was cancelled' : `got no answer${sayCause(cause)}`;
  return new ConnectorError(
    'unreachable',
    where,
    `GET ${path.split('?', 1)[0]} ${fact}. Check that Grafana itself is reachable, and try again.`,
    { cause }
  );
}

function sayCause(cause: unknown): string {
  if (isFetchError(cause)) {
    return cause.statusText ? ` (${cause.statusText})` : '';
  }
  return cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : '';
}
