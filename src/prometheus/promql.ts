import { ConnectorError } from '../model/connector-error';
import type { MatchOperator } from '../model/task-query';
import type { DurationMs, EpochMs } from '../model/units';
import { PROMETHEUS } from './profile';

/** One condition on a label. */
export interface LabelMatcher {
  label: string;
  operator: MatchOperator;
  value: string;
}

/** A PromQL string literal. Half surrogates, which no label value can hold, become U+FFFD. */
export function quote(text: string): string {
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\uFFFD'));
}

/** A regular expression (RE2) that matches exactly this text. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** The label's value is one of these (`=`, `=~`), or none of them (`!=`, `!~`). At least one value. */
export function matcherOf(label: string, operator: MatchOperator, values: readonly string[]): LabelMatcher {
  const [only] = values;
  if (only !== undefined && values.length === 1) {
    return { label, operator, value: only };
  }
  const isRegex = operator === '=~' || operator === '!~';
  const any = values.map((value) => (isRegex ? `(?:${value})` : escapeRegex(value))).join('|');
  return { label, operator: operator.startsWith('=') ? '=~' : '!~', value: any };
}

/** `metric{label="value"}`; `{"metric.name","label.name"="value"}` with names that only Prometheus 3 can say. */
export function selectorOf(metric: string, matchers: readonly LabelMatcher[]): string {
  const isPlain = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric) || metric === '';
  const inside = [
    ...(isPlain ? [] : [quote(metric)]),
    ...matchers.map(({ label, operator, value }) => `${labelName(label)}${operator}${quote(value)}`),
  ];
  return inside.length === 0 ? metric : `${isPlain ? metric : ''}{${inside.join(',')}}`;
}

/** A label as PromQL names it: in quotes where it must be, which Prometheus reads since version 3. @throws ConnectorError for no name at all */
export function labelName(label: string): string {
  if (label === '') {
    throw new ConnectorError('bad-request', PROMETHEUS, 'A label without a name cannot be asked for. Name it.');
  }
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : quote(label);
}

/** `sum by (task) (…)`; over everything when there are no labels. */
export function aggregate(how: string, labels: readonly string[], expr: string): string {
  const by = [...new Set(labels)].map(labelName);
  return by.length === 0 ? `${how}(${expr})` : `${how} by (${by.join(',')}) (${expr})`;
}

/** `90s`, `1500ms`. */
export function durationOf(ms: DurationMs): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.round(ms)}ms`;
}

/** Seconds since 1970, to the millisecond, as PromQL and the HTTP API write an instant. */
export function instantOf(ms: EpochMs): string {
  return String(Math.round(ms) / 1000);
}

/**
 * An expression of the user's own with its variables filled in. `filter` is a selector without a metric: `{a="b"}`.
 *
 * A comment at its end must not swallow what follows: hence the line feed.
 */
export function fillIn(expr: string, { window, step, filter }: Record<'window' | 'step' | 'filter', string>): string {
  return `${expr
    .replace(/\$window\b/g, window)
    .replace(/\$step\b/g, step)
    .replace(/\$filter\b/g, () => filter.slice(1, -1))}\n`;
}
