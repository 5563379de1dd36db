import type { DurationMs, EpochMs } from '../../model/units';
import { named } from './owned-names';
import type { Profile, Series } from './profile';
import { aggregate, durationOf, fillIn, instantOf, quote } from './promql';
import { worldLabels } from './world-labels';

/** The label that says which fact a series of the joined answer is. */
export const FACT_LABEL = 'runlane_fact';

/** The instants at which an expression is evaluated, and how far each looks back. */
export interface Moments {
  /** What a value covers: the bucket, or the whole range of an instant query. */
  step: DurationMs;
  /** What a rate is measured over: `step`, or longer, so that it holds two scrapes. */
  window: DurationMs;
  /** The last instant, which may lie ahead of `cap`. */
  last: EpochMs;
  /** Nothing is known from here on. */
  cap: EpochMs;
}

/** Prometheus finds a value that is younger than five minutes; this leaves a minute for the scrape. */
const LOOK_BACK_MS = 4 * 60_000;

/** How often, and how densely at most, it is looked when something was seen. */
const LOOKS = 500;
const SHORTEST_LOOK_MS: DurationMs = 15_000;

/** How late a scrape may tell of what has happened. */
export const LATE_MS: DurationMs = 2 * 60_000;

/** How the series of a fact become one number per group. */
export type Reading =
  /** How many in the bucket; `things` are the labels that tell one thing from another. */
  | { as: 'count'; things?: readonly string[] }
  /** How many at the end of the bucket. */
  | { as: 'level' }
  /** Growth per second over the bucket: cores from seconds of CPU. */
  | { as: 'rate' }
  /** Mean over the bucket, largest in it; then the sum of the group. */
  | { as: 'mean' | 'peak' }
  /** The smallest, the largest of the group at the end of the bucket. */
  | { as: 'min' | 'max' }
  /** The largest of the newest values in the bucket, also of series that have ended since. */
  | { as: 'last' }
  /** The largest of the values that were newest when the bucket began, also of series that had ended within a day before. */
  | { as: 'last before' }
  /** When the group was seen first, last in the bucket, being what `equals` says: in seconds since 1970. */
  | { as: 'first seen' | 'last seen' }
  /** By how much any counter of the group grew lately, within five minutes. */
  | { as: 'grew lately' }
  /** The mean of the group at the end of the bucket. */
  | { as: 'average' }
  /** Percentile of a histogram, in its unit. */
  | { as: 'quantile'; of: number; native: boolean }
  /** Observations in the bucket. */
  | { as: 'observations'; native: boolean }
  /** Observations above the last finite bound of a classic histogram. */
  | { as: 'beyond' };

/**
 * One fact of one series, grouped by labels, in base units.
 *
 * @param select the selector of a metric under the series' matchers and the filter; of `''` the filter's matchers alone
 */
