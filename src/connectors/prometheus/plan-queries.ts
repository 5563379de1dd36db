import { ConnectorError } from '../../model/connector-error';
import type { LifecycleState } from '../../model/lifecycle';
import type { GroupBy, TaskFilter } from '../../model/task-query';
import { factExpr, LATE_MS } from '../../prometheus/build-query';
import type { Reading } from '../../prometheus/build-query';
import { hasOwner, NAME_LABEL, named, onlyNamed, splitMatches, thingLabels } from '../../prometheus/owned-names';
import type { Moments } from '../../prometheus/pieces';
import { CUSTOM_PROFILE, PROMETHEUS } from '../../prometheus/profile';
import type { Profile, Series } from '../../prometheus/profile';
import { aggregate, durationOf } from '../../prometheus/promql';
import { holds, listSeries, placeOf, selectSeries } from '../../prometheus/select-series';
import type { Http } from '../connector';
import type { Buckets } from './buckets';
import type { ManyGroups } from './many-groups';
import { filtersIn, isNamed } from '../../prometheus/worlds';
import type { Worlds } from '../../prometheus/worlds';

/** Which exporter is read, through what, and what for. One per view and refresh: it makes one request. */
export interface Asking {
  http: Http;
  signal: AbortSignal;
  profile: Profile;
  /** Names of all metrics that Prometheus knows. */
  names: ReadonlySet<string>;
  worlds: Worlds;
  /** The sources of which the exporter tells; `undefined` where that cannot be asked. */
  ownSources: () => Promise<readonly string[] | undefined>;
  filter: TaskFilter;
  buckets: Buckets;
  manyGroups: ManyGroups;
}

/** One fact to ask for. */
export interface FactRequest {
  fact: string;
  /** Absent where the exporter does not tell it. */
  series: Series | readonly Series[] | undefined;
  reading: Reading;
  /** The state that the fact is about: filters on `state` and groups by state go by it. */
  state?: LifecycleState;
  /** Labels that are kept beside the groups': `reason`. */
  keep?: readonly string[];
}

/** A thing that is gone keeps its owner as long as Prometheus finds its last value. */
const OWNER_MS = LATE_MS + 5 * 60_000;

/** The labels that hold a field of the model, the worlds' before its own; or the same text for all. */
export type NamePlace = { labels: readonly string[] } | { text: string };

/** One expression of a request, and how its groups are read. */
export interface Part {
  name: string;
  fact: FactRequest;
  expr: string;
  places: NamePlace[];
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
  const { profile, names, filter, worlds } = asking;
  const parts: Part[] = [];
  const missing: Array<{ metric: string; needs?: string }> = [];
  const unfiltered = new Set<string>();
  const filters = filtersIn(worlds, filter);
  for (const fact of facts) {
    if (!filter.matches.every((match) => match.field !== 'state' || holds(match, fact.state ?? ''))) {
      continue;
    }
    const exprs = listSeries(fact.series).flatMap((series) => {
      const { metric } = series;
      if (!isThere(series, fact.reading, names)) {
        missing.push(series.needs === undefined ? { metric } : { metric, needs: series.needs });
        return [];
      }
      return filters.flatMap((one) => {
        const reachable = series.expr === undefined ? one : reachableBy(profile, series, one);
        if (selectSeries(profile, series, reachable) === undefined || reachable !== one) {
          unfiltered.add(fact.fact);
          if (series.expr === undefined) {
            return [];
          }
        }
        return [{ series, ...exprOf(asking, fact, series, reachable, fields, moments) }];
      });
    });
    exprs.forEach(({ series: { metric }, expr, places }, i) =>
      parts.push({ name: i === 0 ? fact.fact : `${fact.fact} ${i + 1}`, fact, expr, places, metric })
    );
  }
  if (parts.length === 0) {
    throw notTold(profile, missing, unfiltered, facts);
  }
  return { parts, notices: noticesOf(profile, missing, unfiltered) };
}

/** The expression of one series of a fact, and the labels that hold the fields in it. */
function exprOf(
  { profile, names, worlds }: Asking,
  fact: FactRequest,
  series: Series,
  filter: TaskFilter,
  fields: readonly GroupBy[],
  moments: Moments
): { expr: string; places: NamePlace[] } {
  const { onName, onLabels, text } = splitMatches(profile, series, filter);
  const isOwned = hasOwner(profile, series) && (onName.length > 0 || fields.includes('task'));
  const places = fields.map((field): NamePlace => {
    const place = field === 'state' ? { text: fact.state ?? '' } : placeOf(profile, series, field);
    if (!('label' in place)) {
      return place;
    }
    const label = isOwned && field === 'task' ? NAME_LABEL : place.label;
    return { labels: isNamed(field) ? [...worlds.labels, label] : [label] };
  });
  const by = [...places.flatMap((place) => ('labels' in place ? place.labels : [])), ...(fact.keep ?? [])];
  const reached = { ...filter, matches: onLabels, text };
  const select = (name: string) => selectSeries(profile, { ...series, metric: name }, reached) ?? name;
  const reading = readingOf(fact.reading, profile, series, names);
  const counted = withKnownMinus(series, names);
  if (!isOwned) {
    return { expr: factExpr(counted, select, reading, by, moments), places };
  }
  const things = [...by.filter((label) => label !== NAME_LABEL), ...thingLabels(profile, series)];
  // As long as a thing can be told of: over the bucket, and what a scrape is late.
  const over = `[${durationOf(moments.step + OWNER_MS)}] offset -${durationOf(LATE_MS)}`;
  const there = `last_over_time(${select(series.metric)}${over})`;
  const rows = named(factExpr(counted, select, reading, things, moments), profile, there, over);
  return { expr: aggregate(joiningOf(reading), by, onName.reduce(onlyNamed, rows)), places };
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
  return as === 'min' || as === 'first seen'
    ? 'min'
    : ['max', 'last', 'last before', 'last seen', 'grew lately', 'quantile'].includes(as)
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

/** What is taken off is asked for only where it is there: an exporter of before has no such metric, and questions stay short. */
function withKnownMinus(series: Series, names: ReadonlySet<string>): Series {
  return series.minus === undefined || names.has(series.minus) ? series : { ...series, minus: undefined };
}

/**
 * A histogram is classic where there are `_bucket` series, native where there is a series of its own name; what is
 * counted by its things is told which.
 */
function readingOf(reading: Reading, profile: Profile, series: Series, names: ReadonlySet<string>): Reading {
  if (reading.as === 'count' || (reading.as === 'level' && hasOwner(profile, series))) {
    return { ...reading, things: thingLabels(profile, series) };
  }
  const { metric, expr } = series;
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
