import { LIFECYCLE_STATES } from '../../model/lifecycle';
import type { GroupBy } from '../../model/task-query';
import { askInstant, askQuery } from './ask-facts';
import type { Asking, FactRequest } from './ask-facts';
import { growthByGroup, seenByGroup } from './build-query';
import { countOf } from './counts';
import { COUNTER_FACTS, CUSTOM_PROFILE, GAUGE_FACTS } from './profile';
import type { Profile, Series } from './profile';
import { instantOf } from './promql';
import { listSeries, placeOf, selectAny, stripOf } from './select-series';

/** Every sample is looked at of the last day only. */
const DAY_MS = 24 * 3_600_000;
/** More choices than a person reads. */
const MOST_VALUES = 1000;

/** Values of a field in the range, most frequent first. Empty where the exporter does not tell the field. */
export async function askValues(asking: Asking, field: string): Promise<string[]> {
  if (field === 'state') {
    return LIFECYCLE_STATES.filter((state) => state !== 'unknown');
  }
  if (!isField(field)) {
    return [];
  }
  const { profile, names, filter, buckets } = asking;
  if (profile.id === CUSTOM_PROFILE) {
    return askOwn(asking, field);
  }
  const byLabel = new Map<string, { series: Series; metrics: string[] }>();
  for (const series of allSeries(profile)) {
    const place = placeOf(profile, series, field);
    if ('label' in place && names.has(series.metric)) {
      const entry = byLabel.get(place.label) ?? { series, metrics: [] };
      entry.metrics.push(series.metric);
      byLabel.set(place.label, entry);
    }
  }
  const queries = [...byLabel].flatMap(([label, { series, metrics }]) => {
    const among = selectAny(profile, series, filter, metrics);
    if (among === undefined) {
      return [];
    }
    const strip = stripOf(profile, label);
    const { range, cap } = buckets;
    const ranking = {
      among,
      label,
      from: Math.max(range.from, cap - DAY_MS),
      cap,
      ...(strip === undefined ? {} : { strip }),
    };
    const seen = cap - range.from > DAY_MS ? ` or ${seenByGroup(ranking, range.from)}` : '';
    return [`topk(${MOST_VALUES}, ${growthByGroup(ranking)}${seen})`];
  });
  if (queries.length === 0) {
    return [];
  }
  const answer = await askQuery(asking, '/api/v1/query', { query: queries.join(' or '), time: instantOf(buckets.cap) });
  return mostFrequent(
    answer.series.flatMap(({ labels, values }) =>
      [...labels.values()].map((value) => [value, values.at(-1) ?? 0] as const)
    )
  );
}

/** Of a user's own expressions: what they give, grouped by the field's label. */
async function askOwn(asking: Asking, field: GroupBy): Promise<string[]> {
  const { profile } = asking;
  const facts = [
    ...COUNTER_FACTS.map((fact) => countOf(profile, fact, 'completed')),
    ...GAUGE_FACTS.map((fact): FactRequest => ({ fact, series: profile.gauges[fact], reading: { as: 'level' } })),
  ].filter(({ series }) => listSeries(series).some((one) => 'label' in placeOf(profile, one, field)));
  if (facts.length === 0) {
    return [];
  }
  const { rows } = await askInstant(asking, facts, [field]);
  return mostFrequent(rows.map(({ group, values }) => [group[0] ?? '', values.at(-1) ?? 0]));
}

function mostFrequent(found: ReadonlyArray<readonly [value: string, count: number]>): string[] {
  const counts = new Map<string, number>();
  for (const [value, count] of found) {
    counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return [...counts]
    .filter(([value]) => value !== '')
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .slice(0, MOST_VALUES)
    .map(([value]) => value);
}

const FIELDS: readonly string[] = ['task', 'worker', 'host', 'queue', 'source'];

function isField(field: string): field is GroupBy {
  return FIELDS.includes(field) || field.startsWith('label:');
}

/** What tells who there is: counters before levels. */
function allSeries({ counters, gauges, workers, rssBytes, states }: Profile): Series[] {
  return [...Object.values(counters), ...Object.values(gauges), workers, rssBytes, states ?? []].flatMap(listSeries);
}
