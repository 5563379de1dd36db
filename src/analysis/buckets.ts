import type { TimeRange } from '../model/task-query';
import type { DurationMs, EpochMs } from '../model/units';

/** More buckets than any screen has pixels; more are a mistake of the caller. */
export const MOST_BUCKETS = 20_000;

/**
 * Equal stretches of time that cover a range. Bucket `i` is `[starts[i], starts[i] + step)`. Starts are multiples of
 * `step` since 1970, so that a range that moves with the clock keeps its buckets and a picture does not flicker; the
 * first may begin before `from`. Events outside `[from, to)` belong to none.
 */
export class Buckets {
  readonly starts: EpochMs[];
  readonly step: DurationMs;
  /** Nothing is known from here on: the end of the range, or now if that is earlier. */
  readonly cap: EpochMs;
  /** Buckets that begin before `cap`; the others have nothing to say. */
  readonly live: number;
  private readonly first: EpochMs;

  /** @throws RangeError when the range is empty or backwards, or needs more than `MOST_BUCKETS`. */
  constructor(
    readonly range: TimeRange,
    step: DurationMs,
    now: EpochMs
  ) {
    const { from, to } = range;
    if (!(Number.isFinite(from) && Number.isFinite(to) && to > from)) {
      throw new RangeError(`[query] The time range from ${from} to ${to} is empty. Choose an end after the start.`);
    }
    if (!(step >= 1) || !Number.isFinite(step)) {
      throw new RangeError(`[query] The step of ${step} ms cannot be used. Choose at least 1 ms.`);
    }
    this.step = step;
    this.first = Math.floor(from / step) * step;
    const count = Math.ceil((to - this.first) / step);
    if (count > MOST_BUCKETS) {
      throw new RangeError(
        `[query] ${count} buckets of ${step} ms are more than ${MOST_BUCKETS}. Choose a shorter range or a longer step.`
      );
    }
    this.starts = Array.from({ length: count }, (_, i) => this.first + i * step);
    this.cap = Math.min(to, now);
    this.live = Math.max(0, Math.min(count, Math.ceil((this.cap - this.first) / step)));
  }

  /** The bucket of an event, or -1 when it lies outside the range or ahead of now (a clock that runs fast). */
  of(at: EpochMs): number {
    return at >= this.range.from && at < this.cap ? Math.floor((at - this.first) / this.step) : -1;
  }

  /** The instant at which bucket `i` ends, as far as it is known. */
  endOf(i: number): EpochMs {
    return Math.min(this.first + (i + 1) * this.step, this.cap);
  }

  /**
   * The buckets at whose end a state that lasts `[from, to)` holds, first and last; `undefined` when there is none. It
   * holds at an instant `t` when `from < t <= to`: what happens exactly at the end belongs to the next bucket.
   */
  held(from: EpochMs, to: EpochMs): readonly [first: number, last: number] | undefined {
    return this.holds(from, to) ? [this.firstHeld(from), this.lastHeld(to)] : undefined;
  }

  /** Whether there is any bucket at whose end a state that lasts `[from, to)` holds. Asked of every run, so no pair is made. */
  holds(from: EpochMs, to: EpochMs): boolean {
    return from < this.cap && this.live > 0 && this.firstHeld(from) <= this.lastHeld(to);
  }

  firstHeld(from: EpochMs): number {
    return Math.max(0, Math.floor((from - this.first) / this.step));
  }

  lastHeld(to: EpochMs): number {
    return to >= this.cap ? this.live - 1 : Math.floor((to - this.first) / this.step) - 1;
  }
}
