import { ConnectorError } from '../model/connector-error';
import type { GroupBy, Match, TaskFilter } from '../model/task-query';
import type { LabelNames, Profile, Series } from './profile';
import { PROMETHEUS } from './profile';
import { escapeRegex, matcherOf, selectorOf } from './promql';
import type { LabelMatcher } from './promql';

/** What a model's word is in a series: a label, or the same text for all of it (`''` = not told). */
export type Place = { label: string } | { text: string };

/** The series of a fact, of which there are none, one or several. */
export function listSeries(series: Series | readonly Series[] | undefined): readonly Series[] {
  return series === undefined ? [] : 'metric' in series ? [series] : series;
}

/** Where the series holds the value of a field of the model. */
export function placeOf(profile: Profile, series: Series, field: GroupBy | Match['field']): Place {
  const labels: LabelNames = series.labels ?? profile.labels;
  const at = (label: string | undefined, text = ''): Place => (label === undefined ? { text } : { label });
  switch (field) {
    case 'task':
      return at(labels.task, profile.task);
    case 'queue':
      return at(labels.queue);
    case 'worker':
      return at(labels.worker);
    case 'host':
      return at(labels.host);
    case 'source':
      return { label: labels.source ?? 'job' };
    case 'kind':
      return { text: kindOf(profile) };
    case 'state':
    case 'runId':
    case 'rootId':
    case 'traceId':
      return { text: '' };
    default:
      return { label: field.slice('label:'.length) };
  }
}

function kindOf({ kind, states, runs }: Profile): string {
  const told = kind ?? states?.[0]?.kind ?? runs?.kind ?? 'task';
  return told === 'mixed' ? '' : told;
}

/**
 * The selector of a series under a filter: `metric{its own matchers, the filter's}`. `undefined` when the series lacks
 * a label that the filter asks for: nothing of it can be said to match. Matches on `state` are the caller's.
 */
export function selectSeries(profile: Profile, series: Series, filter: TaskFilter): string | undefined {
  const matchers = matchersOf(profile, series, filter);
  return matchers === undefined ? undefined : selectorOf(series.metric, matchers);
}

/** The selector of several metrics with the labels of one series; `undefined` when the filter cannot reach, or of none. */
export function selectAny(
  profile: Profile,
  series: Series,
  filter: TaskFilter,
  metrics: readonly string[]
): string | undefined {
  const matchers = matchersOf(profile, { ...series, match: {} }, filter);
  const names = [...new Set(metrics)].map(escapeRegex).join('|');
  return matchers === undefined || names === ''
    ? undefined
    : selectorOf('', [{ label: '__name__', operator: '=~', value: names }, ...matchers]);
}

function matchersOf(profile: Profile, series: Series, filter: TaskFilter): LabelMatcher[] | undefined {
  const matchers = matchersOfSeries(series);
  for (const match of filter.matches) {
    if (match.values.length === 0 || match.field === 'state') {
      continue;
    }
    const place = placeOf(profile, series, match.field);
    if ('label' in place) {
      matchers.push(matcherOf(place.label, match.operator, match.values));
    } else if (!holds(match, place.text)) {
      return undefined;
    }
  }
  const { text } = filter;
  if (text !== undefined && text !== '') {
    const named = (['task', 'queue', 'worker'] as const)
      .map((field) => placeOf(profile, series, field))
      .find((place) => 'label' in place);
    if (named !== undefined && 'label' in named) {
      matchers.push({ label: named.label, operator: '=~', value: `(?i:.*${escapeRegex(text)}.*)` });
    } else if (!(profile.task ?? '').toLowerCase().includes(text.toLowerCase())) {
      return undefined;
    }
  }
  return matchers;
}

/** What the series' own matchers say. */
export function matchersOfSeries({ match = {} }: Pick<Series, 'match'>): LabelMatcher[] {
  return Object.entries(match).map(([label, value]): LabelMatcher =>
    isPlain(value) ? { label, operator: '=', value } : { label, operator: '=~', value }
  );
}

/** A regular expression without a special character matches itself only, and `=` is cheaper. */
function isPlain(regex: string): boolean {
  return escapeRegex(regex) === regex;
}

/** Whether a match holds for a value. @throws ConnectorError for a pattern that is none. */
export function holds(match: Match, value: string): boolean {
  const { operator, values } = match;
  if (values.length === 0) {
    return true;
  }
  const any = values.some((wanted) =>
    operator === '=' || operator === '!=' ? wanted === value : patternOf(wanted).test(value)
  );
  return operator.startsWith('=') === any;
}

function patternOf(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 's');
  } catch (cause) {
    throw new ConnectorError(
      'bad-request',
      PROMETHEUS,
      `The pattern ${JSON.stringify(source)} cannot be read. Correct the filter.`,
      {
        cause,
      }
    );
  }
}
