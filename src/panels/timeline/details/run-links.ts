import type { Field, InterpolateFunction } from '@grafana/data';
import { frameRow, type RunColumns } from '../../../frames/run-columns';
import type { RunLink } from './run-details';
import { textFact } from './run-lines';

/** Links of all fields of the run's row: what the data source or the user configured. */
export function fieldLinks(columns: RunColumns, row: number): RunLink[] {
  const { part, index } = frameRow(columns, row);
  const links = new Map<string, RunLink>();
  for (const field of part.frame.fields) {
    for (const link of linksOfField(field, index)) {
      links.set(`${link.title}\n${link.href}`, link);
    }
  }
  return [...links.values()];
}

/** Links of one cell; none where it is empty. */
export function linksOfField(field: Field, index: number): RunLink[] {
  const value: unknown = (field.values as ArrayLike<unknown>)[index];
  if (!field.config.links?.length || !field.getLinks || value === null || value === undefined || value === '') {
    return [];
  }
  const links = field.getLinks({ valueRowIndex: index });
  return links.map(({ title, href, target, onClick }) => ({ title: title || field.name, href, target, onClick }));
}

/**
 * A link template of the panel's options with the run's facts filled in, each encoded. Templates whose facts the run
 * lacks give no link: a link to nothing is worse than none. Only http(s) and paths of this Grafana are allowed.
 */
export function templateLink(
  title: string,
  template: string,
  columns: RunColumns,
  row: number,
  replaceVariables: InterpolateFunction
): RunLink | undefined {
  if (template === '') {
    return undefined;
  }
  let missing = false;
  const minute = 60_000;
  const times: Record<string, number> = {
    from: Math.floor(columns.began[row]! - minute),
    to: Math.ceil((columns.end[row] === columns.end[row] ? columns.end[row]! : Date.now()) + minute),
  };
  const own = template.replace(
    /\$\{(traceId|spanId|runId|attempt|task|worker|host|queue|source|from|to)\}/g,
    (_, name: string) => {
      const value = times[name] ?? textFact(columns, row, name as 'runId');
      missing ||= value === undefined;
      return encodeURIComponent(String(value ?? ''));
    }
  );
  const href = replaceVariables(own);
  return missing || !/^(https?:\/\/|\/(?!\/))/.test(href) ? undefined : { title, href };
}
