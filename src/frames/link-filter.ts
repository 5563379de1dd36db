import type { Field } from '@grafana/data';
import { LINK_FILTER_LABEL } from './field-names';

/** Tasks named in one address; browsers and proxies take addresses of a few thousand characters. */
const MOST_TASKS = 30;

/**
 * A number with what a link from it narrows the timeline to, as part of an address: `var-task` for each task that it is
 * about, and the run whose details are shown. Only tasks: a board's links keep its other variables.
 */
export function withLinkFilter(
  field: Field,
  groupBy: string,
  tasks: readonly string[],
  run: string | undefined
): Field {
  if (groupBy !== 'task') {
    return field;
  }
  const parts = tasks
    .filter((task) => task !== '')
    .slice(0, MOST_TASKS)
    .map((task) => `var-task=${encodeURIComponent(task)}`);
  if (run !== undefined) {
    parts.push(`var-run=${encodeURIComponent(run)}`);
  }
  return { ...field, labels: { ...field.labels, [LINK_FILTER_LABEL]: parts.join('&') } };
}
