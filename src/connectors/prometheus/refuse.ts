import { ConnectorError } from '../../model/connector-error';
import type { ConnectorErrorKind } from '../../model/connector-error';
import { PROMETHEUS } from '../../prometheus/profile';
import type { HttpResponse } from '../connector';
import { sayReason } from '../say-reason';

/** Why Prometheus gave no data, in words and with what to do. Its own reason is in `error`, its sort in `errorType`. */
export function refuse(where: string, { status, body }: HttpResponse): ConnectorError {
  const said = sayReason(body);
  const error = (kind: ConnectorErrorKind, rest: string) => new ConnectorError(kind, PROMETHEUS, `${where} ${rest}`);

  if (status === 401 || status === 403 || (status === 400 && /authentication to data source failed/i.test(body))) {
    return error(
      'unauthorised',
      `was refused (${status}). Check the user and password, or the token, of the Prometheus data source.`
    );
  }
  // While it still looks for the series, Prometheus calls the same thing an error of execution.
  if (errorTypeOf(body) === 'timeout' || /query timed out|context deadline exceeded/i.test(said)) {
    return error(
      'timeout',
      `took longer than Prometheus allows: ${said || 'query timed out'}. Choose a shorter range or narrower filters, or raise --query.timeout.`
    );
  }
  switch (status) {
    case 400:
    case 422:
      return error('bad-request', `was refused (${status}): ${said || 'no reason given'}. ${adviceFor(said)}`);
    case 404:
      return error(
        'unsupported-version',
        `answered 404${said ? `: ${said}` : ''}. Check that the address is that of Prometheus or of a system with its API, with the path prefix it is served under.`
      );
    case 413:
    case 414:
    case 431:
      return error(
        'bad-request',
        `was refused as too large (${status}). Choose fewer values in the filters or a shorter range.`
      );
    case 429:
      return error('unreachable', `answered 429: Prometheus has more to do than it can. ${said || 'Wait a little'}.`);
    case 502:
      if (said === '') {
        return error(
          'unreachable',
          "answered 502 without a word. One of three: nothing listens at Prometheus' address, Prometheus took longer than " +
            'Grafana waits (30 s), or Grafana has no such route. Check the address, that Prometheus runs, and that Grafana was restarted after the plugin was updated.'
        );
      }
      return error('unreachable', `answered 502: ${said}. Check that Prometheus runs and that Grafana can reach it.`);
    case 504:
      return error(
        'timeout',
        'took longer than the proxy before Prometheus waits. Choose a shorter range or narrower filters.'
      );
    default:
      return error(
        'unreachable',
        `answered ${status}${said ? `: ${said}` : ''}. Check that Prometheus runs and that Grafana can reach it.`
      );
  }
}

function adviceFor(said: string): string {
  if (/maximum resolution|too many samples|maximum number of|limit/i.test(said)) {
    return 'Choose a shorter range, narrower filters, or fewer points (a longer minimum interval).';
  }
  if (/parse error: unexpected string|invalid (?:destination )?label name/i.test(said)) {
    return 'Names with other characters than letters, digits and "_" need Prometheus 3: filter by another label.';
  }
  return 'Change the filters or the custom profile.';
}

function errorTypeOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { errorType?: unknown } | null)?.errorType;
  } catch {
    return undefined;
  }
}
