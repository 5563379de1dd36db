import type { DurationMs } from '../model/units';
import { durationOf } from './promql';

/**
 * How much counters and histograms grew in a window, per series. Not by `increase`, which guesses what lies between the
 * samples and the bounds of its window and so makes fractions of runs, needs two samples in the window, and cannot see a
 * counter being born: of a task whose first run ever fails it sees nothing.
 *
 * What a series had last in the window, less what it had when the window began, is exact: also of a series that is born
 * in it, ends in it, or both, and the growths of neighbouring windows add up.
 */

/** `(began, now]` in PromQL. */
export interface Window {
  /** Its length: `900s`. */
  over: string;
  /** The modifier of an instant: ` offset 900s`. */
  began: string;
}

/** The window of this length that ends when it is asked for. */
export function windowOf(length: DurationMs): Window {
  return {
    over: durationOf(length),
    began: ` offset ${durationOf(length)}`,
  };
}

/** Wraps what is read of a metric, so that two series which are one become one. */
type Shape = (read: string) => string;

/** Growth of a counter. */
export function growthOf(selected: string, window: Window): string {
  return grown(selected, window, (read) => read, '');
}

/** The label that holds the upper bound of a bucket, spelt in one way. */
export const EDGE_LABEL = 'runlane_le';

const oneEdge: Shape = (read) =>
  `max without (le) (label_replace(${read}, "${EDGE_LABEL}", "$1", "le", "(.+?)(?:[.]0)?"))`;

/**
 * Growth of a classic histogram's buckets, by `EDGE_LABEL` in place of `le`: Prometheus 3 spells the bound of a bucket
 * `1.0` that was `1` before, which is no new bucket.
 *
 * @param native the selector of the same histogram in its native form, where there may be one: what was counted there before is not news
 */
export function bucketGrowth(selected: string, window: Window, native?: string): string {
  const other = native === undefined ? '' : ` unless ignoring (${EDGE_LABEL}) ${native}${window.began}`;
  return grown(selected, window, oneEdge, other);
}

/** Growth of a native histogram, which is one. @param count the selector of its classic form's `_count`, as above */
export function nativeGrowth(selected: string, window: Window, count?: string): string {
  const { over, began } = window;
  const last = `last_over_time(${selected}[${over}])`;
  const first = selected + began;
  const other = count === undefined ? '' : ` unless ${count}${began}`;
  return (
    `(${last} - ${first} unless histogram_count(${last}) < histogram_count(${first}) ` +
    `or (${last} ${bornIn(began, first)} unless ${first}${other}) or increase(${selected}[${over}]))`
  );
}

/** How many values native histograms got that have no classic form beside them. @param count as above */
export function nativeCount(selected: string, window: Window, count?: string): string {
  const alone = count === undefined ? '' : ` unless last_over_time(${count}[${window.over}])`;
  return `histogram_count(${nativeGrowth(selected, window, count)}${alone})`;
}

/**
 * What a series had before is, in this order: what it had when the window began; nothing, if its target was scraped then
 * already (`up`) or, of metrics that are pushed and have no `up`, told other such series; what it had before a scrape
 * that failed; else nobody knows, and it is its first value in the window.
 *
 * One that falls starts from zero: what it had at most is added to what it has last. That it fell is not seen where it
 * passes its old value in the same window.
 */
function grown(selected: string, { over, began }: Window, shape: Shape, otherForm: string): string {
  const inside = (what: string) => shape(`${what}(${selected}[${over}])`);
  const [last, most] = [inside('last_over_time'), inside('max_over_time')];
  // All without a name: VictoriaMetrics (1.151) takes a series with one and the same without for two, where `or` looks for
  // what is missing.
  const before = [
    `0 + ${shape(selected + began)}`,
    `(0 * ${last} ${bornIn(began, selected + began)}${otherForm})`,
    `0 + ${shape(`last_over_time(${selected}[5m]${began})`)}`,
    `0 + ${inside('min_over_time')}`,
  ];
  return `(((${most} > ${last}) + ${last} or ${last}) - (${before.join(' or ')}) >= 0 or ${last})`;
}

function bornIn(began: string, before: string): string {
  return `and on (job,instance) (up${began} == 1 or ${before})`;
}
