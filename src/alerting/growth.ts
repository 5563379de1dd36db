import type { DurationMs } from '../model/units';

/** Where a window of a rule lies, in PromQL: its length, and the modifiers of its end and its beginning. */
interface Bounds {
  over: string;
  ended: string;
  began: string;
}

/** A length of time in PromQL, in the largest unit that is whole: `15m`, `90s`. */
export function windowOf(ms: DurationMs): string {
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, length] = units.find(([, size]) => ms % size === 0) ?? ['ms', 1];
  return `${Math.round(ms / length)}${unit}`;
}

function boundsOf(windowMs: DurationMs, endedMs: DurationMs): Bounds {
  return {
    over: windowOf(windowMs),
    ended: endedMs === 0 ? '' : ` offset ${windowOf(endedMs)}`,
    began: ` offset ${windowOf(windowMs + endedMs)}`,
  };
}

/** What a series had last in a window, also one that is gone since. */
export function lastIn(selector: string, windowMs: DurationMs, endedMs: DurationMs = 0): string {
  const { over, ended } = boundsOf(windowMs, endedMs);
  return `last_over_time(${selector}[${over}]${ended})`;
}

/** Its target was scraped when the window began, and has not got other labels since, which begin all its series anew. */
const scraped = ({ began, ended }: Bounds) =>
  `on (job,instance) (up${began} == 1 unless on (job,instance) (up${ended} unless up${began}))`;

/** The same in fewer words, for short windows and where only proportions matter: not of a target that is gone at the end. */
const stillScraped = ({ began, ended }: Bounds) => `on (job,instance) (up${began} == 1 and up${ended})`;

/**
 * Growth of a counter over a window: what a series had last in it, less what it had when it began, which is exact also
 * where the series is gone since. One that was not there when the window began has grown from zero, if its target was
 * scraped then already (else nobody knows, and only what was seen to grow counts). `increase` sees nothing of a series
 * being born, and makes fractions of runs of the rest: it is left for those that fell.
 */
export function growth(selector: string, windowMs: DurationMs, endedMs: DurationMs = 0): string {
  const bounds = boundsOf(windowMs, endedMs);
  const { over, ended, began } = bounds;
  const last = lastIn(selector, windowMs, endedMs);
  return (
    `(${last} - ${selector}${began} >= 0 or (${last} unless ${selector}${began} and ${scraped(bounds)}) ` +
    `or increase(${selector}[${over}]${ended}))`
  );
}

/** The same for short pieces of a window: there what fell counts from zero, for `increase` would need two samples. */
export function pieceGrowth(selector: string, pieceMs: DurationMs): string {
  const bounds = boundsOf(pieceMs, 0);
  const { over, began } = bounds;
  const last = lastIn(selector, pieceMs);
  return `(${last} - ${selector}${began} >= 0 or ${last} and ${stillScraped(bounds)} or increase(${selector}[${over}]))`;
}

/** Above 0 where a counter grew in a window, in the fewest words. */
export function anyGrowth(selector: string, windowMs: DurationMs): string {
  const bounds = boundsOf(windowMs, 0);
  const { over, began } = bounds;
  return `(${lastIn(selector, windowMs)} unless ${selector}${began} and ${stillScraped(bounds)} or increase(${selector}[${over}]))`;
}

/**
 * Growth of a histogram's buckets, or of a native histogram, of which only the proportions matter.
 *
 * @param others selector of series with the same labels that count the same things: where there was one of them when the
 *   window began, what was born is an old thing by a new name (`le="1.0"` that was `le="1"`, one form after the other)
 */
export function shapeGrowth(selector: string, windowMs: DurationMs, endedMs: DurationMs, others: string): string {
  const bounds = boundsOf(windowMs, endedMs);
  const { over, ended, began } = bounds;
  return (
    `(${lastIn(selector, windowMs, endedMs)} unless ${selector}${began} ` +
    `unless ignoring (le) ${others}${began} and ${stillScraped(bounds)} or increase(${selector}[${over}]${ended}))`
  );
}

/** A window no longer than this is looked at as a whole. */
const LONGEST_WHOLE: DurationMs = 3_600_000;
const PIECE: DurationMs = 2 * 60_000;

/**
 * The pieces that a long window is counted in: also a series that comes, goes and comes again under the same labels, as
 * of a worker that is made for each run, is counted right then. They end at multiples of their length.
 */
export function pieceOf(windowMs: DurationMs): DurationMs | undefined {
  return windowMs <= LONGEST_WHOLE || windowMs % PIECE !== 0 ? undefined : PIECE;
}

/** What was counted in the pieces of a window together. */
export function overPieces(expr: string, windowMs: DurationMs, pieceMs: DurationMs): string {
  return `sum_over_time((${expr})[${windowOf(windowMs)}:${windowOf(pieceMs)}])`;
}

/** Seconds in PromQL: a window of 15 minutes is `900`. */
export function secondsOf(ms: DurationMs): string {
  return String(ms / 1000);
}
