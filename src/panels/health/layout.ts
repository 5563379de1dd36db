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
/** A deduction of one line, a quiet line, each further line of either, and the gap above the history. */
const ROW: CssPixels = 26;
const QUIET: CssPixels = 24;
const FURTHER: CssPixels = 18;
/** Between score and reasons, and what arrow and points take of a sentence's line. */
const GUTTER: CssPixels = 16;
const POINTS: CssPixels = 64;
/** Mean width of a character of small text; those of Chinese are twice as wide. */
const CHARACTER: CssPixels = 6.6;
const GAP: CssPixels = 8;
/** The name, and each line below the arc. */
const SCORE_LINE: CssPixels = 21;
/** The way to the other groups. */
const PAGER: CssPixels = 24;

export interface Content {
  groups: number;
  /** Lines of text around the arc: name, trend, newest score. */
  scoreLines: number;
  /** Sentences of the deductions of the group in detail. */
  sentences: readonly string[];
  /** What is fine and what was not checked. */
  quiet: readonly string[];
  hasHistory: boolean;
}

/** Width of the column that holds the score: "was 100 at 09:52 · −20" fits in a line. */
export function scoreWidth(arc: CssPixels): CssPixels {
  return Math.max(arc + 16, 156);
}

function heightOf(texts: readonly string[], width: CssPixels, line: CssPixels): CssPixels {
  return texts.reduce((sum, text) => {
    const wide = text.replace(/[\u0000-\u2e7f]/g, '').length;
    const lines = Math.max(1, Math.ceil(((text.length + wide) * CHARACTER) / Math.max(60, width)));
    return sum + line + (lines - 1) * FURTHER;
  }, 0);
}

/** The reasons come first: the history gets what they leave, and goes when that is too little to read. */
export function layoutOf(width: CssPixels, height: CssPixels, content: Content, show: Show): Layout {
  const isList = content.groups > 1 && show === 'all';
  const isSmall = width < NARROW || height < LOW;
  const beside = width >= 440;
  const arc = Math.round(Math.max(84, Math.min(150, beside ? width * 0.2 : width * 0.5, height * 0.5)));
  const score = arc * 0.6 + content.scoreLines * SCORE_LINE + (content.groups > 1 ? PAGER : 0);
  const forText = beside ? width - scoreWidth(arc) - GUTTER : width;
  const reasons = heightOf(content.sentences, forText - POINTS, ROW) + heightOf(content.quiet, forText, QUIET);
  const needed = (beside ? Math.max(score, reasons) : score + reasons) + GAP;
  const left = Math.round(Math.min(MOST_HISTORY, height - needed, height * 0.4));
  const historyHeight = content.hasHistory && !isSmall && left >= LEAST_HISTORY ? left : 0;
  return {
    kind: isList ? 'list' : isSmall ? 'number' : 'detail',
    beside,
    arc,
    historyHeight,
    historyTicks: historyHeight >= 46,
  };
}
