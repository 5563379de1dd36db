import type { ConfigReader, Path } from '../yaml/config-reader';
import type { Endpoint, Smtp } from './alerts-config';

export const ENDPOINT_KEYS = ['url', 'urlEnv', 'bearerEnv', 'user', 'passwordEnv'];

const WEB = ['http:', 'https:'];

/** An http(s) address. It is not shown when it is wrong, because addresses of robots hold their key. */
export function readUrl(reader: ConfigReader, path: Path): string | undefined {
  return checkUrl(reader, path, reader.text(path), WEB);
}

/**
 * An address with its secrets, which are named by environment variables. `undefined` when it is missing or wrong.
 *
 * @param protocols how it may begin, as `URL.protocol` has it
 * @param filled what the address looks like once it is filled in, where it is a pattern
 */
export function readEndpoint(
  reader: ConfigReader,
  path: Path,
  protocols: readonly string[] = WEB,
  filled: (text: string) => string = (text) => text
): Endpoint | undefined {
  const fromEnvironment = reader.secret([...path, 'urlEnv']);
  const url =
    fromEnvironment === undefined
      ? checkUrl(reader, [...path, 'url'], reader.text([...path, 'url']), protocols, filled)
      : checkUrl(reader, [...path, 'urlEnv'], fromEnvironment, protocols, filled);
  const bearer = reader.secret([...path, 'bearerEnv']);
  const user = reader.text([...path, 'user'], 500);
  const password = reader.secret([...path, 'passwordEnv']);
  if (url === undefined) {
    const given = ['url', 'urlEnv'].some((key) => reader.value([...path, key]) !== undefined);
    return given ? undefined : reader.fault(path, `${path.join('.')} has no address. Set url or urlEnv.`);
  }
  return {
    url: url.replace(/\/+$/, ''),
    ...(bearer !== undefined && { bearer }),
    ...(user !== undefined && { basic: { user, password: password ?? '' } }),
  };
}

export function readSmtp(reader: ConfigReader, path: Path): Smtp | undefined {
  reader.knows(path, ['host', 'port', 'secure', 'user', 'passEnv']);
  const host = reader.text([...path, 'host'], 500);
  if (host === undefined) {
    return reader.fault(path, `${path.join('.')}.host is missing. Want the name of the mail server.`);
  }
  const secure = reader.truth([...path, 'secure']) ?? false;
  const user = reader.text([...path, 'user'], 500);
  const password = reader.secret([...path, 'passEnv']);
  return {
    host,
    port: reader.whole([...path, 'port'], 1, 65_535) ?? (secure ? 465 : 587),
    secure,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
  };
}

/** Mail addresses, checked only so far that a mistake of spelling is found and no header can be broken. */
export function readAddresses(reader: ConfigReader, path: Path, most: number): string[] {
  const found = reader.texts(path, most) ?? [];
  for (const address of found) {
    if (!/^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$/.test(address)) {
      reader.fault(path, `${path.join('.')} holds ${JSON.stringify(address)}, which is no mail address.`);
    }
  }
  return found;
}

function checkUrl(
  reader: ConfigReader,
  path: Path,
  text: string | undefined,
  protocols: readonly string[],
  filled: (text: string) => string = (same) => same
): string | undefined {
  if (text === undefined || (URL.canParse(filled(text)) && protocols.includes(new URL(filled(text)).protocol))) {
    return text;
  }
  const wanted = protocols.map((protocol) => `${protocol}//`).join(' or ');
  return reader.fault(path, `${path.join('.')} holds no address that begins with ${wanted}.`);
}