export function factExpr(
  series: Series,
  select: (metric: string) => string,
  reading: Reading,
  by: readonly string[],
  moments: Moments
): string {
  if (series.expr !== undefined) {
    return scaled(series.scale ?? 1, customExpr(series.expr, select(''), reading, by, moments));
  }
  const { window, step } = moments;
  const selected = select(series.metric);
  const over = `[${durationOf(window)}]`;
  const part = (metric: string) => select(series.metric + metric);
  const scale = series.scale ?? 1;
  switch (reading.as) {
    case 'count': {
      const { things = [] } = reading;
      const counted = countExpr(series, selected, by, things, moments);
      const taken =
        series.minus === undefined
          ? counted
          : `${counted} - (${countExpr(series, select(series.minus), by, things, moments)} or 0 * ${counted})`;
      return scaled(scale, taken);
    }
    case 'level':
      return atEnd(moments, (at) =>
        series.equals === undefined
          ? scaled(scale, aggregate('sum', by, selected + at))
          : aggregate('count', by, `${selected}${at} == ${series.equals}`)
      );
    case 'min':
    case 'max':
    case 'average':
      return atEnd(moments, (at) => {
        const held = series.equals === undefined ? selected + at : `${selected}${at} == ${series.equals}`;
        return scaled(scale, aggregate(reading.as === 'average' ? 'avg' : reading.as, by, held));
      });
    case 'last':
      return scaled(scale, aggregate('max', by, `last_over_time(${selected}${over})`));
    case 'last before':
      return scaled(scale, aggregate('max', by, `last_over_time(${selected}[1d] offset ${durationOf(window)})`));
    case 'grew lately':
      return aggregate('max', by, `${selected} - (${selected} offset 5m or 0 * ${selected})`);
    case 'first seen':
    case 'last seen': {
      const how = reading.as === 'first seen' ? 'min' : 'max';
      const at = `timestamp(${selected})${series.equals === undefined ? '' : ` and ${selected} == ${series.equals}`}`;
      const looks = Math.max(SHORTEST_LOOK_MS, Math.ceil(window / LOOKS / 1000) * 1000);
      return aggregate(how, by, `${how}_over_time((${at})[${durationOf(window)}:${durationOf(looks)}])`);
    }
    case 'rate':
      return scaled(scale, aggregate('sum', by, `rate(${selected}${over})`));
    case 'mean':
      return scaled(scale, aggregate('sum', by, `avg_over_time(${selected}${over})`));
    case 'peak':
      return scaled(
        scale,
        series.minus === undefined
          ? aggregate('sum', by, `max_over_time(${selected}${over})`)
          : `${aggregate('sum', by, selected)} - ${aggregate('sum', by, select(series.minus))}`
      );
    case 'quantile': {
      const observed = reading.native
        ? aggregate('sum', by, `rate(${selected}${over})`)
        : growth(part('_bucket'), [...by, 'le'], moments);
      return scaled(scale, `histogram_quantile(${reading.of}, ${observed})`);
    }
    case 'observations':
      return reading.native
        ? scaled(step / window, `histogram_count(${aggregate('sum', by, `increase(${selected}${over})`)})`)
        : growth(part('_count'), by, moments);
    case 'beyond': {
      // Buckets are cumulative, so the largest of the finite ones is the last of them.
      const finite = growth(withMatcher(part('_bucket'), 'le!="+Inf"'), [...by, 'le'], moments);
      return `${growth(part('_count'), by, moments)} - ${aggregate('max', by, finite)}`;
    }
  }
}

/** How many of a series fall into the bucket, per group. */
function countExpr(
  series: Series,
  selected: string,
  by: readonly string[],
  things: readonly string[],
  moments: Moments
): string {
  const { step } = moments;
  switch (series.counts) {
    case 'instants': {
      // Each thing once, though several exporters tell of it, and though it was gone when the bucket ended; what was scraped
      // after the end of the bucket still happened in it.
      const late = `[${durationOf(step + LATE_MS)}] offset -${durationOf(LATE_MS)}`;
      const seconds = scaled(
        series.scale ?? 1,
        aggregate('max', [...by, ...things], `last_over_time(${selected}${late})`)
      );
      return orNone(aggregate('count', by, `${seconds} > (time() - ${step / 1000}) <= time()`), seconds, by);
    }
    case 'appearances': {
      const rises = appearances(series, selected, [...by, ...things], moments);
      return orNone(aggregate('sum', by, rises), `last_over_time(${selected}[${durationOf(step)}])`, by);
    }
    default:
      return growth(selected, by, moments);
  }
}

/**
 * How often each thing became 1 (or another value) in the bucket, by the labels that tell things apart. It is the thing that appears, not the series: another
 * exporter, another name of the host tell of the same. What is there already when an exporter is first scraped is no news,
 * for nobody knows since when it is; of what was there before without it, it is. Each fall in the bucket is followed by a
 * rise more.
 */
export function appearances(
  { equals, bornAt }: Pick<Series, 'equals' | 'bornAt'>,
  selected: string,
  things: readonly string[],
  { step }: Pick<Moments, 'step'>
): string {
  const over = durationOf(step);
  const is = (expr: string) => aggregate('max', things, `(${expr}) == bool ${equals ?? 1}`);
  const now = `last_over_time(${selected}[${over}])`;
  const before = `${selected} offset ${over}`;
  const known = [
    is(`${now} and on (job,instance) (up offset ${over} == 1 or ${before})`),
    ...(bornAt === undefined
      ? []
      : [
          aggregate('max', things, `${bornAt} offset ${over}`),
          `(${aggregate('max', things, `last_over_time(${bornAt}[${over}])`)} > time() - ${step / 1000})`,
        ]),
  ];
  const falls = equals === undefined ? ` + ${aggregate('max', things, `resets(${selected}[${over}])`)}` : '';
  return `clamp_min(${is(now)}${falls} - (${[is(before), ...known.map((one) => `0 * ${one}`)].join(' or ')}), 0)`;
}

/** 0 for the groups that are there and of which nothing was counted. */
function orNone(counted: string, there: string, by: readonly string[]): string {
  return `(${counted} or 0 * ${aggregate('count', by, there)})`;
}

