import { firstPlace } from '../../model/first-place';
import type { CssPixels, EpochMs } from '../../model/units';

export interface HistoryPath {
  line: string;
  area: string;
}

/**
 * The score as steps of straight lines: `x` and `y` place an instant and a score. Where the score is unknown the line is
 * broken, never drawn through; a lone point is drawn one pixel long, so that it can be seen.
 */
export function historyPath(
  times: ArrayLike<EpochMs>,
  values: ArrayLike<number>,
  x: (at: EpochMs) => CssPixels,
  y: (score: number) => CssPixels
): HistoryPath {
  let line = '';
  let area = '';
  let first: CssPixels | undefined;
  let last: CssPixels = 0;
  const bottom = y(0).toFixed(1);
  const close = (): void => {
    if (first !== undefined) {
      if (last === first) {
        line += 'h1';
        area += 'h1';
        last += 1;
      }
      area += `V${bottom}H${first.toFixed(1)}Z`;
      first = undefined;
    }
  };
  for (let i = 0; i < times.length; i++) {
    const value = values[i] ?? NaN;
    const at = times[i] ?? NaN;
    if (Number.isNaN(value) || Number.isNaN(at)) {
      close();
      continue;
    }
    const point = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    line += `${first === undefined ? 'M' : 'L'}${point}`;
    area += `${first === undefined ? 'M' : 'L'}${point}`;
    first ??= x(at);
    last = x(at);
  }
  close();
  return { line, area };
}

/** The point that holds at an instant: the newest at or before it, else the first. -1 when there is none. */
export function pointAt(times: ArrayLike<EpochMs>, at: EpochMs): number {
  const after = firstPlace(0, times.length, (place) => (times[place] ?? Infinity) > at);
  return times.length === 0 ? -1 : Math.max(0, after - 1);
}
