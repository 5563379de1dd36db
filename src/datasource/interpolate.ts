import type { AdHocVariableFilter, ScopedVars } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';
import { FILTER_FIELDS } from '../model/task-query';
import type { Match, MatchOperator, TaskFilter } from '../model/task-query';
import { isFilterField } from '../model/query-params';
import { filterOf } from './query';
import type { RunlaneQuery } from './query';

type Templates = Pick<TemplateSrv, 'replace'>;

/** Stands for "no restriction" in a variable's All option. */
const ALL: ReadonlySet<string> = new Set(['$__all', '.*', '.+', '*']);

/** Marks a variable's place while its values are known only as a list; no name holds these characters. */
const PLACE = /\uE000(\d+)\uE001/g;

/** As many as analysis and store read in one match. */
const MOST_VALUES = 1000;

/** A query that cannot be asked: the message says which part, what was found and what to do. */
export class QueryError extends Error {}

/**
 * The query's filter with its variables filled in, and the dashboard's ad hoc filters beside it. A variable with
 * several values becomes several values of the match, whatever characters they hold; only in `=~` and `!~` are they
 * written as regular expressions, escaped. A match whose variable says All, or nothing, is left out.
 */
export function interpolateFilter(
  query: Pick<RunlaneQuery, 'filter'>,
  templates: Templates,
  scopedVars: ScopedVars,
  adHoc: readonly AdHocVariableFilter[] = []
): TaskFilter {
  const { matches, text } = filterOf(query);
  const filled: Match[] = [];
  for (const match of matches) {
    const values = fillMatch(match, templates, scopedVars);
    if (values !== 'all' && values.length > 0) {
      filled.push({ ...match, values });
    }
  }
  filled.push(...adHoc.map(matchOfAdHoc));
  const words =
    text === undefined ? '' : templates.replace(text, scopedVars, (value: unknown) => toList(value).join(' '));
  return { matches: filled, ...(words.trim() === '' ? {} : { text: words }) };
}

function fillMatch(match: Match, templates: Templates, scopedVars: ScopedVars): string[] | 'all' {
  const regex = match.operator === '=~' || match.operator === '!~';
  const filled: string[] = [];
  for (const text of match.values) {
    const lists: string[][] = [];
    const template = templates.replace(text, scopedVars, (value: unknown) => {
      lists.push(toList(value).map((item) => (regex && !ALL.has(item) ? escapeRegex(item) : item)));
      return `\uE000${lists.length - 1}\uE001`;
    });
    const whole = /^\uE000(\d+)\uE001$/.exec(template);
    const list = whole === null ? undefined : lists[Number(whole[1])];
    if (list !== undefined) {
      if (list.some((item) => ALL.has(item)) || list.every((item) => item === '')) {
        return 'all';
      }
      filled.push(...list);
    } else if (template !== text && ALL.has(template)) {
      // A custom "all value" is put in as it is, without being offered to the formatter.
      return 'all';
    } else {
      filled.push(...combine(template, lists));
    }
    if (filled.length > MOST_VALUES) {
      throw new QueryError(
        `Filter ${match.field} ${match.operator}: the variables make more than ${MOST_VALUES} values. Select fewer, or use All.`
      );
    }
  }
  return [...new Set(filled)];
}

/** Every combination of the variables' values in a text: `$env.$task` with two values each gives four. */
function combine(template: string, lists: ReadonlyArray<readonly string[]>): string[] {
  let texts = [template];
  lists.forEach((list, index) => {
    const place = `\uE000${index}\uE001`;
    if (texts.length * list.length > MOST_VALUES) {
      texts = [...texts, ...new Array<string>(MOST_VALUES).fill('')];
    } else if (template.includes(place)) {
      texts = texts.flatMap((text) => list.map((item) => text.split(place).join(item)));
    }
  });
  return texts.map((text) => text.replace(PLACE, ''));
}

function matchOfAdHoc(filter: AdHocVariableFilter): Match {
  const { key, operator, value, values } = filter;
  if (!isFilterField(key)) {
    throw new QueryError(
      `Ad hoc filter on "${key}": no such field. Fields are ${FILTER_FIELDS.join(', ')} and label:<name>.`
    );
  }
  const known: Readonly<Record<string, MatchOperator>> = {
    '=': '=',
    '!=': '!=',
    '=~': '=~',
    '!~': '!~',
    '=|': '=',
    '!=|': '!=',
  };
  const mapped = Object.hasOwn(known, operator) ? known[operator] : undefined;
  if (mapped === undefined) {
    throw new QueryError(`Ad hoc filter ${key} ${operator} ${value}: operators are = != =~ !~. Change the filter.`);
  }
  return { field: key, operator: mapped, values: values !== undefined && values.length > 0 ? values : [value] };
}

function toList(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map((item) =>
    item === undefined || item === null ? '' : String(item)
  );
}

export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
