import type { DurationMs, EpochMs } from '../model/units';
import { bucketGrowth, EDGE_LABEL, growthOf, nativeCount, nativeGrowth, windowOf } from './growth';
import { named } from './owned-names';
import { inPieces, pieceOf } from './pieces';
import type { Moments } from './pieces';
import type { Profile, Series } from './profile';
import { aggregate, durationOf, fillIn, instantOf, labelName, quote } from './promql';
import { worldLabels } from './world-labels';

/** The label that says which fact a series of the joined answer is. */
export const FACT_LABEL = 'runlane_fact';

/** In which forms a histogram is there: both while one migrates, and as long as Prometheus keeps the old one's name. */
export type HistogramForms = 'classic' | 'native' | 'both';

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
  | { as: 'quantile'; of: number; forms: HistogramForms }
  /** Observations in the bucket up to each bound of a classic histogram, in its unit, which `EDGE_LABEL` tells. */
  | { as: 'buckets'; isNativeToo?: boolean }
  /** Observations in the bucket, of native histograms that have no classic form beside them. */
  | { as: 'observations'; forms: HistogramForms };

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
  const { window } = moments;
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
    case 'quantile':
      return scaled(scale, quantileExpr(part, reading, by, moments));
    case 'buckets':
      return bucketsExpr(part, by, moments, reading.isNativeToo === true);
    case 'observations': {
      const count = reading.forms === 'native' ? undefined : part('_count');
      return aggregate('sum', by, nativeCount(selected, windowOf(moments.step), count));
    }
  }
}

function bucketsExpr(
  part: (end: string) => string,
  by: readonly string[],
  moments: Moments,
  isNativeToo: boolean
): string {
  const native = isNativeToo ? part('') : undefined;
  return grownIn(moments, MOST_BUCKET_PIECES, (piece) =>
    aggregate('sum', [...by, EDGE_LABEL], bucketGrowth(part('_bucket'), piece, native))
  );
}

/** Of a classic histogram where it has anything to tell, else of the native one. */
function quantileExpr(
  part: (end: string) => string,
  { of, forms }: { of: number; forms: HistogramForms },
  by: readonly string[],
  moments: Moments
): string {
  const native = forms === 'classic' ? undefined : part('');
  const classic = () => {
    const buckets = bucketsExpr(part, by, moments, native !== undefined);
    const spelt = `label_replace(${buckets}, "le", "$1", "${EDGE_LABEL}", "(.+)")`;
    return `histogram_quantile(${of}, ${aggregate('sum', [...by, 'le'], spelt)})`;
  };
  if (native === undefined) {
    return classic();
  }
  const whole = windowOf(moments.step);
  const count = forms === 'both' ? part('_count') : undefined;
  const ofNative = `histogram_quantile(${of}, ${aggregate('sum', by, nativeGrowth(native, whole, count))})`;
  return forms === 'native' ? ofNative : `(${classic()} >= 0 or ${ofNative})`;
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
      return grownIn(moments, MOST_PIECES, (piece) => aggregate('sum', by, growthOf(selected, piece)));
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

/** Prometheus evaluates an expression at so many instants of a range at most, beside those of the buckets. */
const MOST_PIECES = 500;
/** A histogram has a series per bucket, and each percentile reads them all. */
const MOST_BUCKET_PIECES = 120;
/** Of one value for the whole range, which is asked for of every worker and queue. */
const MOST_WHOLE_PIECES = 24;

/**
 * Growth in the bucket, added up from pieces of it: a series that goes and comes again under the same labels, or falls,
 * is counted right where a piece begins in between.
 */
function grownIn(moments: Moments, most: number, growth: (piece: ReturnType<typeof windowOf>) => string): string {
  const piece = pieceOf(moments, moments.whole ? MOST_WHOLE_PIECES : most);
  return inPieces(moments, piece, growth(windowOf(piece)));
}

/** Prometheus finds a value that is younger than five minutes; this leaves a minute for the scrape. */
const LOOK_BACK_MS = 4 * 60_000;

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
  return `(${joined}) and on (${ranking.by.map(labelName).join(',')}) topk(${limit}, ${growthByGroup(ranking)})`;
}

/** What the series of each group had last in the range, ended ones too, less what they had when it began. */
export function growthByGroup(ranking: Ranking): string {
  const { from, cap } = ranking;
  const range = `[${durationOf(Math.max(1000, Math.ceil(cap - from)))}] @ ${instantOf(cap)}`;
  const began = ` @ ${instantOf(from)}`;
  const last = summed(ranking, (selector) => `last_over_time(${selector}${range})`, range);
  return `(${last} - ${summed(ranking, (selector) => selector + began, `[5m]${began}`)} or ${last})`;
}

/** At how many instants of a long range it is looked who is there. */
const MOST_SIGHTS = 100;

/** The most that each group had at some instants between `from` and `cap`: cheap, and blind to what comes and goes in between. */
export function seenByGroup(ranking: Ranking, from: EpochMs): string {
  const range = Math.ceil((ranking.cap - from) / 1000) * 1000;
  const every = Math.ceil(range / MOST_SIGHTS / 1000) * 1000;
  const seen = summed(ranking, (selector) => selector, '[5m]');
  return `max_over_time((${seen})[${durationOf(range)}:${durationOf(every)}] @ ${instantOf(ranking.cap)})`;
}

/** @param over when the owners are looked for, as a window and an offset */
function summed({ among, by, owned }: Ranking, read: (selector: string) => string, over: string): string {
  const all = among.map(read).join(' or ');
  if (owned?.labels.task === undefined) {
    return aggregate('sum', by, all);
  }
  const things = [...worldLabels(owned), owned.labels.task];
  return aggregate('sum', by, named(aggregate('sum', things, all), owned, all, over));
}
