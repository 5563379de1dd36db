import { ConnectorError } from '../connector-error';
import type { GroupBy, TaskFilter } from '../../model/task-query';
import type { Asking, FactRequest } from './ask-facts';
import { factExpr, stripped, STRIPPED_LABEL } from './build-query';
import type { Reading } from './build-query';
import type { Moments } from './pieces';
import { CUSTOM_PROFILE } from './profile';
import type { Profile, Series } from './profile';
import { PROMETHEUS } from './refuse';
import { holds, listSeries, placeOf, selectSeries, stripOf } from './select-series';
import type { Place } from './select-series';

/** One expression of a request, and how its groups are read. */
export interface Part {
  name: string;
  fact: FactRequest;
  expr: string;
  places: Place[];
  metric: string;
}

export interface Plan {
  parts: Part[];
  notices: string[];
}

/**
 * The expressions of facts under the filter. What the exporter does not tell is left out and, where the user can change it, said.
 *
 * @throws ConnectorError when nothing is left, naming the metrics and what switches them on.
 */
export function planFacts(
  asking: Asking,
  facts: readonly FactRequest[],
  fields: readonly GroupBy[],
  moments: Moments
): Plan {
  const { profile, names, filter } = asking;
  const parts: Part[] = [];
  const missing: Array<{ metric: string; needs?: string }> = [];
  const unfiltered = new Set<string>();
  for (const fact of facts) {
    if (!filter.matches.every((match) => match.field !== 'state' || holds(match, fact.state ?? ''))) {
      continue;
    }
    listSeries(fact.series).forEach((series, i) => {
      const { metric } = series;
      if (!isThere(series, fact.reading, names)) {
        missing.push(series.needs === undefined ? { metric } : { metric, needs: series.needs });
        return;
      }
      const reachable = series.expr === undefined ? filter : reachableBy(profile, series, filter);
      if (selectSeries(profile, series, reachable) === undefined || reachable !== filter) {
        unfiltered.add(fact.fact);
        if (series.expr === undefined) {
          return;
        }
      }
      const places = fields.map((field): Place =>
        field === 'state' ? { text: fact.state ?? '' } : placeOf(profile, series, field)
      );
      const by = places.flatMap((place) => ('label' in place ? [place.label] : []));
      const select = (name: string) => selectSeries(profile, { ...series, metric: name }, reachable) ?? name;
      const kept = [...by, ...(fact.keep ?? [])];
      const reading = readingOf(fact.reading, series, names);
      const full = factExpr(series, select, reading, kept, moments);
      const strip = by
        .map((label) => (fact.keep?.includes(label) === true ? undefined : stripOf(profile, label)))
        .find((one) => one !== undefined);
      const expr = strip === undefined ? full : stripped(full, joiningOf(reading), kept, strip);
      const read = places.map((place): Place =>
        'label' in place && place.label === strip?.label ? { label: STRIPPED_LABEL } : place
      );
      parts.push({ name: i === 0 ? fact.fact : `${fact.fact} ${i + 1}`, fact, expr, places: read, metric });
    });
  }
  if (parts.length === 0) {
    throw notTold(profile, missing, unfiltered, facts);
  }
  return { parts, notices: noticesOf(profile, missing, unfiltered) };
}

/** The part of the filter that an expression of the user's own takes: where it has `$filter`, and by labels that it names. */
function reachableBy(profile: Profile, series: Series, filter: TaskFilter): TaskFilter {
  const matches = filter.matches.filter(
    ({ field, values }) =>
      values.length === 0 ||
      field === 'state' ||
      (series.expr?.includes('$filter') === true && 'label' in placeOf(profile, series, field))
  );
  return matches.length === filter.matches.length ? filter : { ...filter, matches };
}

/** How groups that become one are joined. */
function joiningOf({ as }: Reading): string {
  return as === 'min'
    ? 'min'
    : as === 'max' || as === 'last' || as === 'quantile'
      ? 'max'
      : as === 'average'
        ? 'avg'
        : 'sum';
}

function isThere(series: Series, reading: Reading, names: ReadonlySet<string>): boolean {
  if (series.expr !== undefined) {
    return true;
  }
  const { metric } = series;
  switch (reading.as) {
    case 'quantile':
      return reading.forms === 'native' ? names.has(metric) : names.has(`${metric}_bucket`) || names.has(metric);
    case 'observations':
      return names.has(metric);
    case 'buckets':
      return names.has(`${metric}_bucket`);
    default:
      return names.has(metric);
  }
}

/** A histogram is classic where there are `_bucket` series, native where there is a series of its own name. */
function readingOf(reading: Reading, { metric, expr }: Series, names: ReadonlySet<string>): Reading {
  const isNative = names.has(metric);
  const isClassic = names.has(`${metric}_bucket`);
  return expr !== undefined
    ? reading
    : 'forms' in reading
      ? { ...reading, forms: !isNative ? 'classic' : isClassic ? 'both' : 'native' }
      : reading.as === 'buckets'
        ? { ...reading, isNativeToo: isNative }
        : reading;
}

function notTold(
  profile: Profile,
  missing: ReadonlyArray<{ metric: string; needs?: string }>,
  unfiltered: ReadonlySet<string>,
  facts: readonly FactRequest[]
): ConnectorError {
  const fail = (rest: string) => new ConnectorError('not-reported', PROMETHEUS, rest);
  // The first word of each: "duration p95" is about the duration.
  const words = facts.filter(({ series }) => listSeries(series).length > 0).map(({ fact }) => fact.split(' ', 1)[0]);
  const asked = [...new Set(words.length > 0 ? words : facts.map(({ fact }) => fact))].join(', ');
  if (missing.length > 0) {
    const wanted = missing.map(({ metric, needs }) =>
      needs === undefined ? metric : `${metric} (switch on with ${needs})`
    );
    return fail(
      `Prometheus has none of the metrics that tell ${asked} of ${profile.name}: ${[...new Set(wanted)].join(', ')}. ` +
        'Switch them on in the exporter, or choose another profile in the data source settings.'
    );
  }
  if (unfiltered.size > 0) {
    return fail(
      `${profile.name} does not tell ${[...unfiltered].join(', ')} by what the filters ask for. Remove filters on fields that it does not report.`
    );
  }
  return notReported(profile, asked);
}

/** The exporter has no metric at all for what was asked. */
export function notReported(profile: Profile, what: string): ConnectorError {
  return new ConnectorError(
    'not-reported',
    PROMETHEUS,
    `${profile.name} does not report ${what}. Choose another view, or the profile of another exporter.`
  );
}

/** Only what the user can change is worth saying: a switch that is off, a filter that cannot reach. */
function noticesOf(
  profile: Profile,
  missing: ReadonlyArray<{ metric: string; needs?: string }>,
  unfiltered: ReadonlySet<string>
): string[] {
  const off = missing.flatMap(({ metric, needs }) =>
    needs === undefined ? [] : [`${metric} (switch on with ${needs})`]
  );
  return [
    ...(off.length === 0 ? [] : [`Not in Prometheus: ${[...new Set(off)].join(', ')}.`]),
    ...(unfiltered.size === 0
      ? []
      : [
          profile.id === CUSTOM_PROFILE
            ? `The filters do not reach ${[...unfiltered].join(', ')} of the profile "${profile.name}": write $filter into the expression, and name the labels.`
            : `${profile.name} does not tell ${[...unfiltered].join(', ')} by what the filters ask for: left out.`,
        ]),
  ];
}
