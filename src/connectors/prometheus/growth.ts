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
  const { over, ended, began } = window;
  const last = `last_over_time(${selected}[${over}]${ended})`;
  const first = selected + began;
  const other = count === undefined ? '' : ` unless ${count}${began}`;
  return (
    `(${last} - ${first} unless histogram_count(${last}) < histogram_count(${first}) ` +
    `or (${last} ${bornIn(began, first)} unless ${first}${other}) or increase(${selected}[${over}]${ended}))`
  );
}

/** How many values native histograms got that have no classic form beside them. @param count as above */
export function nativeCount(selected: string, window: Window, count?: string): string {
  const alone = count === undefined ? '' : ` unless last_over_time(${count}[${window.over}]${window.ended})`;
  return `histogram_count(${nativeGrowth(selected, window, count)}${alone})`;
}

/**
 * What a series had before is, in this order: what it had when the window began; nothing, if its target was scraped then
 * already (`up`) or, of metrics that are pushed and have no `up`, told other such series; else nobody knows, and it is
 * its first value in the window, or its last before a scrape that failed. One that fell has grown from zero.
 */
function grown(selected: string, { over, ended, began, isLong }: Window, shape: Shape, otherForm: string): string {
  const inside = (what: string) => shape(`${what}(${selected}[${over}]${ended})`);
  const last = inside('last_over_time');
  const before = [shape(selected + began), `(0 * ${last} ${bornIn(began, selected + began)}${otherForm})`];
  const since = (...unknown: string[]) => `${last} - (${[...before, ...unknown].join(' or ')}) >= 0`;
  return isLong
    ? // In a long window a counter can fall and pass its old value: there `increase` knows better.
      `(${since(inside('min_over_time'))} unless ${inside('resets')} > 0 or ${inside('increase')})`
    : `(${since(shape(`last_over_time(${selected}[5m]${began})`), inside('min_over_time'))} or ${last})`;
}

function bornIn(began: string, before: string): string {
  return `and on (job,instance) (up${began} == 1 or ${before})`;
}
