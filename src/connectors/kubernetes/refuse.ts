import { ConnectorError } from '../../model/connector-error';
import type { HttpResponse } from '../connector';
import { refuseStatus } from '../refuse-status';
import { sayReason } from '../say-reason';

/** Id of this source system, in front of every error. */
export const KUBERNETES = 'kubernetes';

/** What is wanted of the service account: the file holds it, ready to apply. */
const RIGHTS =
  'It needs the ClusterRole runlane-reader (get, list of jobs and cronjobs in batch, of pods, and of services where sources are found by them): kubectl apply -f kubernetes-reader.yaml of provisioning/kubernetes, or the same as a Role in each namespace of the settings.';

/** Why an answer other than 200 came, in words. */
export function refuse(where: string, response: HttpResponse): ConnectorError {
  const said = sayReason(response.body);
  if (response.status === 403) {
    return new ConnectorError(
      'unauthorised',
      KUBERNETES,
      `${where} answered 403${said === '' ? '' : `: ${said}`}. ${RIGHTS}`
    );
  }
  return refuseStatus(where, response, {
    connector: KUBERNETES,
    system: 'Kubernetes',
    signIn:
      'Set the token of a service account in the data source settings: kubectl -n runlane get secret runlane-reader -o jsonpath={.data.token} | base64 -d. One of kubectl create token ends after an hour.',
    notFound:
      "Check that the address is that of Kubernetes' API server, 1.24 or newer, with its path if a proxy gives it one.",
  });
}
