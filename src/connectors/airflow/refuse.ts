import type { ConnectorError } from '../../model/connector-error';
import type { HttpResponse } from '../connector';
import { refuseStatus } from '../refuse-status';

/** Id of this source system, in front of every error. */
export const AIRFLOW = 'airflow';

/** What a server that does not know a token's signature says, with 403: its secret was changed. Expired ones are 401. */
export function isBadToken({ status, body }: HttpResponse): boolean {
  return status === 401 || (status === 403 && /invalid jwt token/i.test(body));
}

export function refuse(where: string, response: HttpResponse): ConnectorError {
  const signIn =
    response.status === 403 && !isBadToken(response)
      ? 'The user may not read this: give it the role Viewer at least.'
      : 'Airflow 3 wants a token, which lasts a day: get one with POST /auth/token and set it in the data source settings. Airflow 2 wants user and password, and the auth backend basic_auth for its API.';
  return refuseStatus(where, response, {
    connector: AIRFLOW,
    system: 'Airflow',
    signIn,
    notFound:
      "Check that the address is Airflow's, with the path of its base_url if it has one, and that it is 2.10 or newer.",
  });
}
