import { ConnectorError } from '../model/connector-error';
import type { ConnectorErrorKind } from '../model/connector-error';
import type { HttpResponse } from './connector';
import { sayReason } from './say-reason';

/** The words of a refusal that depend on who refuses. */
export interface Refuser {
  connector: string;
  /** `Flower`. */
  system: string;
  /** What to set where it asks who we are: a whole sentence. */
  signIn: string;
  /** What an address that answers 404 may be. */
  notFound: string;
}

/** Why an answer other than 200 came, in words. Through Grafana's proxy a 401 arrives as 400 with a text of its own. */
export function refuseStatus(where: string, { status, body }: HttpResponse, who: Refuser): ConnectorError {
  const { connector, system, signIn, notFound } = who;
  const said = sayReason(body);
  const because = said === '' ? '' : `: ${said}`;
  const error = (kind: ConnectorErrorKind, rest: string) => new ConnectorError(kind, connector, `${where} ${rest}`);

  if (status === 401 || status === 403 || (status === 400 && /authentication to data source failed/i.test(body))) {
    return error('unauthorised', `answered ${status}. ${signIn}`);
  }
  switch (status) {
    case 404:
      return error('unsupported-version', `answered 404. ${notFound}`);
    case 400:
    case 413:
    case 414:
    case 422:
    case 431:
      return error('bad-request', `was refused (${status})${because}. Choose fewer values or a shorter range.`);
    case 429:
      return error('unreachable', `answered 429: ${system} has more to do than it can. Wait a little.`);
    case 504:
      return error('timeout', 'took longer than Grafana waits. Choose a shorter range.');
    default:
      return error(
        'unreachable',
        `answered ${status}${because}. Check that ${system} runs at the address of the data source settings, and see its log.`
      );
  }
}
