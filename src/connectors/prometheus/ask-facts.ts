import type { LifecycleState } from '../../model/lifecycle';
import type { GroupBy, TaskFilter } from '../../model/task-query';
import type { EpochMs } from '../../model/units';
import { ConnectorError } from '../connector-error';
import type { Http } from '../connector';
import type { Buckets } from './buckets';
import { busiest, FACT_LABEL, factExpr, growthByGroup, joinFacts, stripped, STRIPPED_LABEL } from './build-query';
import type { Moments, Reading } from './build-query';
import { CUSTOM_PROFILE } from './profile';
import type { Profile, Series } from './profile';
import { instantOf } from './promql';
import { PROMETHEUS } from './refuse';
import { holds, listSeries, placeOf, selectAny, selectSeries, stripOf } from './select-series';
import type { Place } from './select-series';
import { readQuery } from './wire';
import type { WireAnswer, WireSeries } from './wire';

/** Which exporter is read, through what, and what for. One per view and refresh: it makes one request. */
export interface Asking {
  http: Http;
  signal: AbortSignal;
  profile: Profile;
  /** Names of all metrics that Prometheus knows. */
  names: ReadonlySet<string>;
  filter: TaskFilter;
  buckets: Buckets;
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

export interface FactRow {
  fact: string;
  /** The values of the fields that were grouped by; `''` where not told. */
  group: string[];
  labels: WireSeries['labels'];
  at: EpochMs[];
  values: number[];
}

export interface FactRows {
  rows: FactRow[];
  /** What was asked for: a fact that is missing here is told by nobody. */
  asked: ReadonlySet<string>;
  groupsOmitted?: number;
  notices: string[];
}

interface Part {
  name: string;
  fact: FactRequest;
  expr: string;
  places: Place[];
  metric: string;
}

/** Name of the part that counts the groups. */
const GROUPS = 'groups';

/**
 * Facts over the buckets, one value each. At most `limit` groups of the first field, the busiest.
 *
 * @throws ConnectorError when the exporter tells none of the facts, naming the metrics and what switches them on.
 */
export async function askRange(
  asking: Asking,
  facts: readonly FactRequest[],
  fields: readonly GroupBy[],
  limit: number
): Promise<FactRows> {
  const { starts, step, window, cap } = asking.buckets;
  const last = (starts.at(-1) ?? 0) + step;
  const plan = planFacts(asking, facts, fields, { step, window, last, cap });
  const query = limited(asking, plan.parts, limit);
  const params = { query, start: instantOf((starts[0] ?? 0) + step), end: instantOf(last), step: String(step / 1000) };
  return read(asking, plan, '/api/v1/query_range', params);
}

/** Facts over the whole range, as they are at its end. */
export async function askInstant(
  asking: Asking,
  facts: readonly FactRequest[],
  fields: readonly GroupBy[]
): Promise<FactRows> {
  const { range, cap } = asking.buckets;
  const whole = Math.max(1000, Math.ceil((cap - range.from) / 1000) * 1000);
  const plan = planFacts(asking, facts, fields, { step: whole, window: whole, last: cap, cap });
  return read(asking, plan, '/api/v1/query', { query: joinFacts(plan.parts), time: instantOf(cap) });
}

interface Plan {
  parts: Part[];
  notices: string[];
}

function planFacts(asking: Asking, facts: readonly FactRequest[], fields: readonly GroupBy[], moments: Moments): Plan {
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
    case 'observations':
      return names.has(`${metric}_bucket`) || names.has(metric);
    case 'beyond':
      return names.has(`${metric}_bucket`);
    default:
      return names.has(metric);
  }
}

/** A histogram is classic where there are `_bucket` series, else native. */
function readingOf(reading: Reading, { metric, expr }: Series, names: ReadonlySet<string>): Reading {
  return 'native' in reading && expr === undefined ? { ...reading, native: !names.has(`${metric}_bucket`) } : reading;
}

