import { ConnectorError } from '../../../../src/model/connector-error';
import type { ConnectorErrorKind } from '../../../../src/model/connector-error';
import { ShapeError } from '../../../../src/model/read-shape';
import type { DurationMs } from '../../../../src/model/units';
import type { Mapping } from './mapping';

export const POSTGRES_QUEUE = 'postgres-queue';

export interface Server {
  /** `db:5432`. */
  host: string;
  database: string;
  user?: string;
  timeoutMs: DurationMs;
}

/** What was asked, where that is known. */
export interface Asked {
  mapping: Mapping;
  schema: string;
  /** The part of the mapping that was asked for: `columns.startedAt`. */
  at?: string;
}

/** What PostgreSQL or its client said, as the error that leaves the source: where, what, and what to do. */
export function refuse(error: unknown, server: Server, asked?: Asked): ConnectorError {
  if (error instanceof ConnectorError) {
    return error;
  }
  if (error instanceof ShapeError) {
    const text = `${server.host} gave an answer that cannot be read: ${error.message}. Report it with the version of PostgreSQL.`;
    return new ConnectorError('unexpected-shape', POSTGRES_QUEUE, text, { cause: error });
  }
  const { kind, text } = sayFailure(error, server, asked);
  return new ConnectorError(kind, POSTGRES_QUEUE, text, { cause: error });
}

interface Failure {
  kind: ConnectorErrorKind;
  text: string;
}

/** Codes of PostgreSQL 9.6 to 18 (its appendix A) and of Node. */
function sayFailure(error: unknown, server: Server, asked: Asked | undefined): Failure {
  const { code = '', message: said = String(error) } = (error ?? {}) as { code?: string; message?: string };
  const message = said.split('\n', 1)[0]?.slice(0, 300) ?? '';
  const { host, database, user, timeoutMs } = server;
  const where = asked === undefined ? host : `${asked.mapping.name} in schema ${asked.schema}`;
  const of = (kind: ConnectorErrorKind, text: string): Failure => ({ kind, text });
  switch (code) {
    case 'ECONNREFUSED':
      return of('unreachable', `${host} refused: nothing listens there. Check that PostgreSQL runs there, and url.`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return of(
        'unreachable',
        `No address is known for ${host} (${code}). Check url, and the name server of this machine.`
      );
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return of(
        'unreachable',
        `The certificate of ${host} is not trusted (${code}). Name the file of its authority in NODE_EXTRA_CA_CERTS and start again, or set sslmode=require, which checks none.`
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return of(
        'unreachable',
        `The certificate of ${host} is for another name. Use its name in url, or set sslmode=verify-ca.`
      );
    case 'CERT_HAS_EXPIRED':
      return of('unreachable', `The certificate of ${host} has expired. Renew it there.`);
    case '28P01':
    case '28000':
      return of('unauthorised', sayLogin(message, server));
    case '3D000':
      return of(
        'bad-request',
        `${host} has no database ${database}. Set it as the path of url: postgres://${host}/name.`
      );
    case '42501':
      return of('unauthorised', sayGrant(message, user, asked));
    case '42P01':
    case '3F000':
      return of(
        'bad-request',
        `${where}: ${message}. Set settings.schema to where its tables are, or have it make them first.`
      );
    case '42703':
    case '42883':
    case '42804':
    case '42601':
      return of(
        asked?.mapping.version === undefined ? 'bad-request' : 'unsupported-version',
        `${where}: ${asked?.at ?? 'the mapping'} cannot be read: ${message}. Compare it with the table's columns.`
      );
    case '25006':
      return of(
        'bad-request',
        `${where}: the mapping would change something (${message}). It is only read; use expressions that only read.`
      );
    case '57014':
      return of(
        'timeout',
        `${where} did not answer within ${timeoutMs / 1000} s. Raise timeout, or give it an index: the source's notices say where one is missing.`
      );
    case '55P03':
      return of('timeout', `${where} is locked by somebody else, and was not waited for. It is asked again.`);
    case '53300':
      return of(
        'unreachable',
        `${host} has no connection left (${message}). Raise max_connections there, or the limit of the role.`
      );
    case '57P01':
    case '57P02':
    case '57P03':
      return of('unreachable', `${host} is being stopped or started (${message}). It is asked again.`);
    case '08P01':
      return of(
        'unreachable',
        `${host} refused the session's settings (${message}). A pooler does not pass them on: give the address of PostgreSQL itself.`
      );
    case '22P02':
      return of(
        'bad-request',
        `${where}: ${message}. See which column of the mapping has another type than it is used as.`
      );
    default:
      return sayOther(message, code, server, where);
  }
}

function sayOther(message: string, code: string, { host, timeoutMs }: Server, where: string): Failure {
  if (/does not support SSL/.test(message)) {
    return {
      kind: 'unreachable',
      text: `${host} does not speak TLS. Leave sslmode out of url, or switch TLS on there.`,
    };
  }
  if (/timeout/i.test(message) && code === '') {
    return {
      kind: 'timeout',
      text: `${host} did not answer within ${timeoutMs / 1000} s. See whether it is busy, or raise timeout.`,
    };
  }
  if (/password must be a string|no password/i.test(message)) {
    return { kind: 'unauthorised', text: `${host} wants a password. Set user and passwordEnv.` };
  }
  // Classes 08, 53, 58, XX and Node's own: the way there, or the server itself. The rest is about what was asked.
  return code === '' || /^(08|53|57|58|XX|E)/.test(code)
    ? {
        kind: 'unreachable',
        text: `${host} does not answer: ${message} (${code || 'no code'}). Check that it runs and can be reached.`,
      }
    : { kind: 'unexpected-shape', text: `${where}: ${message} (${code}). Compare the mapping with the tables.` };
}

function sayLogin(message: string, { host, database, user }: Server): string {
  const who = user === undefined ? 'the user of this machine' : `user ${user}`;
  return /no encryption|no pg_hba.conf entry/.test(message)
    ? `${host} lets ${who} into ${database} in no way that was tried: ${message}. Add it to pg_hba.conf, or set sslmode=require in url.`
    : `${host} refused ${who}: ${message}. Set user and passwordEnv.`;
}

/** The grants that reading takes, as they are typed. */
function sayGrant(message: string, user: string | undefined, asked: Asked | undefined): string {
  if (asked === undefined) {
    return `${message}. Give the role what it needs to read.`;
  }
  const { mapping, schema } = asked;
  const role =
    user === undefined ? 'the_role' : /^[a-z_][a-z0-9_]*$/.test(user) ? user : `"${user.replaceAll('"', '""')}"`;
  const named = mapping.tables.map((table) =>
    table.includes('.') ? table.replaceAll('{schema}', schema) : `${schema}.${table}`
  );
  const schemas = [...new Set(named.map((table) => table.split('.', 1)[0]))].join(', ');
  return `${mapping.name}: ${message}. As the owner: GRANT USAGE ON SCHEMA ${schemas} TO ${role}; GRANT SELECT ON ${named.join(', ')} TO ${role};`;
}
