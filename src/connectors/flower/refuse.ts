import type { ConnectorError } from '../../model/connector-error';
import type { HttpResponse } from '../connector';
import { refuseStatus } from '../refuse-status';

/** Id of this source system, in front of every error. */
export const FLOWER = 'flower';

export function refuse(where: string, response: HttpResponse): ConnectorError {
  return refuseStatus(where, response, {
    connector: FLOWER,
    system: 'Flower',
    signIn:
      "Set user and password in the data source settings (Flower's --basic_auth), or start Flower with FLOWER_UNAUTHENTICATED_API=true where only Grafana can reach it.",
    notFound: "Check that the address is Flower's, with its --url_prefix if it has one, and that it is 2.0 or newer.",
  });
}
