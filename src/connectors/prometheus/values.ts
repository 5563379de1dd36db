import { LIFECYCLE_STATES } from '../../model/lifecycle';
import type { GroupBy } from '../../model/task-query';
import { growthByGroup, seenByGroup } from '../../prometheus/build-query';
import type { Ranking } from '../../prometheus/build-query';
import { hasOwner, NAME_LABEL, splitMatches } from '../../prometheus/owned-names';
import { COUNTER_FACTS, CUSTOM_PROFILE, GAUGE_FACTS } from '../../prometheus/profile';
import type { Profile, Series } from '../../prometheus/profile';
import { instantOf } from '../../prometheus/promql';
import { listSeries, placeOf, selectAny } from '../../prometheus/select-series';
import { amongWorkers, askInstant, askQuery } from './ask-queries';
import { countOf } from './counts';
import type { Asking, FactRequest } from './plan-queries';
import { filtersIn, isNamed, nameOf } from '../../prometheus/worlds';

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
  const { profile, names, worlds, buckets } = asking;
  const { filter } = field === 'worker' ? amongWorkers(asking) : asking;
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
  const { range, cap } = buckets;
  const rankings = [...byLabel].flatMap(([label, { series, metrics }]): Ranking[] => {
    const isOwned = field === 'task' && hasOwner(profile, series);
    const among = filtersIn(worlds, filter).flatMap((one) => {
      const { onLabels, text } = isOwned
        ? splitMatches(profile, series, one)
        : { onLabels: one.matches, text: one.text };
      return selectAny(profile, series, { matches: onLabels, text }, metrics) ?? [];
    });
    const named = isOwned ? NAME_LABEL : label;
    const by = isNamed(field) ? [...worlds.labels, named] : [named];
    const from = Math.max(range.from, cap - DAY_MS);
    return among.length === 0 ? [] : [{ among, by, from, cap, ...(isOwned ? { owned: profile } : {}) }];
  });
  if (rankings.length === 0) {
    return [];
  }
  const found = (ranking: Ranking) =>
    cap - range.from > DAY_MS
      ? `${growthByGroup(ranking)} or ${seenByGroup(ranking, range.from)}`
      : growthByGroup(ranking);
  const query = rankings.map((ranking) => `topk(${MOST_VALUES}, ${found(ranking)})`).join(' or ');
  const answer = await askQuery(asking, '/api/v1/query', { query, time: instantOf(cap) });
  return mostFrequent(
    answer.series.map(({ labels, values }) => {
      // What of several fields' labels it has tells which question it answers.
      const by = rankings.map((ranking) => ranking.by).find((one) => labels.has(one.at(-1) ?? '')) ?? [];
      return [nameOf(by, labels), values.at(-1) ?? 0];
    })
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
