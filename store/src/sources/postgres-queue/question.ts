import type { EpochMs } from '../../../../src/model/units';
import { FACTS } from './mapping';
import type { Fact, FactKind, Mapping, Parts, Read } from './mapping';

/** What PostgreSQL is asked. */
export interface Question {
  text: string;
  values: unknown[];
}

/** A row as PostgreSQL wrote it: texts, by the fact's name, `label:<name>`, or `~0`, `~1` … for what it is ordered by. */
export type Row = Readonly<Record<string, string | null>>;

/** A mapping in one schema, with the types that its expressions have there. */
export interface Described {
  mapping: Mapping;
  schema: string;
  /** PostgreSQL's name of the type of an expression: `timestamp with time zone`, `pgboss.job_state`. */
  typeOf: ReadonlyMap<string, string>;
}

/** Texts are cut there, so that a payload of megabytes stays where it is; a mark is put where they are shown. */
export const LONGEST_TEXT = 2_000;
const LONGEST_STACK = 8_000;
export const ZONED = 'timestamp with time zone';
const UNZONED = ['timestamp without time zone', 'date'];

/** An expression of a mapping with the place that a fault names. */
export interface Expression {
  at: string;
  kind: FactKind | 'key' | 'since';
  sql: string;
  from: string;
}

export function expressionsOf({ from, columns, labels, reads, find }: Mapping): Expression[] {
  return [
    ...(Object.entries(columns) as Array<[Fact, string]>).map(([fact, sql]) => ({
      at: `columns.${fact}`,
      kind: FACTS[fact],
      sql,
      from,
    })),
    ...Object.entries(labels).map(([name, sql]) => ({ at: `labels.${name}`, kind: 'label' as const, sql, from })),
    ...reads.flatMap((read, index) => ofRead(read, `reads.${index}`, from)),
    { at: 'find.key', kind: 'key', sql: find.key, from },
  ];
}

function ofRead({ from, where, since, key, bound }: Read, at: string, usual: string): Expression[] {
  const own = from ?? usual;
  return [
    ...(where === undefined ? [] : [{ at: `${at}.where`, kind: 'label' as const, sql: where, from: own }]),
    ...(since === undefined ? [] : [{ at: `${at}.since`, kind: 'since' as const, sql: since, from: own }]),
    ...key.map((sql) => ({ at: `${at}.key`, kind: 'key' as const, sql, from: own })),
    ...(bound === undefined ? [] : [{ at: `${at}.bound.at`, kind: 'since' as const, sql: bound.at, from: bound.from }]),
  ];
}

/** Asks for no row, only for the types of expressions of one `from`. */
export function askTypes(from: string, schema: string, expressions: readonly string[]): Question {
  const list = expressions.map((sql, index) => `(${sql}) as "${index}"`).join(', ');
  return { text: inSchema(`select ${list} from ${from} limit 0`, schema), values: [] };
}

/** PostgreSQL's names of types by their numbers. */
export function askTypeNames(numbers: readonly number[]): Question {
  return { text: 'select oid, oid::regtype as name from unnest($1::oid[]) as oid', values: [numbers] };
}

export function askVersion(query: string, schema: string): Question {
  return { text: `select (${inSchema(query, schema)})::float8 as version`, values: [] };
}

export interface Place {
  from: EpochMs;
  /** What the last row of the page before was ordered by. */
  after?: readonly string[];
  /** The smallest key of the range, for a read that is bound by its key. */
  low?: string;
}

