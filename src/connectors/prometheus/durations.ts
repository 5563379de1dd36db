import type { DurationsAnswer, Noticed } from '../../model/answer';
import type { GroupBy } from '../../model/task-query';
import { EDGE_LABEL } from '../../prometheus/growth';
import { CUSTOM_PROFILE, HISTOGRAM_FACTS } from '../../prometheus/profile';
import type { HistogramFact, Profile } from '../../prometheus/profile';
import { askRange } from './ask-queries';
import type { FactRow } from './ask-queries';
import { columnOf } from './buckets';
import type { Buckets } from './buckets';
import { cutOf, groupsOf, sumColumns } from './counts';
import { groupingOf } from './grouping';
import { beyondOf, boundOf, quantileOf } from './histogram';
import type { Cumulative } from './histogram';
import type { Asking, FactRequest } from './plan-queries';

const LEVELS = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
const LEVEL_NAMES = ['p50', 'p95', 'p99'] as const;
type Level = keyof typeof LEVELS;

/**
 * Percentiles per bucket from histograms, classic or native. The largest value is not known to a histogram: `max` stays
 * empty. A percentile above the last finite bound of a classic histogram reads as that bound, which a notice says.
 *
 * Of a classic histogram its buckets are asked for, and read here; of a native one, or of an expression of the user's
 * own, the percentiles.
 */
export async function askDurations(asking: Asking, wanted: GroupBy, limit: number): Promise<DurationsAnswer & Noticed> {
  const { profile, names, buckets } = asking;
  const facts = HISTOGRAM_FACTS.filter((what) => profile.histograms[what] !== undefined).flatMap((what) =>
    factsOf(profile, names, what)
  );
  if (facts.length === 0) {
    facts.push({ fact: 'durations', series: undefined, reading: { as: 'level' } });
  }
  const { groupBy, notices } = groupingOf(profile, wanted, facts);
  const found = await askRange(asking, facts, [groupBy], limit);
  const groups = groupsOf(found, limit);
  const series: DurationsAnswer['series'] = [];
  const beyond = { duration: 0, wait: 0 };
  for (const [group, rows] of groups.groups) {
    for (const what of HISTOGRAM_FACTS) {
      const told = rows.filter(({ fact }) => fact.startsWith(`${what} `));
      if (told.length === 0) {
        continue;
      }
      const classic = classicOf(buckets, told, profile.histograms[what]?.scale ?? 1);
      beyond[what] += classic.reduce((sum, one) => sum + beyondOf(one), 0);
      const inMs = (level: Level) => {
        const others = sumColumns(buckets, told, `${what} ${level}`);
        return buckets.starts.map((_, i) => toMs(quantileOf(LEVELS[level], classic[i] ?? []) ?? others?.[i]));
      };
      const others = sumColumns(buckets, told, `${what} count`);
      series.push({
        group,
        what,
        count: buckets.starts.map((_, i) => allOf(classic[i] ?? []) + (others?.[i] ?? 0)),
        p50: inMs('p50'),
        p95: inMs('p95'),
        p99: inMs('p99'),
        max: buckets.starts.map(() => null),
      });
    }
  }
  const said = [
    ...notices,
    ...HISTOGRAM_FACTS.flatMap((what) => beyondBounds(what, Math.round(beyond[what]), series)),
    ...withoutPercentiles(series),
  ];
  return {
    view: 'durations',
    groupBy,
    step: buckets.step,
    buckets: buckets.starts,
    series,
    ...cutOf(found, groups.omitted, said),
  };
}

function factsOf(profile: Profile, names: ReadonlySet<string>, what: HistogramFact): FactRequest[] {
  const series = profile.histograms[what];
  const state = what === 'duration' ? 'completed' : 'running';
  const percentiles = (forms: 'classic' | 'native') =>
    LEVEL_NAMES.map((level): FactRequest => ({
      fact: `${what} ${level}`,
      series,
      reading: { as: 'quantile', of: LEVELS[level], forms },
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
    return count.series === undefined ? percentiles('classic') : [count, ...percentiles('classic')];
  }
  const native: FactRequest[] = [
    { fact: `${what} count`, series, reading: { as: 'observations', forms: 'native' }, state },
    ...percentiles('native'),
  ];
  return [
    { fact: `${what} buckets`, series, reading: { as: 'buckets' }, state, keep: [EDGE_LABEL] },
    ...(series !== undefined && names.has(series.metric) ? native : []),
  ];
}

/** The buckets of the classic histogram, for each bucket of time. Bounds in seconds. */
function classicOf(buckets: Buckets, rows: readonly FactRow[], scale: number): Cumulative[] {
  const edges = rows
    .filter(({ labels }) => labels.has(EDGE_LABEL))
    .map((row) => [boundOf(row.labels.get(EDGE_LABEL) ?? '') * scale, columnOf(buckets, row)] as const);
  return buckets.starts.map((_, i) =>
    edges.flatMap(([bound, column]) => {
      const count = column[i];
      return count === null || count === undefined ? [] : [[bound, count] as const];
    })
  );
}

function allOf(buckets: Cumulative): number {
  return buckets.reduce((most, [, count]) => Math.max(most, count), 0);
}

function toMs(seconds: number | null | undefined): number | null {
  return seconds === null || seconds === undefined ? null : seconds * 1000;
}

/** "3 of 120 …": what lies above the last bound is known by number only. */
function beyondBounds(what: HistogramFact, beyond: number, series: DurationsAnswer['series']): string[] {
  const all = series
    .filter((one) => one.what === what)
    .reduce((sum, { count }) => sum + count.reduce((a, b) => a + b, 0), 0);
  return beyond < 1
    ? []
    : [
        `${beyond} of ${Math.max(beyond, Math.round(all))} values of the ${what} lie above the histogram's last bound: percentiles that reach them read as that bound, and are longer in truth.`,
      ];
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
