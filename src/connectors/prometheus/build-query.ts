import type { EpochMs } from '../../model/units';
import type { Series } from './profile';
import { bucketGrowth, EDGE_LABEL, growthOf, nativeCount, nativeGrowth, windowOf } from './growth';
import { inPieces, pieceOf } from './pieces';
import type { Moments } from './pieces';
import { aggregate, durationOf, fillIn, instantOf, labelName, quote } from './promql';

/** The label that says which fact a series of the joined answer is. */
export const FACT_LABEL = 'runlane_fact';

/** In which forms a histogram is there: both while one migrates, and as long as Prometheus keeps the old one's name. */
export type HistogramForms = 'classic' | 'native' | 'both';

/** How the series of a fact become one number per group. */
export type Reading =
  /** How many in the bucket. */
  | { as: 'count' }
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
      const counted = countExpr(series, selected, by, moments);
      const taken =
        series.minus === undefined
          ? counted
          : `${counted} - (${countExpr(series, select(series.minus), by, moments)} or 0 * ${counted})`;
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
function countExpr(series: Series, selected: string, by: readonly string[], moments: Moments): string {
  const { step } = moments;
  switch (series.counts) {
    case 'instants': {
      const seconds = scaled(series.scale ?? 1, selected);
      return orNone(aggregate('count', by, `${seconds} > (time() - ${step / 1000}) <= time()`), selected, by);
    }
    case 'appearances': {
      const is = `== ${series.equals ?? 1}`;
      const before = `${selected} offset ${durationOf(step)} ${is}`;
      return orNone(aggregate('count', by, `${selected} ${is} unless ${before}`), selected, by);
    }
    default:
      return grownIn(moments, MOST_PIECES, (piece) => aggregate('sum', by, growthOf(selected, piece)));
  }
}

/** 0 for the groups that are there and of which nothing was counted. */
function orNone(counted: string, selected: string, by: readonly string[]): string {
  return `(${counted} or 0 * ${aggregate('count', by, selected)})`;
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

/** A label whose values end in what differs from run to run: `backup-29000011` is of `backup`. */
export interface Strip {
  label: string;
  /** Regular expression of the end. */
  end: string;
}

/** The label that holds the value without its end. */
export const STRIPPED_LABEL = 'runlane_name';

/** Groups that differ only by that end, joined by `how`; `by` are the labels that are kept beside. */
export function stripped(expr: string, how: string, by: readonly string[], { label, end }: Strip): string {
  const short = `label_replace(${expr}, "${STRIPPED_LABEL}", "$1", ${quote(label)}, ${quote(`(.+?)(?:${end})?`)})`;
  return aggregate(how, [STRIPPED_LABEL, ...by.filter((one) => one !== label)], short);
}

/** Growth of metrics per value of a label, for a ranking. */
export interface Ranking {
  /** Selector of the metrics. */
  among: string;
  label: string;
  from: EpochMs;
  cap: EpochMs;
  strip?: Strip;
}

/** Only the `limit` groups in which most happened between two instants (or, where nothing is counted, most is). */
export function busiest(joined: string, limit: number, ranking: Ranking): string {
  const { label, strip } = ranking;
  return `(${joined}) and on (${strip === undefined ? labelName(label) : STRIPPED_LABEL}) topk(${limit}, ${growthByGroup(ranking)})`;
}

/** What the series of each group had last in the range, ended ones too, less what they had when it began. */
export function growthByGroup(ranking: Ranking): string {
  const { among, from, cap } = ranking;
  const range = durationOf(Math.max(1000, Math.ceil(cap - from)));
  const last = summed(ranking, `last_over_time(${among}[${range}] @ ${instantOf(cap)})`);
  return `(${last} - ${summed(ranking, `${among} @ ${instantOf(from)}`)} or ${last})`;
}

/** At how many instants of a long range it is looked who is there. */
const LOOKS = 100;

/** The most that each group had at some instants between `from` and `cap`: cheap, and blind to what comes and goes in between. */
export function seenByGroup(ranking: Ranking, from: EpochMs): string {
  const range = Math.ceil((ranking.cap - from) / 1000) * 1000;
  const every = Math.ceil(range / LOOKS / 1000) * 1000;
  return `max_over_time((${summed(ranking, ranking.among)})[${durationOf(range)}:${durationOf(every)}] @ ${instantOf(ranking.cap)})`;
}

function summed({ label, strip }: Ranking, expr: string): string {
  const sums = aggregate('sum', [label], expr);
  return strip === undefined ? sums : stripped(sums, 'sum', [label], strip);
}
