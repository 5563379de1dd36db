import { ConnectorError } from '../../model/connector-error';
import { readObject, readText, ShapeError } from '../../model/read-shape';
import type { Http, HttpWithHeaders } from '../connector';
import { parseJson } from '../parse-json';
import type { Credentials } from '../system';
import { AIRFLOW, isBadToken } from './refuse';

/**
 * Airflow by user and password, where there is a program that can log in (in Grafana there is a token in the settings,
 * for its routes are GET only). Airflow 3 gives a token, which lives for a day, or until the server's secret changes: when
 * it is refused, one new login is made, whoever waits for it, and the question is asked once more. Airflow 2 has no such
 * route and takes user and password with each question.
 */
export function signedIn(send: HttpWithHeaders, { user, password }: Credentials): Http {
  let login: Promise<string> | undefined;

  /** What to send as `Authorization`. */
  async function logIn(): Promise<string> {
    const where = 'POST /auth/token';
    const response = await send('/auth/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: user, password }),
    });
    if (response.status === 404 || response.status === 405) {
      return `Basic ${base64(`${user}:${password}`)}`;
    }
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
      return `Bearer ${readText(readObject(answer, 'answer')['access_token'], 'access_token')}`;
    } catch (cause) {
      if (cause instanceof ShapeError) {
        throw new ConnectorError('unexpected-shape', AIRFLOW, `${where} gave no token: ${cause.message}.`, { cause });
      }
      throw cause;
    }
  }

  const authorization = () =>
    (login ??= logIn().catch((error: unknown) => {
      login = undefined;
      throw error;
    }));

  return async (path, init = {}) => {
    const ask = async (who: Promise<string>) => send(path, { ...init, headers: { Authorization: await who } });
    const used = authorization();
    const response = await ask(used);
    if (!isBadToken(response)) {
      return response;
    }
    // Of many questions that are refused together, the first logs in.
    login = login === used ? undefined : login;
    return ask(authorization());
  };
}

/** Of the text's UTF-8 bytes. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
