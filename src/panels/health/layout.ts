import type { CssPixels } from '../../model/units';
import type { Show } from './options';

/** What fits into a panel. */
export interface Layout {
  /** `number`: score and the largest deduction. `detail`: one group with its reasons. `list`: a row per group. */
  kind: 'number' | 'detail' | 'list';
  /** Score and reasons side by side, else one below the other. */
  beside: boolean;
  arc: CssPixels;
  /** 0: no history. */
  historyHeight: CssPixels;
  /** Whether the history has room for the times below it. */
  historyTicks: boolean;
}

/** Below this, sentences do not fit beside each other. */
const NARROW: CssPixels = 280;
const LOW: CssPixels = 130;
const LEAST_HISTORY: CssPixels = 28;
const MOST_HISTORY: CssPixels = 120;
/** Height for the score and three reasons, which the history must not take. */
const REASONS: CssPixels = 130;

export function layoutOf(
  width: CssPixels,
  height: CssPixels,
  groups: number,
  show: Show,
  wantsHistory: boolean
): Layout {
  const isList = groups > 1 && show === 'all';
  const isSmall = width < NARROW || height < LOW;
  const beside = width >= 440;
  const history = Math.min(MOST_HISTORY, Math.max(0, height - REASONS - (beside ? 0 : 110)));
  const historyHeight =
    wantsHistory && !isSmall && history >= LEAST_HISTORY ? Math.round(Math.min(history, height * 0.36)) : 0;
  return {
    kind: isList ? 'list' : isSmall ? 'number' : 'detail',
    beside,
    arc: Math.round(Math.max(84, Math.min(150, beside ? width * 0.2 : width * 0.5))),
    historyHeight: historyHeight >= LEAST_HISTORY ? historyHeight : 0,
    historyTicks: historyHeight >= 48,
  };
}