/** Parts with a label for the first field are limited to the busiest groups; how many there are is asked along. */
function limited(asking: Asking, parts: readonly Part[], limit: number): string {
  const { profile, filter, buckets } = asking;
  const span = { from: buckets.range.from, cap: buckets.cap };
  const byLabel = new Map<string, Part[]>();
  const others: Part[] = [];
  for (const part of parts) {
    const [place] = part.places;
    const counts = part.fact.reading.as !== 'quantile' && part.metric !== '';
    if (place !== undefined && 'label' in place && (counts || byLabel.has(place.label))) {
      byLabel.set(place.label, [...(byLabel.get(place.label) ?? []), part]);
    } else {
      others.push(part);
    }
  }
  const joined = others.length === 0 ? [] : [joinFacts(others)];
  for (const [read, some] of byLabel) {
    const label = read === STRIPPED_LABEL ? (profile.labels.task ?? read) : read;
    const [series] = listSeries(some[0]?.fact.series);
    const ranked = some.flatMap((part) => rankedMetrics(part, asking.names));
    const among = series === undefined || limit === Infinity ? undefined : selectAny(profile, series, filter, ranked);
    if (among === undefined) {
      joined.push(joinFacts(some));
      continue;
    }
    const strip = stripOf(profile, label);
    const ranking = { among, label, ...span, ...(strip === undefined ? {} : { strip }) };
    joined.push(
      busiest(joinFacts(some), limit, ranking),
      joinFacts([{ name: GROUPS, expr: `count(${growthByGroup(ranking)})` }])
    );
  }
  return joined.join(' or ');
}

function rankedMetrics({ fact, metric }: Part, names: ReadonlySet<string>): string[] {
  const name = fact.reading.as === 'observations' ? `${metric}_count` : metric;
  return names.has(name) ? [name] : [];
}

/** Asks one expression; `path` is one of Prometheus' two for queries. */
export async function askQuery(
  { http, signal }: Pick<Asking, 'http' | 'signal'>,
  path: string,
  params: Readonly<Record<string, string>>
): Promise<WireAnswer> {
  const search = Object.entries(params).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return readQuery(`GET ${path}`, await http(`${path}?${search.join('&')}`, { signal }));
}

async function read(
  asking: Asking,
  { parts, notices }: Plan,
  path: string,
  params: Readonly<Record<string, string>>
): Promise<FactRows> {
  const answer = await askQuery(asking, path, params);
  const byName = new Map(parts.map((part) => [part.name, part]));
  const rows: FactRow[] = [];
  let groups = 0;
  for (const { labels, at, values } of answer.series) {
    const name = labels.get(FACT_LABEL) ?? '';
    if (name === GROUPS) {
      groups += Math.round(values.at(-1) ?? 0);
    }
    const part = byName.get(name);
    if (part !== undefined && at.length > 0) {
      const group = part.places.map((place) => ('label' in place ? (labels.get(place.label) ?? '') : place.text));
      rows.push({ fact: part.fact.fact, group, labels, at, values });
    }
  }
  const seen = new Set(rows.filter((row) => byLabelOf(parts, row)).map((row) => row.group[0])).size;
  const said = [...answer.warnings.map((warning) => `Prometheus warns: ${warning.replace(/\.$/, '')}.`), ...notices];
  if (answer.histograms > 0) {
    said.push(
      `${answer.histograms} series are native histograms where numbers were expected: wrap them in histogram_quantile() or histogram_count().`
    );
  }
  return {
    rows,
    asked: new Set(parts.map((part) => part.fact.fact)),
    notices: [...new Set(said)],
    ...(groups > seen && seen > 0 ? { groupsOmitted: groups - seen } : {}),
  };
}

/** Whether the group of a row came from a label, not from a text that stands for all. */
function byLabelOf(parts: readonly Part[], row: FactRow): boolean {
  return parts.some((part) => part.fact.fact === row.fact && part.places[0] !== undefined && 'label' in part.places[0]);
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
