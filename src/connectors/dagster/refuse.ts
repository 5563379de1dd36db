import { ConnectorError } from '../../model/connector-error';
import type { HttpResponse } from '../connector';
import { refuseStatus } from '../refuse-status';

/** Id of this source system, in front of every error. */
export const DAGSTER = 'dagster';

/** The first version whose schema has all that is asked: `Run.creationTime` and `Run.assetChecks`. */
const OLDEST = '1.8';

/** Why an answer other than 200 came. @param said the first error of GraphQL's own, where the body holds one */
export function refuse(
  where: string,
  response: HttpResponse,
  said: string | undefined,
  since = OLDEST
): ConnectorError {
  const needed = `Dagster ${since} or newer is needed`;
  if (said !== undefined && response.status === 400) {
    return new ConnectorError('unsupported-version', DAGSTER, `${where} was refused: ${said}. ${needed}.`);
  }
  return refuseStatus(where, said === undefined ? response : { ...response, body: JSON.stringify({ message: said }) }, {
    connector: DAGSTER,
    system: 'Dagster',
    signIn:
      'Dagster+ wants a user token, Dagster behind a proxy a user and password: set them in the data source settings.',
    notFound: `Check that the address is that of Dagster's webserver, with its --path-prefix if it has one. ${needed}.`,
  });
}
