import { ConnectorError } from '../../model/connector-error';
import type { GroupBy, Match } from '../../model/task-query';
import type { EpochMs } from '../../model/units';
import { busiest, FACT_LABEL, growthByGroup, joinFacts } from '../../prometheus/build-query';
import type { Ranking } from '../../prometheus/build-query';
import { instantOf } from '../../prometheus/promql';
import { listSeries, selectAny } from '../../prometheus/select-series';
import { PATIENCE } from './many-groups';
import { planFacts } from './plan-queries';
import type { Asking, FactRequest, NamePlace, Part, Plan } from './plan-queries';
import { readQuery } from './wire';
import type { WireAnswer, WireSeries } from './wire';
import { filtersIn, nameOf } from '../../prometheus/worlds';

/** Proxies take addresses of 8,000 characters. */
const LONGEST_QUERY = 7400;

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

/** Name of the part that counts the groups. */
const GROUPS = 'groups';

/**
 * Facts over the buckets, one value each. At most `limit` groups of the first field, the busiest.
 *
 * @throws ConnectorError when the exporter tells none of the facts, naming the metrics and what switches them on.
 */
export async function askRange(
  given: Asking,
  facts: readonly FactRequest[],
  fields: readonly GroupBy[],
  limit: number
): Promise<FactRows> {
  const asking = fields[0] === 'worker' ? amongWorkers(given) : given;
  const { starts, step, window, cap } = asking.buckets;
  const last = (starts.at(-1) ?? 0) + step;
  const moments = { step, window, span: starts.length * step, last, cap };
  const plan = planFacts(asking, facts, fields, moments);
  const range = { start: instantOf((starts[0] ?? 0) + step), end: instantOf(last), step: String(step / 1000) };
  const ask = (one: Asking, of: Plan, query: string) => read(one, of, '/api/v1/query_range', { query, ...range });
  const ranking = rankingOf(asking, plan.parts, limit);
  const [field] = fields;
  if (field === undefined || ranking === undefined) {
    return ask(asking, plan, limited(asking, plan.parts, limit));
  }
  const { manyGroups } = asking;
  if (!manyGroups.areKnown(ranking)) {
    try {
      const query = limited(asking, plan.parts, limit);
      return await read(asking, plan, '/api/v1/query_range', { query, ...range, timeout: PATIENCE });
    } catch (error) {
      if (!(error instanceof ConnectorError && error.kind === 'timeout')) {
        throw error;
      }
    }
  }
  // Too many groups to count them all: which are the busiest is asked once in a while, and then only for those.
  const { names, total } = await manyGroups.busiest(ranking, (query) =>
    askQuery(asking, '/api/v1/query', { query, time: instantOf(cap) })
  );
  /** Answers on these groups alone, in as many questions as addresses need. */
  const askAbout = async (values: readonly string[]): Promise<FactRows[]> => {
    const matches = [...asking.filter.matches, { field, operator: '=' as const, values } as Match];
    const narrow = { ...asking, filter: { ...asking.filter, matches } };
    const narrowed = planFacts(narrow, facts, fields, moments);
    const query = joinFacts(narrowed.parts);
    if (values.length <= 1 || inUrl(query).length <= LONGEST_QUERY) {
      return [await ask(narrow, narrowed, query)];
    }
    const half = Math.ceil(values.length / 2);
    return [...(await askAbout(values.slice(0, half))), ...(await askAbout(values.slice(half)))];
  };
  const some = names.slice(0, limit);
  const found = await askAbout(some);
  return {
    rows: found.flatMap(({ rows }) => rows),
    asked: new Set(found.flatMap(({ asked }) => [...asked])),
    notices: [...new Set(found.flatMap(({ notices }) => notices))],
    ...(total > some.length ? { groupsOmitted: total - some.length } : {}),
  };
}

/** Facts over the whole range, as they are at its end. */
export async function askInstant(
  asking: Asking,
  facts: readonly FactRequest[],
  fields: readonly GroupBy[]
): Promise<FactRows> {
  const { range, cap } = asking.buckets;
  const whole = Math.max(1000, Math.ceil((cap - range.from) / 1000) * 1000);
  const plan = planFacts(asking, facts, fields, {
    step: whole,
    window: whole,
    span: whole,
    whole: true,
    last: cap,
    cap,
  });
  return read(asking, plan, '/api/v1/query', { query: joinFacts(plan.parts), time: instantOf(cap) });
}

