export type ConnectorErrorKind =
  'unreachable' | 'unauthorised' | 'unsupported-version' | 'unexpected-shape' | 'bad-request' | 'timeout' | 'truncated';

/**
 * The one error that leaves a connector. The message reads *[where] what happened: the fact found. What to do.*
 *
 *     [flower] GET /api/tasks answered 401. Set user and password in the data source settings.
 */
export class ConnectorError extends Error {
  readonly kind: ConnectorErrorKind;

  constructor(kind: ConnectorErrorKind, connector: string, message: string, options?: { cause?: unknown }) {
    super(`[${connector}] ${message}`, options);
    this.name = 'ConnectorError';
    this.kind = kind;
  }
}
