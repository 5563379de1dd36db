import type { BackendSrv } from '@grafana/runtime';
import { isFetchError } from '@grafana/runtime';
import type { Http, HttpResponse, Ports } from '../connectors/connector';
import { ConnectorError } from '../model/connector-error';
import { answerText } from './answer-text';

type Backend = Pick<BackendSrv, 'fetch'>;

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

  return { http };
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
