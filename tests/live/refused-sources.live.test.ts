import { rmSync } from 'node:fs';
import { ConnectorError } from '../../src/model/connector-error';
import type { SourceSettings } from '../../src/connectors/system';
import { findCollected } from '../../store/src/sources/index';
import { makeCertificate } from '../systems/certificate';
import { startPostgres } from '../systems/postgres';
import { startRabbitMq } from '../systems/rabbitmq';
import { startRedis } from '../systems/redis';
import { stopAll, temporaryFolder } from '../systems/system';
import type { System } from '../systems/system';

/** Real servers that want a password, or TLS, and sources that are set up wrongly for them. */
const PASSWORD = 'let me in';
const data = temporaryFolder('refused');
const servers: System[] = [];
/** Host and port. */
const places: Record<string, string> = {};

async function keep(name: string, starting: Promise<System>): Promise<void> {
  const system = await starting;
  servers.push(system);
  places[name] = system.url.replace(/^[^:]+:\/\/(?:[^@]*@)?([^/]+).*$/, '$1');
}

beforeAll(async () => {
  const certificate = await makeCertificate(data);
  await keep('redis', startRedis({ password: PASSWORD }));
  await keep('redisOfTls', startRedis({ certificate }));
  await keep('postgres', startPostgres({ password: PASSWORD }));
  await keep('postgresOfTls', startPostgres({ certificate }));
  await keep('rabbit', startRabbitMq());
}, 900_000);

afterAll(async () => {
  await stopAll([...servers].reverse());
  rmSync(data, { recursive: true });
}, 60_000);

/** What a source that is set up so says when it is read. */
async function refusal(
  system: string,
  url: string,
  { basic, settings = {} }: { basic?: { user: string; password: string }; settings?: SourceSettings }
): Promise<ConnectorError> {
  const endpoint = { url, ...(basic !== undefined && { basic }) };
  const source = findCollected(system)?.open(
    { endpoint, headers: {}, timeoutMs: 3_000, settings },
    { onPatience: () => undefined }
  );
  const life = new AbortController();
  const range = { from: Date.now() - 60_000, to: Date.now() };
  try {
    if (source !== undefined && 'connector' in source) {
      await source.connector.runs({ filter: { matches: [] }, range, limit: 10 }, life.signal);
    } else {
      await source?.feed.listen(
        {
          recall: async () => [],
          keep: async () => undefined,
          alive: () => undefined,
          skip: () => undefined,
          notice: () => undefined,
        },
        AbortSignal.timeout(20_000)
      );
    }
  } catch (error) {
    if (error instanceof ConnectorError) {
      return error;
    }
    throw error;
  } finally {
    await source?.close?.();
  }
  throw new Error(`${system} was read at ${url}.`);
}

const WRONG = { user: '', password: 'wrong' };
const QUEUES = { engine: 'procrastinate' };
const TLS = /could not be reached by TLS .*Begin url with/;

describe.each(['rq', 'bullmq', 'celery'])('%s on Redis', (system) => {
  test.each<[string, string, string, { user: string; password: string } | undefined, string, RegExp]>([
    ['no password', 'redis', 'redis', undefined, 'unauthorised', /refused the password\. Set user and passwordEnv/],
    ['a wrong password', 'redis', 'redis', WRONG, 'unauthorised', /refused the password\. Set user and passwordEnv/],
    [
      'a user that is not known',
      'redis',
      'redis',
      { user: 'nobody', password: PASSWORD },
      'unauthorised',
      /refused the password/,
    ],
    [
      'TLS where none is spoken',
      'rediss',
      'redis',
      undefined,
      'timeout',
      /begins with redis:\/\/ where Redis speaks no TLS/,
    ],
    [
      'a certificate that nobody vouches for',
      'rediss',
      'redisOfTls',
      undefined,
      'unreachable',
      /self.signed certificate.*NODE_EXTRA_CA_CERTS/,
    ],
    [
      'no TLS where only that is spoken',
      'redis',
      'redisOfTls',
      undefined,
      'unreachable',
      /rediss:\/\/ is used where it speaks TLS/,
    ],
  ])('%s is one clear error', async (_, protocol, server, basic, kind, message) => {
    const error = await refusal(system, `${protocol}://${places[server]}/0`, basic === undefined ? {} : { basic });
    expect([error.kind, error.message]).toEqual([kind, expect.stringMatching(message)]);
    expect(error.message).not.toContain(PASSWORD);
  });
});

describe('celery on RabbitMQ', () => {
  test.each<[string, string, { user: string; password: string }, string, RegExp]>([
    [
      'a wrong password',
      'amqp://SERVER/',
      { user: 'guest', password: 'wrong' },
      'unauthorised',
      /refused the password/,
    ],
    ['TLS where none is spoken', 'amqps://SERVER/', { user: 'guest', password: 'guest' }, 'unreachable', TLS],
    [
      'a virtual host that is not there',
      'amqp://SERVER/none',
      { user: 'guest', password: 'guest' },
      'unauthorised',
      /It needs the virtual host none/,
    ],
  ])('%s is one clear error', async (_, url, basic, kind, message) => {
    const error = await refusal('celery', url.replace('SERVER', places['rabbit'] ?? ''), { basic });
    expect([error.kind, error.message]).toEqual([kind, expect.stringMatching(message)]);
  });
});

describe('queues in PostgreSQL', () => {
  const postgres = (password: string) => ({ user: 'postgres', password });
  test.each<[string, string, string, { user: string; password: string }, string, RegExp]>([
    ['no password', 'postgres', '', postgres(''), 'unauthorised', /wants a password\. Set user and passwordEnv/],
    [
      'a wrong password',
      'postgres',
      '',
      postgres('wrong'),
      'unauthorised',
      /password authentication failed.*Set user and passwordEnv/,
    ],
    [
      'TLS where none is spoken',
      'postgres',
      '?sslmode=require',
      postgres(PASSWORD),
      'unreachable',
      /does not speak TLS\. Leave sslmode out/,
    ],
    [
      'a certificate that nobody vouches for',
      'postgresOfTls',
      '?sslmode=verify-full',
      postgres(''),
      'unreachable',
      /is not trusted.*NODE_EXTRA_CA_CERTS/,
    ],
  ])('%s is one clear error', async (_, server, parameters, basic, kind, message) => {
    const url = `postgres://${places[server]}/postgres${parameters}`;
    const error = await refusal('postgres-queue', url, { basic, settings: QUEUES });
    expect([error.kind, error.message]).toEqual([kind, expect.stringMatching(message)]);
    expect(error.message).not.toContain(PASSWORD);
  });
});
