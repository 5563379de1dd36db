import type { DurationMs, EpochMs } from '../../model/units';
import type { Series } from './profile';
import { aggregate, durationOf, instantOf, quote } from './promql';

/** The label that says which fact a series of the joined answer is. */
export const FACT_LABEL = 'runlane_fact';

/** The instants at which an expression is evaluated, and how far each looks back. */
export interface Moments {
  /** What a value covers: the bucket, or the whole range of an instant query. */
  step: DurationMs;
  /** What a rate is measured over; at least `step`. */
  window: DurationMs;
  /** The last instant, which may lie ahead of `cap`. */
  last: EpochMs;
  /** Nothing is known from here on. */
  cap: EpochMs;
}

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
      const counted = countExpr(series, selected, by, moments);
      const taken =
        series.minus === undefined
          ? counted
          : `${counted} - (${countExpr(series, select(series.minus), by, moments)} or 0 * ${counted})`;
      return scaled(scale * (step / window), taken);
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
    case 'quantile': {
      const rates = reading.native
        ? aggregate('sum', by, `rate(${selected}${over})`)
        : aggregate('sum', [...by, 'le'], `rate(${part('_bucket')}${over})`);
      return scaled(scale, `histogram_quantile(${reading.of}, ${rates})`);
    }
    case 'observations':
      return scaled(
        step / window,
        reading.native
          ? `histogram_count(${aggregate('sum', by, `increase(${selected}${over})`)})`
          : aggregate('sum', by, growth(part('_count'), window))
      );
    case 'beyond': {
      // Buckets are cumulative, so the largest of the finite ones is the last of them.
      const finite = aggregate('sum', [...by, 'le'], `increase(${withMatcher(part('_bucket'), 'le!="+Inf"')}${over})`);
      return `${aggregate('sum', by, `increase(${part('_count')}${over})`)} - ${aggregate('max', by, finite)}`;
    }
  }
}

/** How many of a series fall into the window, per group. */
function countExpr(series: Series, selected: string, by: readonly string[], { window }: Moments): string {
  const over = durationOf(window);
  switch (series.counts) {
    case 'instants': {
      const seconds = scaled(series.scale ?? 1, selected);
      return aggregate('count', by, `${seconds} > (time() - ${window / 1000}) <= time()`);
    }
    case 'appearances': {
      const is = `== ${series.equals ?? 1}`;
      return aggregate('count', by, `${selected} ${is} unless ${selected} offset ${over} ${is}`);
    }
    default:
      return aggregate('sum', by, growth(selected, window));
  }
}

/**
 * Growth of a counter over a window. `increase` cannot see a counter being born: of a task whose first run ever fails
 * it sees nothing. A series that was not there when the window began, of a target that was, has grown from zero.
 */
function growth(selected: string, window: DurationMs): string {
  const over = durationOf(window);
  const before = `${selected} offset ${over}`;
  return `${selected} unless ${before} and on (job,instance) ${before} or increase(${selected}[${over}])`;
}

/** The bucket that now lies in ends ahead: what holds at `cap` is what holds at its end. */
function atEnd({ last, cap }: Moments, expr: (at: string) => string): string {
  return last <= cap
    ? expr('')
    : `${expr('')} or (${expr(` @ ${instantOf(cap)}`)} and on () vector(time()) > ${instantOf(cap)})`;
}

function customExpr(
  expr: string,
  filter: string,
  reading: Reading,
  by: readonly string[],
  { window, step }: Moments
): string {
  // A comment at the end of the user's expression must not swallow what follows: hence the line feed.
  const inner = `${expr
    .replace(/\$window\b/g, durationOf(window))
    .replace(/\$step\b/g, durationOf(step))
    .replace(/\$filter\b/g, () => filter.slice(1, -1))}\n`;
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

/** Only the `limit` groups in which most happened between two instants (or, where nothing is counted, most is). */
export function busiest(
  joined: string,
  ranked: string,
  label: string,
  limit: number,
  { from, cap }: { from: EpochMs; cap: EpochMs }
): string {
  return `(${joined}) and on (${label}) topk(${limit}, ${growthByGroup(ranked, label, { from, cap })})`;
}

/** Cheap enough for 100,000 groups and a month: two instants and one between, in place of all samples of the range. */
export function growthByGroup(ranked: string, label: string, { from, cap }: { from: EpochMs; cap: EpochMs }): string {
  const at = (ms: EpochMs) => aggregate('sum', [label], `${ranked} @ ${instantOf(ms)}`);
  return `(${at(cap)} - ${at(from)} or ${at(cap)} or ${at((from + cap) / 2)})`;
}
