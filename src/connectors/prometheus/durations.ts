import type { DurationsAnswer, Noticed } from '../../model/answer';
import type { GroupBy } from '../../model/task-query';
import { askRange } from './ask-facts';
import type { Asking, FactRequest, FactRow } from './ask-facts';
import { cutOf, groupsOf, sumColumns } from './counts';
import { groupingOf } from './grouping';
import { CUSTOM_PROFILE, HISTOGRAM_FACTS } from './profile';
import type { HistogramFact, Profile } from './profile';

const LEVELS = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
const LEVEL_NAMES = ['p50', 'p95', 'p99'] as const;

/**
 * Percentiles per bucket from histograms, classic or native. The largest value is not known to a histogram: `max` stays
 * empty. A percentile above the last finite bound of a classic histogram reads as that bound, which a notice says.
 */
export async function askDurations(asking: Asking, wanted: GroupBy, limit: number): Promise<DurationsAnswer & Noticed> {
  const { profile, buckets } = asking;
  const facts = HISTOGRAM_FACTS.filter((what) => profile.histograms[what] !== undefined).flatMap((what) =>
    factsOf(profile, what)
  );
  if (facts.length === 0) {
    facts.push({ fact: 'durations', series: undefined, reading: { as: 'level' } });
  }
  const { groupBy, notices } = groupingOf(profile, wanted, facts);
  const found = await askRange(asking, facts, [groupBy], limit);
  const groups = groupsOf({ rows: found.rows.filter(({ fact }) => !fact.endsWith('beyond')) }, limit);
  const series: DurationsAnswer['series'] = [];
  for (const [group, rows] of groups.groups) {
    for (const what of HISTOGRAM_FACTS) {
      const inMs = (level: keyof typeof LEVELS) =>
        (sumColumns(buckets, rows, `${what} ${level}`) ?? buckets.starts.map(() => null)).map((seconds) =>
          seconds === null ? null : seconds * 1000
        );
      const count = sumColumns(buckets, rows, `${what} count`);
      if (count === undefined && !rows.some(({ fact }) => fact.startsWith(`${what} p`))) {
        continue;
      }
      series.push({
        group,
        what,
        count: buckets.starts.map((_, i) => count?.[i] ?? 0),
        p50: inMs('p50'),
        p95: inMs('p95'),
        p99: inMs('p99'),
        max: buckets.starts.map(() => null),
      });
    }
  }
  const said = [...notices, ...beyondBounds(found.rows), ...withoutPercentiles(series)];
  return {
    view: 'durations',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series,
    ...cutOf(found, groups.omitted, said),
  };
}

function factsOf(profile: Profile, what: HistogramFact): FactRequest[] {
  const series = profile.histograms[what];
  const state = what === 'duration' ? 'completed' : 'running';
  const percentiles = LEVEL_NAMES.map((level): FactRequest => ({
    fact: `${what} ${level}`,
    series,
    reading: { as: 'quantile', of: LEVELS[level], forms: 'classic' },
    state,
  }));
  if (profile.id === CUSTOM_PROFILE) {
    // An expression gives buckets only; how many runs there were, the expression for completed ones says.
    const count: FactRequest = {
      fact: `${what} count`,
      series: profile.counters.completed,
      reading: { as: 'count' },
      state,
    };
    return count.series === undefined ? percentiles : [count, ...percentiles];
  }
  return [
    { fact: `${what} count`, series, reading: { as: 'observations', forms: 'classic' }, state },
    ...percentiles,
    { fact: `${what} beyond`, series, reading: { as: 'beyond' }, state },
  ];
}

/** "3 of 120 …": what lies above the last bound is known by number only. */
function beyondBounds(rows: readonly FactRow[]): string[] {
  return HISTOGRAM_FACTS.flatMap((what) => {
    const beyond = countAll(rows, `${what} beyond`);
    return beyond < 1
      ? []
      : [
          `${beyond} of ${Math.max(beyond, countAll(rows, `${what} count`))} values of the ${what} lie above the histogram's last bound: percentiles that reach them read as that bound, and are longer in truth.`,
        ];
  });
}

function countAll(rows: readonly FactRow[], fact: string): number {
  const all = rows.filter((row) => row.fact === fact).flatMap(({ values }) => values);
  return Math.round(all.reduce((sum, value) => sum + Math.max(0, value), 0));
}

/** Runs were counted, and no percentile is a number: the histogram's buckets do not go together. */
function withoutPercentiles(series: DurationsAnswer['series']): string[] {
  const broken = series.filter(
    ({ count, p50 }) => count.some((one) => one > 0) && p50.every((value) => value === null)
  );
  return broken.length === 0
    ? []
    : [
        `No percentiles of ${broken.map(({ group, what }) => `${what} of "${group}"`).join(', ')}: the histogram has no bucket le="+Inf", or too few buckets.`,
      ];
}
