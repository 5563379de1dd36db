import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { ConnectorError } from '../../../src/model/connector-error';
import type { DurationMs } from '../../../src/model/units';
import type { Endpoint } from '../alerts/alerts-config';

export interface RedisPlace {
  endpoint: Endpoint;
  /** Id of the source system, in front of every error. */
  system: string;
  /** For connecting, and for one answer. */
  timeoutMs: DurationMs;
}

export const REDIS_PROTOCOLS = ['redis:', 'rediss:'] as const;

/** The number of the database in an address: `redis://host:6379/2`; 0 where there is none. */
export function databaseOf({ url }: Pick<Endpoint, 'url'>): number {
  const path = new URL(url).pathname.slice(1);
  return /^\d+$/.test(path) ? Number(path) : 0;
}

/**
 * A connection that is made once and not again: who uses it begins anew when it is over, and knows then that something may have
 * been missed.
 *
 * @throws ConnectorError when there is none
 */
export async function connectRedis(place: RedisPlace): Promise<Redis> {
  const { endpoint, timeoutMs } = place;
  const { protocol, hostname, port } = new URL(endpoint.url);
  const options: RedisOptions = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    db: databaseOf(endpoint),
    ...(endpoint.basic !== undefined && {
      ...(endpoint.basic.user !== '' && { username: endpoint.basic.user }),
      password: endpoint.basic.password,
    }),
    ...(protocol === 'rediss:' && { tls: {} }),
    lazyConnect: true,
    retryStrategy: () => null,
    reconnectOnError: () => false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    enableReadyCheck: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    connectionName: 'runlane',
  };
  const redis = new Redis(options);
  let cause: unknown;
  redis.on('error', (error) => (cause = error));
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw refuseRedis(place, cause ?? error);
  }
}

/** What a failure of Redis means, without the address' secrets: none is in its messages. */
export function refuseRedis({ endpoint, system }: RedisPlace, cause: unknown): ConnectorError {
  if (cause instanceof ConnectorError) {
    return cause;
  }
  const { code = '', message = String(cause) } = cause as { code?: string; message?: string };
  const { host: where, protocol } = new URL(endpoint.url);
  const fail = (kind: ConstructorParameters<typeof ConnectorError>[0], text: string) =>
    new ConnectorError(kind, system, text, { cause });
  if (/^(WRONGPASS|NOAUTH|ERR invalid password|ERR AUTH|NOPERM)/.test(message)) {
    const what = message.startsWith('NOPERM')
      ? `does not let this user do that (${firstLine(message)}). Give it the rights that docs/collect.md lists.`
      : 'refused the password. Set user and passwordEnv in the data source settings.';
    return fail('unauthorised', `Redis at ${where} ${what}`);
  }
  if (/ERR (DB index|invalid DB)/i.test(message)) {
    return fail(
      'bad-request',
      `Redis at ${where} has no such database: ${firstLine(message)}. Correct the number in url.`
    );
  }
  if (/certificate|CERT|SSL|TLS|wrong version number/i.test(`${code} ${message}`)) {
    return fail(
      'unreachable',
      `Redis at ${where} could not be reached by TLS (${firstLine(message)}). Begin url with redis:// where it speaks none; name an authority of your own in NODE_EXTRA_CA_CERTS.`
    );
  }
  if (/ETIMEDOUT|timed out/i.test(`${code} ${message}`)) {
    return fail(
      'timeout',
      // A Redis without TLS waits for the rest of what it takes for a command.
      `Redis at ${where} did not answer (${firstLine(message)}). Check url, ${protocol === 'rediss:' ? 'which begins with redis:// where Redis speaks no TLS, ' : ''}and a firewall between.`
    );
  }
  return fail(
    'unreachable',
    `Redis at ${where} cannot be reached (${code === '' ? firstLine(message) : code}). Check url, that it runs, and that rediss:// is used where it speaks TLS.`
  );
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 200).replace(/\.$/, '');
}
