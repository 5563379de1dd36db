import type { ScoreLine } from '../../frames/health-columns';
import type { EpochMs } from '../../model/units';

/** What to compare the score with. */
export interface Trend {
  score: number;
  at: EpochMs;
}

/** Smaller differences are no news. */
const NEWS = 2;

/**
 * The score before the trouble: the last one before `since`; without `since`, the first of the range. `undefined` where
 * there is none or it hardly differs.
 */
export function trendOf(score: number, line: ScoreLine | undefined, since: EpochMs | undefined): Trend | undefined {
  if (line === undefined) {
    return undefined;
  }
  let found: Trend | undefined;
  for (let i = 0; i < line.times.length; i++) {
    const value = line.values[i] ?? NaN;
    const at = line.times[i] ?? NaN;
    if (Number.isNaN(value) || Number.isNaN(at) || (since !== undefined && at >= since)) {
      continue;
    }
    found = { score: value, at };
    if (since === undefined) {
      break;
    }
  }
  return found !== undefined && Math.abs(Math.round(found.score) - Math.round(score)) >= NEWS ? found : undefined;
}

/** The newest score of the history, where it tells another story than the score of the whole range. */
export function latestOf(score: number, line: ScoreLine | undefined): number | undefined {
  for (let i = (line?.values.length ?? 0) - 1; i >= 0; i--) {
    const value = line?.values[i] ?? NaN;
    if (!Number.isNaN(value)) {
      return Math.abs(value - score) >= 5 ? value : undefined;
    }
  }
  return undefined;
}