/**
 * Growth of counters in the bucket. Not by `increase`, which guesses what lies between the samples and the bounds of its
 * window and so makes fractions of runs, needs two samples in the window, and cannot see a counter being born: of a task
 * whose first run ever fails it sees nothing. The difference of two instants is exact, and those of neighbouring buckets
 * add up. A series that was not there when the bucket began has grown from zero, if its target was scraped then already
 * (`up`) or, of metrics that are pushed and have no `up`, told other such series; else nobody knows what it had before.
 * One that fell has grown from zero too.
 */
function growth(selected: string, by: readonly string[], moments: Moments): string {
  const over = durationOf(moments.step);
  const before = `${selected} offset ${over}`;
  const known = `and on (job,instance) (up offset ${over} == 1 or ${before})`;
  return atEnd(moments, (at) => {
    const now = selected + at;
    return aggregate(
      'sum',
      by,
      moments.step <= LOOK_BACK_MS
        ? `${now} - ${before} >= 0 or ${now} ${known}`
        : // In a longer bucket a counter can fall and pass its old value: there `increase` knows better.
          // The brackets are for VictoriaMetrics, which counts twice when `or` follows two operands of which one has a metric name.
          `${now} - ${before} unless resets(${selected}[${over}]) > 0 or (${now} unless ${before} ${known} or increase(${selected}[${over}]))`
    );
  });
}

/** The bucket that now lies in may end far ahead: what holds at `cap` is what holds at its end. */
function atEnd({ last, cap }: Moments, expr: (at: string) => string): string {
  return last - cap <= LOOK_BACK_MS
    ? expr('')
    : `(${expr('')} or (${expr(` @ ${instantOf(cap)}`)} and on () vector(time()) > ${instantOf(cap)}))`;
}

function customExpr(
  expr: string,
  filter: string,
  reading: Reading,
  by: readonly string[],
  { window, step }: Moments
): string {
  const inner = fillIn(expr, { window: durationOf(window), step: durationOf(step), filter });
  switch (reading.as) {
    case 'quantile':
      return `histogram_quantile(${reading.of}, ${aggregate('sum', [...by, 'le'], inner)})`;
    case 'count':
    case 'observations':
      return scaled(/\$window\b/.test(expr) ? step / window : 1, aggregate('sum', by, inner));
    case 'min':
    case 'max':
      return aggregate(reading.as, by, inner);
    case 'average':
      return aggregate('avg', by, inner);
    default:
      return aggregate('sum', by, inner);
  }
}

function scaled(factor: number, expr: string): string {
  return factor === 1 ? expr : `(${expr}) * ${factor}`;
}

/** The selector with one more matcher. */
function withMatcher(selected: string, matcher: string): string {
  return selected.endsWith('}') ? `${selected.slice(0, -1)},${matcher}}` : `${selected}{${matcher}}`;
}

/** One expression of several facts; each keeps its name in a label, so that none hides another. */
export function joinFacts(facts: ReadonlyArray<{ name: string; expr: string }>): string {
  return facts.map(({ name, expr }) => `label_replace(${expr}, "${FACT_LABEL}", ${quote(name)}, "", "")`).join(' or ');
}

/** Growth of metrics per group, for a ranking. */
export interface Ranking {
  /** Selectors of the metrics, none of which selects what another does. */
  among: readonly string[];
  /** The labels of a group. */
  by: readonly string[];
  from: EpochMs;
  cap: EpochMs;
  /** The profile whose tasks are named by what owns them, where the groups are tasks. */
  owned?: Profile;
}

/** Only the `limit` groups in which most happened between two instants (or, where nothing is counted, most is). */
export function busiest(joined: string, limit: number, ranking: Ranking): string {
  return `(${joined}) and on (${ranking.by.join(',')}) topk(${limit}, ${growthByGroup(ranking)})`;
}

/** Cheap enough for 100,000 groups and a month: two instants and one between, in place of all samples of the range. */
export function growthByGroup({ among, by, from, cap, owned }: Ranking): string {
  const at = (ms: EpochMs) => {
    const then = ` @ ${instantOf(ms)}`;
    const all = among.map((selector) => selector + then).join(' or ');
    if (owned?.labels.task === undefined) {
      return aggregate('sum', by, all);
    }
    const things = [...worldLabels(owned), owned.labels.task];
    return aggregate('sum', by, named(aggregate('sum', things, all), owned, all, `[5m]${then}`));
  };
  return `(${at(cap)} - ${at(from)} or ${at(cap)} or ${at((from + cap) / 2)})`;
}
