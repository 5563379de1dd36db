import type { DurationMs } from '../../model/units';
import { durationOf } from './promql';

/**
 * How much counters and histograms grew in a window, per series. Not by `increase`, which guesses what lies between the
 * samples and the bounds of its window and so makes fractions of runs, needs two samples in the window, and cannot see a
 * counter being born: of a task whose first run ever fails it sees nothing.
 *
 * What a series had last in the window, less what it had when the window began, is exact: also of a series that is born
 * in it, ends in it, or both, and the growths of neighbouring windows add up.
 */

/** `(began, ended]`, as the modifiers of PromQL. */
export interface Window {
  /** Its length: `15m`. */
  over: string;
  /** ` offset 15m`, or nothing where it ends now. */
  ended: string;
  began: string;
  /** So long that a counter may fall in it and pass what it had. */
  isLong: boolean;
}

/** Prometheus finds a value that is younger than five minutes; this leaves a minute for the scrape. */
export const LOOK_BACK_MS: DurationMs = 4 * 60_000;

/** @param write a duration in PromQL */
export function windowOf(
  length: DurationMs,
  { endedMs = 0, write = durationOf }: { endedMs?: DurationMs; write?: (ms: DurationMs) => string } = {}
): Window {
  return {
    over: write(length),
    ended: endedMs === 0 ? '' : ` offset ${write(endedMs)}`,
    began: ` offset ${write(length + endedMs)}`,
    isLong: length > LOOK_BACK_MS,
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

/**
 * Growth of a classic histogram's buckets, by `EDGE_LABEL` in place of `le`: Prometheus 3 spells the bound of a bucket
 * `1.0` that was `1` before, which is no new bucket.
 *
 * @param native the selector of the same histogram in its native form, where there may be one: what was counted there before is not news
 */
export function bucketGrowth(selected: string, window: Window, native?: string): string {
  const oneEdge: Shape = (read) =>
    `max without (le) (label_replace(${read}, "${EDGE_LABEL}", "$1", "le", "(.+?)(?:[.]0)?"))`;
  const other = native === undefined ? '' : ` unless ignoring (${EDGE_LABEL}) ${native}${window.began}`;
  return grown(selected, window, oneEdge, other);
}

/** Growth of a native histogram, which is one. @param count the selector of its classic form's `_count`, as above */
export function nativeGrowth(selected: string, window: Window, count?: string): string {
  const { over, ended, began } = window;
  const last = `last_over_time(${selected}[${over}]${ended})`;
  const first = selected + began;
  const other = count === undefined ? '' : ` unless ${count}${began}`;
  return (
    `(${last} - ${first} unless histogram_count(${last}) < histogram_count(${first}) ` +
    `or (${last} ${bornIn(window, first)} unless ${first}${other}) or increase(${selected}[${over}]${ended}))`
  );
}

/** How many values a histogram got, in whichever form it is. */
export function observationGrowth(
  { count, native }: { count?: string; native?: string },
  window: Window
): string {
  const parts = [
    ...(count === undefined ? [] : [growthOf(count, window)]),
    ...(native === undefined ? [] : [`histogram_count(${nativeGrowth(native, window, count)})`]),
  ];
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' or ')})`;
}

/**
 * What a series had before is, in this order: what it had when the window began; nothing, if its target was scraped then
 * already (`up`) or, of metrics that are pushed and have no `up`, told other such series; what it had up to five minutes
 * before that, for a target that a scrape missed; else its first value in the window, for nobody knows what it had. One
 * that fell has grown from zero.
 */
function grown(selected: string, window: Window, shape: Shape, otherForm: string): string {
  const { over, ended, began, isLong } = window;
  const last = shape(`last_over_time(${selected}[${over}]${ended})`);
  const atBegin = shape(selected + began);
  const born = `0 * ${last} ${bornIn(window, selected + began)}${otherForm}`;
  const missed = shape(`last_over_time(${selected}[5m]${began})`);
  const first = shape(`min_over_time(${selected}[${over}]${ended})`);
  const since = `${last} - (${atBegin} or (${born}) or ${missed} or ${first}) >= 0`;
  // In a long window a counter can fall and pass its old value: there `increase` knows better.
  return isLong
    ? `(${since} unless ${shape(`resets(${selected}[${over}]${ended})`)} > 0 or ${shape(`increase(${selected}[${over}]${ended})`)} or ${last})`
    : `(${since} or ${last})`;
}

function bornIn({ began }: Window, before: string): string {
  return `and on (job,instance) (up${began} == 1 or ${before})`;
}
