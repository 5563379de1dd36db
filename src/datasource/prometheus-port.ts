import type { DataSourceInstanceSettings } from '@grafana/data';
import { isFetchError } from '@grafana/runtime';
import type { BackendSrvRequest, DataSourceSrv } from '@grafana/runtime';
import type { Http, HttpResponse } from '../connectors/connector';
import { sayReason } from '../connectors/say-reason';
import { ConnectorError } from '../model/connector-error';
import { PROMETHEUS } from '../prometheus/profile';
import { answerText } from './answer-text';

/** Types of data sources that pass Prometheus' HTTP API through: the built-in one and its siblings with a cloud's sign-in. */
export const PROMETHEUS_TYPES: readonly string[] = [
  'prometheus',
  'grafana-amazonprometheus-datasource',
  'grafana-azureprometheus-datasource',
];

const SETTINGS = 'in the Runlane data source settings';

/** What a data source with a backend offers. Its own address, sign-in and certificates apply. */
interface Resources {
  getResource(path: string, params?: object, options?: Partial<BackendSrvRequest>): Promise<unknown>;
  postResource?(path: string, body: string, options?: Partial<BackendSrvRequest>): Promise<unknown>;
}

/** A longer address is refused by many a proxy (8 KiB, Grafana's own part and the cookies' line aside): it goes as a form. */
const LONGEST_SEARCH = 6000;

type DataSources = Pick<DataSourceSrv, 'get' | 'getInstanceSettings'>;

/**
 * Prometheus through a data source that the user already has, named by its uid. What Prometheus itself says, refusals
 * included, is an answer; what Grafana says instead is a `ConnectorError`.
 */
export function createPrometheusHttp(uid: string, dataSources: () => DataSources): Http {
  return async (path, { signal, method = 'GET' } = {}) => {
    const { source, name } = await untilAborted(findSource(uid, dataSources()), signal);
    const { resource, search } = splitPath(path);
    try {
      if (method !== 'GET') {
        throw new ConnectorError('bad-request', PROMETHEUS, `Only GET is asked of Prometheus, not ${method}.`);
      }
      const asked = ask(source, resource, search, {
        responseType: 'text',
        showErrorAlert: false,
        retry: 0,
        ...(signal === undefined ? {} : { abortSignal: signal }),
      });
      return { status: 200, body: answerText(await untilAborted(asked, signal)) };
    } catch (error) {
      if (signal?.aborted) {
        throw signal.reason;
      }
      return refusal(error, `GET /${resource}`, name);
    }
  };
}

/**
 * Prometheus takes its questions in the address or as a form. Not every system with its interface takes forms, nor does
 * every proxy hand them on: one that is not understood is asked again in the address.
 */
async function ask(
  source: Resources,
  resource: string,
  search: string,
  options: Partial<BackendSrvRequest>
): Promise<unknown> {
  if (search.length > LONGEST_SEARCH && source.postResource !== undefined) {
    try {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      return await source.postResource(resource, search, { ...options, headers });
    } catch (error) {
      if (!isFetchError(error) || (error.status !== 405 && error.status !== 400)) {
        throw error;
      }
    }
  }
  return source.getResource(resource, paramsOf(search), options);
}

async function findSource(uid: string, dataSources: DataSources): Promise<{ source: Resources; name: string }> {
  const settings: DataSourceInstanceSettings | undefined = dataSources.getInstanceSettings({ uid });
  if (settings === undefined) {
    throw new ConnectorError(
      'unreachable',
      PROMETHEUS,
      `The Prometheus data source with the uid "${uid}" is not there: it was deleted, or you may not query it. ` +
        `Choose another one ${SETTINGS}, or ask an administrator of this Grafana for permission to query it.`
    );
  }
  const { name, type } = settings;
  let source: object;
  try {
    source = await dataSources.get({ uid, type });
  } catch (cause) {
    const why = cause instanceof Error && cause.message !== '' ? `: ${cause.message.replace(/\.$/, '')}` : '';
    throw new ConnectorError(
      'unreachable',
      PROMETHEUS,
      `The data source "${name}" could not be loaded${why}. Try again.`,
      {
        cause,
      }
    );
  }
  if (!hasResources(source) || !(PROMETHEUS_TYPES.includes(type) || type.includes('prometheus'))) {
    throw new ConnectorError(
      'unexpected-shape',
      PROMETHEUS,
      `The data source "${name}" is no Prometheus but of type "${type}". Choose a Prometheus data source ${SETTINGS}.`
    );
  }
  return { source, name };
}

function hasResources(source: object): source is Resources {
  return typeof (source as Partial<Resources>).getResource === 'function';
}

/** `/api/v1/query?query=up` in the two parts that resource calls want. */
function splitPath(path: string): { resource: string; search: string } {
  const [bare = '', search = ''] = path.split('?', 2);
  return { resource: bare.replace(/^\/+/, ''), search };
}

/** `match[]=a&match[]=b` by name; a name that repeats becomes a list. */
function paramsOf(search: string): Record<string, string | string[]> {
  const given = new URLSearchParams(search);
  const params = [...new Set(given.keys())].map((name) => {
    const values = given.getAll(name);
    return [name, values.length === 1 ? (values[0] ?? '') : values] as const;
  });
  return Object.fromEntries(params);
}

/** Prometheus' own answer where it is one, else why there is none. */
function refusal(error: unknown, where: string, name: string): HttpResponse {
  if (error instanceof ConnectorError) {
    throw error;
  }
  if (!isFetchError(error) || error.status <= 0 || error.cancelled === true) {
    const why = isFetchError(error) ? error.statusText : error instanceof Error ? error.message : String(error);
    throw new ConnectorError(
      'unreachable',
      PROMETHEUS,
      `${where} got no answer${why ? ` (${why})` : ''}. Check that Grafana itself is reachable, and try again.`,
      { cause: error }
    );
  }
  const { status } = error;
  const body = answerText(error.data);
  if (isOfPrometheus(body)) {
    return { status, body };
  }
  const fail = (kind: ConstructorParameters<typeof ConnectorError>[0], rest: string) => {
    const said = sayReason(body);
    const fact = `${where} of the data source "${name}" answered ${status}${said === '' ? '' : `: ${said}`}`;
    return new ConnectorError(kind, PROMETHEUS, `${fact}. ${rest}`, { cause: error });
  };
  switch (status) {
    case 401:
      throw fail('unauthorised', `Check the authentication in the settings of "${name}".`);
    case 403:
      throw fail(
        'unauthorised',
        `Ask an administrator of this Grafana for permission to query "${name}", or check the authentication in its settings.`
      );
    case 404:
      throw fail('unexpected-shape', `Check that "${name}" still exists and that its address is that of a Prometheus.`);
    case 408:
    case 504:
      throw fail('timeout', 'Choose a shorter range, or raise the timeout of that data source.');
    default:
      if (status >= 500) {
        throw /timeout|deadline/i.test(body)
          ? fail('timeout', 'Choose a shorter range, or raise the timeout of that data source.')
          : fail(
              'unreachable',
              `Grafana could not reach it. Check with Save & test in the settings of "${name}" that Prometheus runs at its address.`
            );
      }
      return { status, body };
  }
}

/** Whether a body is Prometheus' own: it always says how it went. */
function isOfPrometheus(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    const status = typeof value === 'object' && value !== null ? (value as { status?: unknown }).status : undefined;
    return status === 'error' || status === 'success';
  } catch {
    return false;
  }
}

/** The promise, or the signal's reason as soon as it aborts: a data source need not know how to stop. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) {
      leave();
    }
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