/** One page of a read, in its order. */
export function askPage(described: Described, read: Read, place: Place, limit: number): Question {
  const { mapping, schema } = described;
  const values: unknown[] = [];
  const put = (value: unknown) => `$${values.push(value)}`;
  const order = orderOf(read);
  const conditions = [
    ...partsOf(read.parts),
    ...(read.where === undefined ? [] : [`(${read.where})`]),
    ...(place.after === undefined
      ? beginOf(described, read, place, put)
      : [beyond(described, order, place.after, put)]),
  ];
  const rows = [
    `select ${factsOf(described)}, ${order.map((sql, index) => `${sql} as "~${index}"`).join(', ')}`,
    `from ${read.from ?? mapping.from}`,
    conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`,
    `order by ${order.join(', ')} limit ${limit}`,
  ].join(' ');
  const text =
    read.parts === undefined
      ? rows
      : `select page.* from ${partNames(read.parts)} cross join lateral (${rows}) as page order by ${order.map((_, index) => `"~${index}"`).join(', ')} limit ${limit}`;
  return { text: inSchema(text, schema), values };
}

/** Runs by their ids. */
export function askRuns(described: Described, ids: readonly string[]): Question {
  const { mapping, schema, typeOf } = described;
  const { key, parts } = mapping.find;
  const condition = `${key} = any($1::text[]::${typeOf.get(key) ?? 'text'}[])`;
  const conditions = [...partsOf(parts), condition].join(' and ');
  const rows = `select ${factsOf(described)} from ${mapping.from} where ${conditions}`;
  const text =
    parts === undefined ? rows : `select page.* from ${partNames(parts)} cross join lateral (${rows}) as page`;
  return { text: inSchema(text, schema), values: [ids] };
}

/**
 * The smallest key whose time is not before an instant, for keys that grow with time: by halves, so that about twenty rows are
 * read of a million. Times that were written out of order make it end too early by as much, which the overlap of readings covers.
 */
export function askLow(
  described: Described,
  { key, bound }: Required<Pick<Read, 'key' | 'bound'>>,
  from: EpochMs
): Question {
  const [id = ''] = key;
  const where = bound.where === undefined ? '' : `and (${bound.where})`;
  const middle = 'low + (high - low) / 2';
  const text = `with recursive search(low, high) as (
    select (select ${id} from ${bound.from} order by ${id} limit 1)::bigint,
           (select ${id} from ${bound.from} order by ${id} desc limit 1)::bigint
    union all
    select case when probe.at < to_timestamp($1::float8 / 1000) then probe.id + 1 else low end,
           case when probe.at < to_timestamp($1::float8 / 1000) then high else ${middle} end
    from search cross join lateral (
      select ${id} as id, ${zoned(described, bound.at)} as at from ${bound.from}
      where ${id} >= ${middle} ${where} order by ${id} limit 1
    ) as probe
    where low < high
  ) select low::text as low from search where low is not null order by high - low limit 1`;
  return { text: inSchema(text, described.schema), values: [from] };
}

/** How it would be answered, without its being asked. Holds nobody up. */
export function askPlan({ text, values }: Question): Question {
  return { text: `explain (verbose, format json) ${text}`, values };
}

function orderOf({ since, key }: Read): string[] {
  return since === undefined ? [...key] : [since, ...key];
}

function beginOf(
  described: Described,
  { since, key }: Read,
  { from, low }: Place,
  put: (value: unknown) => string
): string[] {
  if (since !== undefined) {
    const instant = `to_timestamp(${put(from)}::float8 / 1000)`;
    const isZoned = described.typeOf.get(since) === ZONED;
    return [`${since} >= ${isZoned ? instant : `(${instant} at time zone ${literal(described.mapping.timeZone)})`}`];
  }
  return low === undefined ? [] : [`${key[0]} >= ${put(low)}::${typed(described, key[0] ?? '')}`];
}

function beyond(
  described: Described,
  order: readonly string[],
  after: readonly string[],
  put: (value: unknown) => string
): string {
  const marks = order.map((sql, index) => `${put(after[index])}::text::${typed(described, sql)}`);
  return order.length === 1 ? `${order[0]} > ${marks[0]}` : `(${order.join(', ')}) > (${marks.join(', ')})`;
}

function partsOf(parts: Parts | undefined): string[] {
  return (parts?.columns ?? []).map((column, index) => `${column} = part.v${index}`);
}

function partNames({ columns, values }: Parts): string {
  return `(${values}) as part(${columns.map((_, index) => `v${index}`).join(', ')})`;
}

function factsOf(described: Described): string {
  const { columns, labels } = described.mapping;
  return [
    ...(Object.entries(columns) as Array<[Fact, string]>).map(
      ([fact, sql]) => `${shownAs(described, fact, sql)} as "${fact}"`
    ),
    ...Object.entries(labels).map(
      ([name, sql]) => `left((${sql})::text, 200) as "label:${name.replaceAll('"', '""')}"`
    ),
  ].join(', ');
}

function shownAs(described: Described, fact: Fact, sql: string): string {
  switch (FACTS[fact]) {
    case 'instant':
      // As milliseconds since 1970, whatever the session's zone and style are.
      return `(extract(epoch from ${zoned(described, sql)}) * 1000)::float8`;
    case 'text':
      return `left((${sql})::text, ${fact === 'errorStack' ? LONGEST_STACK : LONGEST_TEXT})`;
    default:
      return `(${sql})`;
  }
}

function zoned({ typeOf, mapping }: Described, sql: string): string {
  const type = typeOf.get(sql);
  return type !== undefined && UNZONED.includes(type)
    ? `((${sql})::timestamp at time zone ${literal(mapping.timeZone)})`
    : `(${sql})`;
}

function typed({ typeOf }: Described, sql: string): string {
  return typeOf.get(sql) ?? 'text';
}

function inSchema(text: string, schema: string): string {
  return text.replaceAll('{schema}', `"${schema.replaceAll('"', '""')}"`);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** How many rows tables have, as far as PostgreSQL has counted them. */
export function askSizes(tables: ReadonlyArray<{ schema: string; table: string }>): Question {
  return {
    text: `select n.nspname as schema, c.relname as table, c.reltuples::float8 as rows from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where (n.nspname, c.relname) in (select * from unnest($1::text[], $2::text[]))`,
    values: [tables.map(({ schema }) => schema), tables.map(({ table }) => table)],
  };
}
