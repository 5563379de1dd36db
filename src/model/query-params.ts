import type { FilterField, GroupBy, Match, MatchOperator, RunSort, TaskFilter } from './task-query';
import { FILTER_FIELDS, RUN_ORDERS } from './task-query';

/**
 * How questions travel in a URL: what the task store reads and its connector writes.
 *
 *     from=1732372800000 & to=… & step=60000 & groupBy=task & limit=100 & sort=-duration & cursor=… & text=smtp
 *     match=["task","=~","email\\..*","report\\..*"]      one per match: field, operator, values; repeated
 *     task=email.send & task=report.nightly               short for match=["task","=","email.send","report.nightly"]
 *
 * Values hold any character, so no separator of ours could be safe: a match is a JSON array of strings.
 */
export interface QueryParams {
  from?: number;
  to?: number;
  step?: number;
  limit?: number;
  groupBy?: GroupBy;
  sort?: RunSort;
  cursor?: string;
  filter: TaskFilter;
}

/** A parameter that could not be read. The message names the parameter, what was found and what is wanted. */
export class QueryParamError extends Error {
  readonly param: string;

  constructor(param: string, message: string) {
    super(message);
    this.name = 'QueryParamError';
    this.param = param;
  }
}

const OPERATORS: readonly MatchOperator[] = ['=', '!=', '=~', '!~'];
const GROUPS: readonly string[] = ['task', 'worker', 'host', 'queue', 'source', 'state'];

/** The parameters as `name=value` pairs joined by `&`, encoded; empty when there is nothing to say. */
export function encodeQueryParams(params: QueryParams): string {
  const parts: string[] = [];
  const add = (name: string, value: string | number | undefined) => {
    if (value !== undefined && value !== '') {
      parts.push(`${name}=${encodeURIComponent(String(value))}`);
    }
  };
  add('from', params.from);
  add('to', params.to);
  add('step', params.step);
  add('limit', params.limit);
  add('groupBy', params.groupBy);
  add('sort', params.sort);
  add('cursor', params.cursor);
  for (const match of params.filter.matches) {
    if (match.values.length > 0) {
      add('match', JSON.stringify([match.field, match.operator, ...match.values]));
    }
  }
  add('text', params.filter.text);
  return parts.join('&');
}

/**
 * Reads parameters as a server's router gives them: decoded, a name that occurs several times as an array.
 *
 * @throws QueryParamError at the first parameter that cannot be read.
 */
export function decodeQueryParams(raw: Readonly<Record<string, string | readonly string[] | undefined>>): QueryParams {
  const matches: Match[] = [];
  for (const [name, value] of Object.entries(raw)) {
    if (isFilterField(name) && value !== undefined) {
      matches.push({ field: name, operator: '=', values: typeof value === 'string' ? [value] : [...value] });
    }
  }
  for (const text of many(raw['match'])) {
    matches.push(decodeMatch(text));
  }
  const filter: TaskFilter = { matches };
  const text = one(raw, 'text');
  if (text !== undefined && text !== '') {
    filter.text = text;
  }
  const params: QueryParams = { filter };
  const from = decodeNumber(raw, 'from');
  const to = decodeNumber(raw, 'to');
  const step = decodeNumber(raw, 'step');
  const limit = decodeNumber(raw, 'limit');
  const groupBy = one(raw, 'groupBy');
  const cursor = one(raw, 'cursor');
  if (from !== undefined) {
    params.from = from;
  }
  if (to !== undefined) {
    params.to = to;
  }
  if (step !== undefined) {
    params.step = step;
  }
  if (limit !== undefined) {
    params.limit = limit;
  }
  if (cursor !== undefined) {
    params.cursor = cursor;
  }
  const sort = one(raw, 'sort');
  if (sort !== undefined) {
    if (!isRunSort(sort)) {
      throw new QueryParamError(
        'sort',
        `sort=${quote(sort)}: want one of ${RUN_ORDERS.join(', ')}, with - in front for the largest first.`
      );
    }
    params.sort = sort;
  }
  if (groupBy !== undefined) {
    if (!isGroupBy(groupBy)) {
      throw new QueryParamError(
        'groupBy',
        `groupBy=${quote(groupBy)}: want one of ${GROUPS.join(', ')} or label:<name>.`
      );
    }
    params.groupBy = groupBy;
  }
  return params;
}

export function isFilterField(word: string): word is FilterField | `label:${string}` {
  return (FILTER_FIELDS as readonly string[]).includes(word) || isLabel(word);
}

export function isGroupBy(word: string): word is GroupBy {
  return GROUPS.includes(word) || isLabel(word);
}

export function isRunSort(word: string): word is RunSort {
  return (RUN_ORDERS as readonly string[]).includes(word.replace(/^-/, ''));
}

function isLabel(word: string): word is `label:${string}` {
  return word.startsWith('label:') && word.length > 'label:'.length;
}

function decodeMatch(text: string): Match {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    parts = undefined;
  }
  if (!Array.isArray(parts) || parts.length < 3 || !parts.every((part): part is string => typeof part === 'string')) {
    throw new QueryParamError('match', `match=${quote(text)}: want a JSON array such as ["task","=","email.send"].`);
  }
  const [field = '', operator = '', ...values] = parts;
  if (!isFilterField(field)) {
    const known = FILTER_FIELDS.join(', ');
    throw new QueryParamError(
      'match',
      `match=${quote(text)}: no field ${quote(field)}. Fields: ${known}, label:<name>.`
    );
  }
  const known = OPERATORS.find((candidate) => candidate === operator);
  if (known === undefined) {
    throw new QueryParamError(
      'match',
      `match=${quote(text)}: no operator ${quote(operator)}. Operators: ${OPERATORS.join(' ')}.`
    );
  }
  return { field, operator: known, values };
}

function decodeNumber(raw: Readonly<Record<string, string | readonly string[] | undefined>>, name: string) {
  const text = one(raw, name);
  if (text === undefined || text === '') {
    return undefined;
  }
  const value = Number(text);
  if (!Number.isFinite(value)) {
    throw new QueryParamError(name, `${name}=${quote(text)}: want a number.`);
  }
  return value;
}

function one(raw: Readonly<Record<string, string | readonly string[] | undefined>>, name: string): string | undefined {
  const value = raw[name];
  if (typeof value === 'string' || value === undefined) {
    return value;
  }
  throw new QueryParamError(name, `${name} is given ${value.length} times: give it once.`);
}

function many(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
