import { ConnectorError } from '../../../../src/model/connector-error';
import type { SourceSettings } from '../../../../src/connectors/system';
import type { DurationMs } from '../../../../src/model/units';
import type { Endpoint } from '../../alerts/alerts-config';
import { REDIS_PROTOCOLS } from '../redis-connection';

/** Id of this source system, in front of every error. */
export const CELERY = 'celery';

export interface CelerySettings {
  /** Celery's event_exchange. */
  exchange: string;
  /** Of the store's own queue at RabbitMQ. */
  queuePrefix: string;
  /** How long RabbitMQ keeps that queue while nobody listens. */
  queueExpiresMs: DurationMs;
  /** `broker_transport_options['global_keyprefix']`, Redis only. */
  keyPrefix: string;
  /** `broker_transport_options['fanout_prefix']`, Redis only: `/{db}.`, or none where that is False. */
  fanoutPrefix: string;
  /** The result backend, where it is a Redis and is to be asked. */
  results?: { endpoint: Endpoint; keyPrefix: string };
}

const HOUR_MS: DurationMs = 3_600_000;
const KNOWN = [
  'exchange',
  'queuePrefix',
  'queueExpiresHours',
  'keyPrefix',
  'fanoutPrefix',
  'resultBackend',
  'resultUser',
  'resultPasswordEnv',
  'resultKeyPrefix',
];

/** @throws ConnectorError when they hold what cannot be used */
export function readSettings(
  settings: SourceSettings,
  broker: Endpoint,
  environment: Readonly<Record<string, string | undefined>>
): CelerySettings {
  const unknown = Object.keys(settings).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw refuse(`${unknown} is no setting of Celery. Known are ${KNOWN.join(', ')}.`);
  }
  const text = (name: string, fallback: string) => {
    const found = settings[name];
    if (found !== undefined && typeof found !== 'string') {
      throw refuse(`${name} is no text.`);
    }
    return found ?? fallback;
  };
  const hours = settings['queueExpiresHours'] ?? 1;
  if (typeof hours !== 'number' || !(hours > 0) || hours > 24 * 7) {
    throw refuse('queueExpiresHours is no number above 0, and at most 168.');
  }
  const results = readResults(text, broker, environment);
  return {
    exchange: text('exchange', 'celeryev'),
    queuePrefix: text('queuePrefix', 'runlane.celeryev'),
    queueExpiresMs: Math.round(hours * HOUR_MS),
    keyPrefix: text('keyPrefix', ''),
    fanoutPrefix: text('fanoutPrefix', '/{db}.'),
    ...(results !== undefined && { results }),
  };
}

function readResults(
  text: (name: string, fallback: string) => string,
  broker: Endpoint,
  environment: Readonly<Record<string, string | undefined>>
): CelerySettings['results'] {
  const url = text('resultBackend', '');
  if (url === '') {
    return undefined;
  }
  if (!URL.canParse(url) || !(REDIS_PROTOCOLS as readonly string[]).includes(new URL(url).protocol)) {
    throw refuse(
      'resultBackend is no address that begins with redis:// or rediss://. Others cannot be asked: leave it out.'
    );
  }
  const { username, password, search, hash, host } = new URL(url);
  if (`${username}${password}${search}${hash}` !== '') {
    throw refuse(
      'resultBackend holds more than an address. Put user and password into resultUser and resultPasswordEnv.'
    );
  }
  const name = text('resultPasswordEnv', '');
  const secret = name === '' ? undefined : environment[name];
  if (name !== '' && (secret === undefined || secret === '')) {
    throw refuse(`resultPasswordEnv names ${name}, which is not set.`);
  }
  const isBroker = host === new URL(broker.url).host;
  const basic =
    secret === undefined ? (isBroker ? broker.basic : undefined) : { user: text('resultUser', ''), password: secret };
  return {
    endpoint: { url: url.replace(/\/+$/, ''), ...(basic !== undefined && { basic }) },
    keyPrefix: text('resultKeyPrefix', ''),
  };
}

function refuse(message: string): ConnectorError {
  return new ConnectorError('bad-request', CELERY, message);
}
