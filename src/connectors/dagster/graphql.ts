import { ConnectorError } from '../../model/connector-error';
import { readArray, readObject, readText } from '../../model/read-shape';
import type { Fields } from '../../model/read-shape';
import type { Http } from '../connector';
import { parseJson } from '../parse-json';
import type { Asked } from '../parse-json';
import { readAnswer } from '../read-answer';
import { DAGSTER, refuse } from './refuse';

/** A query of GraphQL; `name` stands in errors. */
export interface Question {
  name: string;
  text: string;
  /** The first version of Dagster whose schema has all that is asked, where that is not the first that is read at all. */
  since?: string;
}

export type Ask = <T>(
  question: Question,
  variables: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
  read: (data: Fields) => T
) => Promise<T>;

/**
 * Asks by GET, which Dagster takes as well as POST, so that Grafana's proxy needs to let through nothing else. Only
 * queries are asked; that does not keep others from sending mutations the same way (see the README).
 * @throws ConnectorError for every fault, also for those that GraphQL tells in an answer of 200
 */
export function createAsk(http: Http): Ask {
  return async ({ name, text, since }, variables, signal, read) => {
    const where = `GET /graphql (${name})`;
    const given = encodeURIComponent(JSON.stringify(variables));
    const response = await http(`/graphql?query=${encodeURIComponent(text)}&variables=${given}`, { signal });
    if (response.status !== 200) {
      throw refuse(where, response, errorOf(parsedOrNothing(response.body)), since);
    }
    const asked: Asked = { connector: DAGSTER, where, system: 'Dagster' };
    const value = parseJson(response.body, asked);
    const said = errorOf(value);
    if (said !== undefined) {
      throw failed(where, said);
    }
    try {
      return readAnswer(asked, () => read(readObject(readObject(value, 'answer')['data'], 'data')));
    } catch (cause) {
      if (cause instanceof UnionError) {
        throw failed(where, cause.message);
      }
      throw cause;
    }
  };
}

/** The member of a union that was hoped for. Dagster tells errors as other members, in an answer of 200. */
export function readMember(value: unknown, where: string, typename: string): Fields {
  const member = readObject(value, where);
  const found = readText(member['__typename'], `${where}.__typename`);
  if (found !== typename) {
    const { message } = member;
    throw new UnionError(typeof message === 'string' ? `${found}, ${message}` : found);
  }
  return member;
}

/** A member that tells an error. */
export class UnionError extends Error {}

function failed(where: string, said: string): ConnectorError {
  return new ConnectorError(
    'unreachable',
    DAGSTER,
    `${where} failed inside Dagster: ${firstLine(said)}. See the log of its webserver.`
  );
}

/** GraphQL's first error, beside or instead of data. */
function errorOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('errors' in value)) {
    return undefined;
  }
  const [first] = readArrayOrNone(value.errors);
  return first === undefined
    ? undefined
    : firstLine(String((first as { message?: unknown }).message ?? 'no reason given'));
}

function readArrayOrNone(value: unknown): readonly unknown[] {
  return Array.isArray(value)
    ? readArray(value, 'errors').filter((item) => typeof item === 'object' && item !== null)
    : [];
}

function parsedOrNothing(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The first line that says something, without its last dot. */
function firstLine(text: string): string {
  return (text.trim().split('\n', 1)[0] ?? '').slice(0, 300).replace(/\.$/, '');
}
