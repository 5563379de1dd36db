import { ConnectorError } from '../../model/connector-error';
import type { HttpResponse } from '../connector';
import { sayReason } from '../say-reason';

/** Why an answer other than 200 came, in words. Through Grafana's proxy a 401 arrives as 400 with a text of its own. */
export function refuse(where: string, { status, body }: HttpResponse): ConnectorError {
  const said = sayReason(body);
  const error = (kind: ConstructorParameters<typeof ConnectorError>[0], rest: string) =>
    new ConnectorError(kind, 'task-store', `${where} ${rest}`);

  if (status === 401 || status === 403 || (status === 400 && /authentication to data source failed/i.test(body))) {
    return error('unauthorised', `was refused (${status}). Set the store's read token in the data source settings.`);
  }
  switch (status) {
    case 400:
      return error('bad-request', `was not understood (${status}): ${said || 'no reason given'}. Change the query.`);
    case 422:
      return error('bad-request', `asks for too much (${status}): ${said || 'no reason given'}.`);
    case 404:
      return error(
        'unsupported-version',
        `answered 404${said ? `: ${said}` : ''}. ` +
          "Check that the address is a task store's, without a path behind it, and that the store is not older than the plugin."
      );
    case 413:
    case 414:
    case 431:
      return error(
        'bad-request',
        `was refused as too large (${status}). Choose fewer values in the filters or a shorter range.`
      );
    case 429:
      return error('unreachable', `answered 429: the store has more to do than it can. ${said || 'Wait a little'}.`);
    case 502:
      if (said === '') {
        return error(
          'unreachable',
          "answered 502 without a word. One of three: nothing listens at the store's address, the store took longer than " +
            "Grafana waits (30 s), or Grafana has no such route. Check the address, the store's log, and that Grafana was restarted after the plugin was updated."
        );
      }
      return error('unreachable', `answered 502: ${said}. Check that the store runs and that Grafana can reach it.`);
    case 503:
      return error(
        'unreachable',
        `answered 503: ${said || 'the store is starting or stopping'}. Try again in a moment.`
      );
    case 504:
      return error('timeout', 'took longer than Grafana waits. Choose a shorter range or narrower filters.');
    default:
      return error('unreachable', `answered ${status}${said ? `: ${said}` : ''}. See the store's log.`);
  }
}
