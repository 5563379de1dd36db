import { ConnectorError } from '../../model/connector-error';
import { readObject, readText, ShapeError } from '../../model/read-shape';
import type { Http, HttpInit, HttpResponse } from '../connector';
import { parseJson } from '../parse-json';
import { AIRFLOW, isBadToken } from './refuse';

/** A port that can say who asks. */
export type Send = (
  path: string,
  init: HttpInit & { headers: Readonly<Record<string, string>> }
) => Promise<HttpResponse>;

/**
 * Airflow 3 by user and password, where there is a program that can log in (in Grafana there is a token in the settings,
 * for its routes are GET only). The token lives for a day, or until the server's secret changes: when it is refused, one
 * new login is made, whoever waits for it, and the question is asked once more.
 */
export function signedIn(send: Send, credentials: { username: string; password: string }): Http {
  let login: Promise<string> | undefined;

  async function logIn(): Promise<string> {
    const where = 'POST /auth/token';
    const response = await send('/auth/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(credentials),
    });
    // The auth manager decides which of the two it is.
    if (response.status !== 200 && response.status !== 201) {
      throw new ConnectorError(
        'unauthorised',
        AIRFLOW,
        `${where} answered ${response.status}. Check user and password, and that the address is that of an Airflow 3.`
      );
    }
    const answer = parseJson(response.body, { connector: AIRFLOW, where, system: 'Airflow' });
    try {
      return readText(readObject(answer, 'answer')['access_token'], 'access_token');
    } catch (cause) {
      if (cause instanceof ShapeError) {
        throw new ConnectorError('unexpected-shape', AIRFLOW, `${where} gave no token: ${cause.message}.`, { cause });
      }
      throw cause;
    }
  }

  const token = () =>
    (login ??= logIn().catch((error: unknown) => {
      login = undefined;
      throw error;
    }));

  return async (path, init = {}) => {
    const ask = async (bearer: Promise<string>) =>
      send(path, { ...init, headers: { Authorization: `Bearer ${await bearer}` } });
    const used = token();
    const response = await ask(used);
    if (!isBadToken(response)) {
      return response;
    }
    // Of many questions that are refused together, the first logs in.
    login = login === used ? undefined : login;
    return ask(token());
  };
}