/** The filter without names that are those of no worker. */
export function amongWorkers(asking: Asking): Asking {
  const { profile, filter } = asking;
  const not = profile.notWorkers;
  const matches: Match[] = not === undefined ? [] : [{ field: 'worker', operator: '!~', values: [not] }];
  return { ...asking, filter: { ...filter, matches: [...filter.matches, ...matches] } };
}

/**
 * What the groups of the first field are ranked by; `undefined` where no label tells them, or none need be left out: things
 * that have owners come and go, so that a look at some instants would miss them, and owners are few.
 */
function rankingOf(
  { profile, filter, names, worlds, buckets }: Asking,
  parts: readonly Part[],
  limit: number
): Ranking | undefined {
  const labelled = parts.filter((part) => labelsOf(part) !== undefined && part.metric !== '');
  const by = labelled[0] === undefined ? undefined : labelsOf(labelled[0]);
  const same = labelled.filter((part) => isSame(labelsOf(part), by));
  const [series] = listSeries(same[0]?.fact.series);
  // Native histograms cannot be ranked beside numbers.
  const isNative = same.some(({ fact }) => fact.reading.as === 'observations');
  if (by === undefined || series === undefined || limit === Infinity || isNative || profile.owner !== undefined) {
    return undefined;
  }
  const metrics = same.flatMap((part) => rankedMetrics(part, names));
  const among = filtersIn(worlds, filter).flatMap((one) => selectAny(profile, series, one, metrics) ?? []);
  return among.length === 0 ? undefined : { among, by, from: buckets.range.from, cap: buckets.cap };
}

/** Parts with the ranking's labels are limited to the busiest groups; how many there are is asked along. */
function limited(asking: Asking, parts: readonly Part[], limit: number): string {
  const ranking = rankingOf(asking, parts, limit);
  if (ranking === undefined) {
    return joinFacts(parts);
  }
  const some = parts.filter((part) => isSame(labelsOf(part), ranking.by));
  const others = parts.filter((part) => !isSame(labelsOf(part), ranking.by));
  const groups = { name: GROUPS, expr: `count(${growthByGroup(ranking)})` };
  return [busiest(joinFacts(some), limit, ranking), joinFacts([...others, groups])].join(' or ');
}

function labelsOf({ places }: Part): readonly string[] | undefined {
  const [place] = places;
  return place !== undefined && 'labels' in place ? place.labels : undefined;
}

function isSame(some: readonly string[] | undefined, others: readonly string[] | undefined): boolean {
  return some?.join() === others?.join();
}

function rankedMetrics({ fact, metric }: Part, names: ReadonlySet<string>): string[] {
  const isHistogram = fact.reading.as === 'buckets' || fact.reading.as === 'quantile';
  const name = isHistogram ? `${metric}_count` : metric;
  return names.has(name) ? [name] : [];
}

/** Spaces and what need not be escaped in a query are one character instead of three. */
function inUrl(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replaceAll('%2C', ',')
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/')
    .replaceAll('%40', '@');
}

/** Asks one expression; `path` is one of Prometheus' two for queries. */
export async function askQuery(
  { http, signal }: Pick<Asking, 'http' | 'signal'>,
  path: string,
  params: Readonly<Record<string, string>>
): Promise<WireAnswer> {
  const search = Object.entries(params).map(([name, value]) => `${name}=${inUrl(value)}`);
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
      const group = part.places.map((place) => textAt(place, labels));
      rows.push({ fact: part.fact.fact, group, labels, at, values });
    }
  }
  const seen = new Set(rows.filter((row) => byLabelOf(parts, row)).map((row) => row.group[0])).size;
  const sentence = (text: string) => text.replace(/\.$/, '');
  const said = [
    ...answer.warnings.map((warning) => `Prometheus warns: ${sentence(warning)}.`),
    ...answer.infos.map((info) => `Prometheus notes: ${sentence(info)}.`),
    ...notices,
  ];
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

/** The value of a field in a series. */
function textAt(place: NamePlace, labels: WireSeries['labels']): string {
  return 'text' in place ? place.text : nameOf(place.labels, labels);
}

/** Whether the group of a row came from a label, not from a text that stands for all. */
function byLabelOf(parts: readonly Part[], row: FactRow): boolean {
  return parts.some(
    (part) => part.fact.fact === row.fact && part.places[0] !== undefined && 'labels' in part.places[0]
  );
}
