import { Observable, firstValueFrom, map } from 'rxjs';
import type { BackendSrv, BackendSrvRequest, FetchError, FetchResponse } from '@grafana/runtime';

/**
 * `getBackendSrv()` of the preview: `fetch` behind the interface that plugins know. A request with the id of one
 * that is still under way cancels that one.
 */
export class PreviewBackendService implements BackendSrv {
  private readonly running = new Map<string, AbortController>();

  fetch<T>(options: BackendSrvRequest): Observable<FetchResponse<T>> {
    return new Observable((observer) => {
      const { controller, done } = this.begin(options);
      send(options, controller.signal)
        .then(async (response) => {
          const data = await readBody(response, options.responseType);
          const answer = describe<T>(response, data as T, options);
          if (!response.ok) {
            throw failure(answer, options);
          }
          observer.next(answer);
          observer.complete();
        })
        .catch((error: unknown) => observer.error(asFetchError(error, options)))
        .finally(done);
      return () => controller.abort();
    });
  }

  chunked(options: BackendSrvRequest): Observable<FetchResponse<Uint8Array | undefined>> {
    return new Observable((observer) => {
      const { controller, done } = this.begin(options);
      const read = async () => {
        const response = await send(options, controller.signal);
        if (!response.ok) {
          throw failure(describe(response, await readBody(response), options), options);
        }
        const reader = response.body?.getReader();
        for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
          observer.next(describe<Uint8Array | undefined>(response, part.value, options));
        }
        observer.next(describe<Uint8Array | undefined>(response, undefined, options));
        observer.complete();
      };
      read()
        .catch((error: unknown) => observer.error(asFetchError(error, options)))
        .finally(done);
      return () => controller.abort();
    });
  }

  request<T>(options: BackendSrvRequest): Promise<T> {
    return firstValueFrom(this.fetch<T>(options).pipe(map(({ data }) => data)));
  }

  datasourceRequest<T>(options: BackendSrvRequest): Promise<FetchResponse<T>> {
    return firstValueFrom(this.fetch<T>(options));
  }

  get<T>(
    url: string,
    params?: Record<string, unknown>,
    requestId?: string,
    options?: Partial<BackendSrvRequest>
  ): Promise<T> {
    return this.request<T>({ ...options, method: 'GET', url, params, requestId });
  }

  delete<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'DELETE', url, data });
  }

  post<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'POST', url, data });
  }

  patch<T>(url: string, data: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'PATCH', url, data });
  }

  put<T>(url: string, data?: unknown, options?: Partial<BackendSrvRequest>): Promise<T> {
    return this.request<T>({ ...options, method: 'PUT', url, data });
  }

  private begin({ requestId, abortSignal }: BackendSrvRequest): { controller: AbortController; done: () => void } {
    const controller = new AbortController();
    abortSignal?.addEventListener('abort', () => controller.abort());
    if (abortSignal?.aborted) {
      controller.abort();
    }
    if (requestId !== undefined) {
      this.running.get(requestId)?.abort();
      this.running.set(requestId, controller);
    }
    return {
      controller,
      done: () => {
        if (requestId !== undefined && this.running.get(requestId) === controller) {
          this.running.delete(requestId);
        }
      },
    };
  }
}

function send(options: BackendSrvRequest, signal: AbortSignal): Promise<Response> {
  const headers = new Headers(options.headers as HeadersInit | undefined);
  let body: BodyInit | undefined;
  if (options.data !== undefined && options.method !== undefined && options.method !== 'GET') {
    body = typeof options.data === 'string' ? options.data : JSON.stringify(options.data);
    if (typeof options.data !== 'string' && !headers.has('content-type')) {
      headers.set('content-type', 'application/json');
    }
  }
  return fetch(withParams(options.url, options.params), { method: options.method ?? 'GET', headers, body, signal });
}

export function withParams(url: string, params: Record<string, unknown> | undefined): string {
  const pairs = Object.entries(params ?? {}).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((one) => one !== undefined && one !== null)
      .map((one) => [key, String(one)])
  );
  const search = new URLSearchParams(pairs).toString();
  const absolute = /^(https?:)?\//.test(url) ? url : `/${url}`;
  return search === '' ? absolute : `${absolute}${absolute.includes('?') ? '&' : '?'}${search}`;
}

async function readBody(response: Response, type?: BackendSrvRequest['responseType']): Promise<unknown> {
  switch (type) {
    case 'arraybuffer':
      return response.arrayBuffer();
    case 'blob':
      return response.blob();
    case 'text':
      return response.text();
    default: {
      const text = await response.text();
      try {
        return text === '' ? undefined : JSON.parse(text);
      } catch {
        return text;
      }
    }
  }
}

function describe<T>(response: Response, data: T, config: BackendSrvRequest): FetchResponse<T> {
  const { status, statusText, ok, headers, redirected, type, url } = response;
  return { data, status, statusText, ok, headers, redirected, type, url, config };
}

function failure({ status, statusText, data }: FetchResponse<unknown>, config: BackendSrvRequest): FetchError {
  // Grafana hands the text of a refusal over in this form.
  const known =
    typeof data === 'object' && data !== null
      ? data
      : { message: data ?? statusText, error: statusText, response: data ?? '' };
  return { status, statusText, data: known, config };
}

function asFetchError(error: unknown, config: BackendSrvRequest): FetchError {
  if (typeof error === 'object' && error !== null && 'status' in error && 'config' in error) {
    return error as FetchError;
  }
  const cancelled = error instanceof DOMException && error.name === 'AbortError';
  const message = error instanceof Error ? error.message : String(error);
  return {
    status: cancelled ? -1 : 0,
    statusText: cancelled ? 'Request was aborted' : message,
    data: { message },
    cancelled,
    config,
  };
}
