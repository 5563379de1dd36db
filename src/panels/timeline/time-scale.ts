import type { CssPixels, DurationMs, EpochMs } from '../../model/units';

/** Time ⇄ pixels, the one object that says where an instant is. `x` counts from the left edge of the plot. */
export interface TimeScale {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly width: CssPixels;
  /** Milliseconds in a pixel. */
  readonly msPerPx: number;
  x(at: EpochMs): CssPixels;
  time(x: CssPixels): EpochMs;
}

/** A range without a length counts as a millisecond, a plot without a width as a pixel: there is always a scale. */
export function timeScale(from: EpochMs, to: EpochMs, width: CssPixels): TimeScale {
  const span = Math.max(1, to - from);
  const pixels = Math.max(1, width);
  const msPerPx = span / pixels;
  return {
    from,
    to: from + span,
    width: pixels,
    msPerPx,
    x: (at) => (at - from) / msPerPx,
    time: (x) => from + x * msPerPx,
  };
}

/** The range after zooming by a factor (< 1: in) so that the instant under the pointer stays where it is. */
export function zoomAt(scale: TimeScale, at: EpochMs, factor: number): { from: EpochMs; to: EpochMs } {
  const span = Math.max(MIN_SPAN, (scale.to - scale.from) * factor);
  const share = (at - scale.from) / (scale.to - scale.from);
  const from = at - share * span;
  return { from, to: from + span };
}

/** Nobody zooms deeper than this: below it, clocks of different machines say nothing. */
const MIN_SPAN: DurationMs = 10;
