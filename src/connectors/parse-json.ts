import { ConnectorError } from '../model/connector-error';

/** Who was asked, for the words of an error. */
export interface Asked {
  connector: string;
  /** `GET /api/v1/runs`. */
  where: string;
  /** `the task store`. */
  system: string;
}

/** Text to value. @throws ConnectorError that says whether the text is a web page (`unexpected-shape`) or was cut (`truncated`). */
export function parseJson(body: string, { connector, where, system }: Asked): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    if (body.trimStart().startsWith('<')) {
      throw new ConnectorError(
        'unexpected-shape',
        connector,
        `${where} answered a web page, not data. Check that the address in the data source settings is ${system}'s.`,
        { cause }
      );
    }
    throw new ConnectorError(
      'truncated',
      connector,
      `${where} answered JSON that breaks off or is damaged after ${body.length} characters. ` +
        `Try again; if it stays, look for a proxy between Grafana and ${system} that limits size or time.`,
      { cause }
    );
  }
}
