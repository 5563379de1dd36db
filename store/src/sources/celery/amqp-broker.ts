import { connect } from 'amqplib';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { ConnectorError } from '../../../../src/model/connector-error';
import type { DurationMs } from '../../../../src/model/units';
import type { Endpoint } from '../../alerts/alerts-config';
import { pause } from '../../agent/pause';
import type { Broker } from './broker';
import { Inbox } from './inbox';
import { LONGEST_MESSAGE, readBody, unreadable } from './message';
import type { Heard } from './message';
import type { CelerySettings } from './settings';

export interface AmqpPlace {
  endpoint: Endpoint;
  system: string;
  timeoutMs: DurationMs;
}

/** Messages that wait for their commit. */
const PREFETCH = 5_000;
const HEARTBEAT_SECONDS = 20;
/** Until the first worker has made the exchange. */
const LOOK_EVERY_MS = 3_000;
/** What a queue that nobody reads may hold. */
const MOST_WAITING_BYTES = 256 * 1024 ** 2;

/**
 * A queue of the store's own at RabbitMQ: it keeps what is said while the store is away, for as long as the settings say, and is
 * then removed by the broker.
 */
export async function openAmqpBroker(
  place: AmqpPlace,
  settings: CelerySettings,
  queue: string,
  signal: AbortSignal,
  wait: (why: string) => void
): Promise<Broker> {
  const connection = await connectAmqp(place);
  const inbox = new Inbox<ConsumeMessage>();
  let failure: unknown;
  connection.on('error', (error: unknown) => (failure = error));
  connection.on('close', () => inbox.end(refuseAmqp(place, failure ?? new Error('it closed the connection'))));
  try {
    await waitForExchange(connection, settings.exchange, signal, wait);
    const channel = await connection.createChannel();
    channel.on('error', (error: unknown) => (failure = error));
    channel.on('close', () => inbox.end(refuseAmqp(place, failure ?? new Error('it closed the channel'))));
    await channel.prefetch(PREFETCH);
    await channel.assertQueue(queue, {
      durable: true,
      autoDelete: false,
      expires: settings.queueExpiresMs,
      arguments: { 'x-max-length-bytes': MOST_WAITING_BYTES },
    });
    await channel.bindQueue(queue, settings.exchange, '#');
    await channel.consume(queue, (message) =>
      message === null ? inbox.end(refuseAmqp(place, new Error('its queue was deleted'))) : inbox.put(message)
    );
    return brokerOf(connection, channel, inbox);
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw refuseAmqp(place, failure ?? error);
  }
}

function brokerOf(connection: ChannelModel, channel: Channel, inbox: Inbox<ConsumeMessage>): Broker {
  return {
    next: async (waitMs) => {
      const messages = await inbox.take(waitMs);
      const last = messages.at(-1);
      return {
        heard: messages.map(heardOf),
        done: () => {
          if (last !== undefined) {
            channel.ack(last, true);
          }
        },
      };
    },
    dropped: () => 0,
    close: () => connection.close().catch(() => undefined),
  };
}

function heardOf({ content, properties }: ConsumeMessage): Heard {
  return content.length > LONGEST_MESSAGE
    ? unreadable(`it has ${content.length} bytes, at most ${LONGEST_MESSAGE} are read`)
    : readBody(content.toString('utf8'), properties.contentType);
}

/** The exchange is the workers': it is looked for on a channel of its own, which ends where there is none. */
async function waitForExchange(
  connection: ChannelModel,
  exchange: string,
  signal: AbortSignal,
  wait: (why: string) => void
): Promise<void> {
  for (;;) {
    const channel = await connection.createChannel();
    let missing = false;
    channel.on('error', (error: { code?: number }) => (missing = error.code === 404));
    try {
      await channel.checkExchange(exchange);
      await channel.close();
      return;
    } catch (error) {
      if (!missing && (error as { code?: number }).code !== 404) {
        throw error;
      }
    }
    wait(
      `There is no exchange ${exchange} at this virtual host yet: no worker has ever told anything there. Start one, or correct the virtual host in url or settings.exchange.`
    );
    await pause(LOOK_EVERY_MS, signal);
    signal.throwIfAborted();
  }
}

async function connectAmqp(place: AmqpPlace): Promise<ChannelModel> {
  const { endpoint, timeoutMs } = place;
  const { protocol, hostname, port, pathname } = new URL(endpoint.url);
  const isTls = protocol === 'amqps:';
  try {
    return await connect(
      {
        protocol: isTls ? 'amqps' : 'amqp',
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port: port === '' ? (isTls ? 5671 : 5672) : Number(port),
        username: endpoint.basic?.user ?? 'guest',
        password: endpoint.basic?.password ?? 'guest',
        vhost: pathname.length > 1 ? decodeURIComponent(pathname.slice(1)) : '/',
        heartbeat: HEARTBEAT_SECONDS,
      },
      { timeout: timeoutMs, clientProperties: { connection_name: 'runlane' } }
    );
  } catch (error) {
    throw refuseAmqp(place, error);
  }
}

function refuseAmqp({ endpoint, system }: AmqpPlace, cause: unknown): ConnectorError {
  if (cause instanceof ConnectorError) {
    return cause;
  }
  const { code = '', message = String(cause) } = cause as { code?: string | number; message?: string };
  const { host, pathname } = new URL(endpoint.url);
  const fail = (kind: ConstructorParameters<typeof ConnectorError>[0], text: string) =>
    new ConnectorError(kind, system, text, { cause });
  if (/ACCESS[_-]REFUSED|403/.test(message) && /login|Handshake|PLAIN/i.test(message)) {
    return fail(
      'unauthorised',
      `RabbitMQ at ${host} refused the password. Set user and passwordEnv in the data source settings.`
    );
  }
  // What the broker says to a virtual host that is not there or not for this user, the library does not pass on.
  if (/ACCESS[_-]REFUSED|NOT[_-]ALLOWED|Expected ConnectionOpenOk/.test(message)) {
    const vhost = pathname.length > 1 ? decodeURIComponent(pathname.slice(1)) : '/';
    return fail(
      'unauthorised',
      `RabbitMQ at ${host} does not let this user do that: ${firstLine(message)}. It needs the virtual host ${vhost}, to configure, write and read its own queue, and to read the exchange.`
    );
  }
  if (/certificate|CERT|SSL|TLS|wrong version number/i.test(`${code} ${message}`)) {
    return fail(
      'unreachable',
      `RabbitMQ at ${host} could not be reached by TLS (${firstLine(message)}). Begin url with amqp:// where it speaks none; name an authority of your own in NODE_EXTRA_CA_CERTS.`
    );
  }
  if (/ETIMEDOUT|timeout/i.test(`${code} ${message}`)) {
    return fail(
      'timeout',
      `RabbitMQ at ${host} did not answer (${firstLine(message)}). Check url, and a firewall between.`
    );
  }
  return fail(
    'unreachable',
    `RabbitMQ at ${host} cannot be reached (${typeof code === 'string' && code !== '' ? code : firstLine(message)}). Check url, and that it runs.`
  );
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 300).replace(/\.$/, '');
}
