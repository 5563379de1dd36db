import type { LaneRows } from './lane-rows';

/**
 * 1 for each row that is to be drawn: found by the search, of a class that is shown, and among `only` where that is given;
 * `undefined` where all are. A stretch of merged runs stays: it holds runs of several classes, which its colour tells.
 */
export function shownRows(
  { classes, stretches, columns }: LaneRows,
  found: Uint8Array | undefined,
  visible: number,
  all: number,
  only: Uint8Array | undefined
): Uint8Array | undefined {
  if (visible === all && only === undefined) {
    return found;
  }
  const keep = new Uint8Array(columns.length);
  for (let row = 0; row < keep.length; row++) {
    const isStretch = stretches !== undefined && stretches.counts.runs[row]! > 0;
    const isShown = isStretch ? only === undefined : (visible & (1 << classes[row]!)) !== 0;
    keep[row] = isShown && (found === undefined || found[row] === 1) && (only === undefined || only[row] === 1) ? 1 : 0;
  }
  return keep;
}
