import { readFileSync } from 'node:fs';
import { ConnectorError } from '../../../../src/model/connector-error';
import type { CollectedSystem, SourceAccess } from '../collected-system';
import { createQueueConnector } from './connector';
import { POSTGRES_QUEUE } from './refuse';
import { openSession } from './session';
import { readSettings } from './settings';

/** What TLS is to be like: libpq's words. Without one, none is spoken. */
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
const PARAMETERS = ['sslmode', 'sslrootcert'];

/** Queues that keep their jobs in PostgreSQL, and any table that is like one. */
export const POSTGRES_QUEUES: CollectedSystem = {
  id: POSTGRES_QUEUE,
  name: 'PostgreSQL queues',
  protocols: ['postgres:', 'postgresql:'],
  exampleAddress: 'postgres://db:5432/app',
  exampleSettings: { engine: 'river' },
  takesParameters: true,
  open({ endpoint, timeoutMs, settings }) {
    const address = addressOf(endpoint);
    const queue = readSettings(settings);
    const session = openSession(address.client, timeoutMs);
    const { host, database } = address;
    const user = endpoint?.basic?.user;
    const server = { host, database, timeoutMs, ...(user !== undefined && { user }) };
    return { connector: createQueueConnector(queue, { ask: session.ask, server }), close: session.close };
  },
};

/** @throws ConnectorError when the address has a parameter that is not known, or no database */
function addressOf(endpoint: SourceAccess['endpoint']) {
  if (endpoint === undefined) {
    throw new Error(`[${POSTGRES_QUEUE}] has no address. The config was not read by readSources.`);
  }
  const { url, basic } = endpoint;
  const { hostname, port, pathname, searchParams } = new URL(url);
  const unknown = [...searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  const database = decodeURIComponent(pathname.slice(1));
  if (unknown !== undefined) {
    throw fault(`url has the parameter ${unknown}, want none but ${PARAMETERS.join(' and ')}.`);
  }
  if (database === '' || database.includes('/')) {
    throw fault('url names no database. Want postgres://host:5432/database.');
  }
  const ssl = sslOf(searchParams.get('sslmode') ?? 'disable', searchParams.get('sslrootcert') ?? undefined);
  return {
    host: `${hostname}:${port === '' ? '5432' : port}`,
    database,
    client: {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? 5432 : Number(port),
      database,
      ssl,
      // Without one, the client would look into the environment of this process.
      password: basic?.password ?? '',
      ...(basic !== undefined && { user: basic.user }),
    },
  };
}

function sslOf(mode: string, authority: string | undefined) {
  const ca = authority === undefined ? {} : { ca: readAuthority(authority) };
  switch (SSL_MODES.find((known) => known === mode)) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { ...ca, rejectUnauthorized: true };
    case undefined:
      throw fault(`url has sslmode=${mode}, want one of ${SSL_MODES.join(', ')}.`);
  }
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fault(
      `url has sslrootcert=${file}, which cannot be read (${(error as { code?: string }).code ?? 'no code'}).`
    );
  }
}

function fault(problem: string): ConnectorError {
  return new ConnectorError('bad-request', POSTGRES_QUEUE, problem);
}
