import type { Http } from '../../src/connectors/connector';
import { ConnectorError } from '../../src/model/connector-error';

/** The connectors' port to a Prometheus, by `fetch`. @param answered counts what was asked */
export function prometheusHttp(url: string, answered?: (path: string) => void): Http {
  return async (path, { signal, method, body } = {}) => {
    answered?.(path);
    try {
      const response = await fetch(url + path, { signal, method, body });
      return { status: response.status, body: await response.text() };
    } catch (error) {
      signal?.throwIfAborted();
      throw new ConnectorError('unreachable', 'prometheus', `${url} does not answer.`, { cause: error });
    }
  };
}
