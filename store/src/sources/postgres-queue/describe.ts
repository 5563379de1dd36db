import { ConnectorError } from '../../../../src/model/connector-error';
import type { Mapping } from './mapping';
import { askTypeNames, askTypes, askVersion, expressionsOf, ZONED } from './question';
import type { Described, Expression } from './question';
import { POSTGRES_QUEUE, refuse } from './refuse';
import type { Server } from './refuse';
import type { Ask } from './session';

const INSTANTS = [ZONED, 'timestamp without time zone', 'date'];
const NUMBERS = ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'];
const JSONS = ['json', 'jsonb'];

/**
 * Looks at what a mapping names, without reading a row: whether the engine's schema is one that is known, whether every column
 * is there, and of which type.
 *
 * @throws ConnectorError that names the part of the mapping, what was found and what is wanted
 */
export async function describe(
  mapping: Mapping,
  schema: string,
  { ask, server, anyVersion }: { ask: Ask; server: Server; anyVersion: boolean },
  signal: AbortSignal
): Promise<Described> {
  if (!anyVersion) {
    await checkVersion(mapping, schema, { ask, server }, signal);
  }
  const expressions = expressionsOf(mapping);
  const numbers = new Map<string, number>();
  for (const from of new Set(expressions.map((one) => one.from))) {
    const own = expressions.filter((one) => one.from === from);
    const types = await typesOf(own, mapping, schema, { ask, server }, signal);
    own.forEach(({ sql }, index) => numbers.set(sql, types[index] ?? 0));
  }
  const { rows } = await ask(askTypeNames([...new Set(numbers.values())]), signal);
  const names = new Map(rows.map(({ oid, name }) => [Number(oid), name ?? 'text']));
  const typeOf = new Map([...numbers].map(([sql, number]) => [sql, names.get(number) ?? 'text']));
  for (const expression of expressions) {
    checkType(expression, typeOf.get(expression.sql) ?? 'text', mapping, schema);
  }
  return { mapping, schema, typeOf };
}

async function checkVersion(
  mapping: Mapping,
  schema: string,
  { ask, server }: { ask: Ask; server: Server },
  signal: AbortSignal
): Promise<void> {
  const { version } = mapping;
  if (version === undefined) {
    return;
  }
  let found: string | null | undefined;
  try {
    found = (await ask(askVersion(version.query, schema), signal)).rows[0]?.['version'];
  } catch (error) {
    signal.throwIfAborted();
    throw refuse(error, server, { mapping, schema, at: 'version' });
  }
  const number = found === undefined || found === null ? NaN : Number(found);
  if (!(number >= version.from && number <= version.to)) {
    const known = version.from === version.to ? `${version.from}` : `${version.from} to ${version.to}`;
    const what = Number.isNaN(number) ? 'has no version' : `has version ${number}`;
    const remedy = number < version.from ? `Update ${mapping.name}` : 'Update Runlane';
    throw new ConnectorError(
      'unsupported-version',
      POSTGRES_QUEUE,
      `The schema of ${mapping.name} in ${schema} ${what}; known is ${known}. ${remedy}, or set settings.anyVersion: true to read it all the same.`
    );
  }
}

/** All at once; where that fails, one by one, to name the one. */
async function typesOf(
  expressions: readonly Expression[],
  mapping: Mapping,
  schema: string,
  { ask, server }: { ask: Ask; server: Server },
  signal: AbortSignal
): Promise<number[]> {
  const from = expressions[0]?.from ?? mapping.from;
  const look = async (some: readonly Expression[]) => {
    const { fields } = await ask(
      askTypes(
        from,
        schema,
        some.map(({ sql }) => sql)
      ),
      signal
    );
    return fields.map(({ dataTypeID }) => dataTypeID);
  };
  try {
    return await look(expressions);
  } catch (error) {
    signal.throwIfAborted();
    for (const one of expressions) {
      try {
        await look([one]);
      } catch (cause) {
        signal.throwIfAborted();
        throw refuse(cause, server, { mapping, schema, at: `${one.at} (${cut(one.sql)})` });
      }
    }
    throw refuse(error, server, { mapping, schema });
  }
}

function checkType({ at, kind, sql }: Expression, type: string, { name }: Mapping, schema: string): void {
  const want =
    kind === 'instant' || kind === 'since'
      ? {
          types: INSTANTS,
          say: NUMBERS.includes(type) ? `a time: to_timestamp(${cut(sql)} / 1000.0), if it has milliseconds` : 'a time',
        }
      : kind === 'number'
        ? { types: NUMBERS, say: 'a number' }
        : kind === 'json'
          ? { types: JSONS, say: 'json or jsonb' }
          : undefined;
  if (want !== undefined && !want.types.includes(type)) {
    throw new ConnectorError(
      'bad-request',
      POSTGRES_QUEUE,
      `${name} in schema ${schema}: ${at} is ${cut(sql)}, of type ${type}. Want ${want.say}.`
    );
  }
}

function cut(sql: string): string {
  return sql.length > 80 ? `${sql.slice(0, 79)}…` : sql;
}
