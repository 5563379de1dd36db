/** `not-reported`: nothing is wrong, the source cannot tell what was asked. Panels show its message, not an error. */
export type ConnectorErrorKind =
  | 'unreachable'
  | 'unauthorised'
  | 'unsupported-version'
  | 'unexpected-shape'
  | 'bad-request'
  | 'timeout'
  | 'truncated'
  | 'not-reported';

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
