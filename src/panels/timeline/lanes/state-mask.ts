import type { EpochMs } from '../../../model/units';
import type { TimeScale } from '../time-scale';
import { PENDING, RUNNING } from '../run-class';
import type { LaneRows } from './lane-rows';
import { blockAfter, firstAlive, lowerPlace } from './lane-rows';

/**
 * A segment tree of bit masks over `size` cells (a power of two): node `i` has the children `2i` and `2i + 1`, cells are
 * the nodes from `size` on. After `seal`, each node holds the union of its cells, so it is also a pyramid: level by level
 * half as many cells. A run of any length costs O(log size), and no bit is ever lost: a failure is never painted over.
 */
export function addRange(tree: Uint8Array, size: number, first: number, last: number, bit: number): void {
  let left = first + size;
  let right = last + size + 1;
  while (left < right) {
    if (left & 1) {
      tree[left]! |= bit;
      left += 1;
    }
    if (right & 1) {
      right -= 1;
      tree[right]! |= bit;
    }
    left >>= 1;
    right >>= 1;
  }
}

/** Pushes covers of inner nodes down to the cells. */
function pushDown(tree: Uint8Array, size: number): void {
  for (let node = 1; node < size; node++) {
    const mask = tree[node]!;
    if (mask !== 0) {
      tree[2 * node]! |= mask;
      tree[2 * node + 1]! |= mask;
    }
  }
}

/** Pushes covers down to the cells (where there are any, `wide`) and unions up to the root. */
export function seal(tree: Uint8Array, size: number, wide = true): void {
  if (wide) {
    pushDown(tree, size);
  }
  for (let node = size - 1; node > 0; node--) {
    tree[node] = tree[2 * node]! | tree[2 * node + 1]!;
  }
}

/** Below this many rows a lane is painted from its rows: quicker than a pyramid, and exact. */
const FEW_ROWS = 512;
const LEAST_CELLS = 1 << 13;
const MOST_CELLS = 1 << 16;
/** Bytes that all pyramids together may take. */
const MOST_BYTES = 48 << 20;
/**
 * Pictures of a lane that are painted from its rows before its pyramid is made: a pyramid costs as much as two, which
 * data that is replaced before anybody zooms or pans would never pay back.
 */
const PICTURES_FROM_ROWS = 2;
/** A run over more cells than this goes into inner nodes; a shorter one is quicker cell by cell. */
const WIDE = 8;

/** Pyramids of the crowded lanes over `[from, to)`: with them a picture costs the same for any number of runs. */
export interface Pyramids {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly size: number;
  /** Per lane: its tree, made when it is first worth it. */
  readonly trees: Array<Uint8Array | undefined>;
  /** Per lane: pictures painted from rows so far. */
  readonly painted: Uint8Array;
}

/** Decides how fine the pyramids are; each is made when it is first worth it. */
export function planPyramids(rows: LaneRows, from: EpochMs, to: EpochMs): Pyramids {
  const lanes = rows.names.length;
  let crowded = 0;
  let most = 0;
  for (let lane = 0; lane < lanes; lane++) {
    const count = rows.first[lane + 1]! - rows.first[lane]!;
    crowded += count > FEW_ROWS ? 1 : 0;
    most = Math.max(most, count);
  }
  // About a cell a run: where a view needs finer ones, few enough runs are left to paint them one by one.
  let size = LEAST_CELLS;
  while (size < MOST_CELLS && size < most) {
    size *= 2;
  }
  while (size > 256 && crowded * size * 2 > MOST_BYTES) {
    size /= 2;
  }
  return { from, to, size, trees: [], painted: new Uint8Array(lanes) };
}

function treeOf(rows: LaneRows, pyramids: Pyramids, lane: number): Uint8Array | undefined {
  const { trees, painted, size, from, to } = pyramids;
  if (rows.first[lane + 1]! - rows.first[lane]! <= FEW_ROWS || trees[lane]) {
    return trees[lane];
  }
  if (painted[lane]! < PICTURES_FROM_ROWS) {
    painted[lane]! += 1;
    return undefined;
  }
  const tree = new Uint8Array(2 * size);
  seal(tree, size, markRuns(rows, lane, from, size / Math.max(1, to - from), tree, size, size));
  trees[lane] = tree;
  return tree;
}

/**
 * Sets the bit of each closed run of a lane in all of `cells` cells that it touches; the first one begins at `from`.
 * Returns whether some bits lie in inner nodes. Open runs reach to now, which moves: they are added when the picture is made.
 */
function markRuns(
  rows: LaneRows,
  lane: number,
  from: EpochMs,
  perMs: number,
  tree: Uint8Array,
  size: number,
  cells: number
): boolean {
  const { start, end } = rows.columns;
  const { order, classes } = rows;
  const bits = rows.stretches?.bits;
  const first = rows.first[lane]!;
  const last = lowerPlace(rows, lane, from + cells / perMs);
  let wide = false;
  let place = firstAlive(rows, lane, from, first, last);
  while (place < last) {
    const stop = Math.min(last, blockAfter(first, place));
    for (; place < stop; place++) {
      const row = order[place]!;
      const until = end[row]!;
      const begin = start[row]!;
      const right = (until - from) * perMs;
      const left = begin === begin ? (begin - from) * perMs : right;
      // Also leaves out what is open (NaN), and what ends where the first cell begins.
      if (!(right >= 0) || left >= cells || (right === 0 && left < 0)) {
        continue;
      }
      const a = left > 0 ? left | 0 : 0;
      // The end is exclusive, so a run that ends on a cell's edge does not reach into the next one.
      let b = right >= cells ? cells - 1 : right | 0;
      if (b === right && b > a) {
        b -= 1;
      }
      const bit = bits ? bits[row]! : 1 << classes[row]!;
      if (b - a <= WIDE) {
        for (let cell = size + a; cell <= size + b; cell++) {
          tree[cell]! |= bit;
        }
      } else {
        addRange(tree, size, a, b, bit);
        wide = true;
      }
    }
    place = firstAlive(rows, lane, from, place, last);
  }
  return wide;
}

let painted = new Uint8Array(2 << 12);

/**
 * One lane as pixel columns: `masks[c]` gets a bit for each class of run alive in column `c` of `columns` equal parts of
 * the scale. Waiting before a start is not part of it. Exact where painted from rows; from a pyramid a run may
 * show up to half a column early or late, and never fails to show.
 */
export function paintMasks(
  rows: LaneRows,
  pyramids: Pyramids,
  lane: number,
  scale: TimeScale,
  columns: number,
  now: EpochMs,
  masks: Uint8Array
): void {
  masks.fill(0, 0, columns);
  const perMs = columns / (scale.to - scale.from);
  const cellMs = (pyramids.to - pyramids.from) / pyramids.size;
  const tree = cellMs * perMs <= 0.5 ? treeOf(rows, pyramids, lane) : undefined;
  if (tree) {
    paintFromPyramid(tree, pyramids, scale, columns, masks);
  } else {
    paintFromRows(rows, lane, scale, columns, masks);
  }
  paintOpen(rows.runningSince[lane]!, 1 << RUNNING, scale, perMs, columns, now, masks);
  paintOpen(rows.pendingSince[lane]!, 1 << PENDING, scale, perMs, columns, now, masks);
}

function paintFromPyramid(
  tree: Uint8Array,
  pyramids: Pyramids,
  scale: TimeScale,
  columns: number,
  masks: Uint8Array
): void {
  let size = pyramids.size;
  let cellsPerColumn = ((scale.to - scale.from) / columns / (pyramids.to - pyramids.from)) * size;
  while (cellsPerColumn > 4 && size > 1) {
    size /= 2;
    cellsPerColumn /= 2;
  }
  const offset = ((scale.from - pyramids.from) / (pyramids.to - pyramids.from)) * size;
  for (let column = 0; column < columns; column++) {
    const left = offset + column * cellsPerColumn;
    const right = left + cellsPerColumn;
    const a = left > 0 ? left | 0 : 0;
    const b = Math.min(size, Math.ceil(right));
    let mask = 0;
    for (let cell = a; cell < b; cell++) {
      mask |= tree[size + cell]!;
    }
    masks[column] = mask;
  }
}

function paintFromRows(rows: LaneRows, lane: number, scale: TimeScale, columns: number, masks: Uint8Array): void {
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, columns)));
  if (painted.length < 2 * size) {
    painted = new Uint8Array(2 * size);
  }
  painted.fill(0, 0, 2 * size);
  if (markRuns(rows, lane, scale.from, columns / (scale.to - scale.from), painted, size, columns)) {
    pushDown(painted, size);
  }
  masks.set(painted.subarray(size, size + columns));
}

function paintOpen(
  since: EpochMs,
  bit: number,
  scale: TimeScale,
  perMs: number,
  columns: number,
  now: EpochMs,
  masks: Uint8Array
): void {
  if (since === Infinity) {
    return;
  }
  const a = Math.max(0, Math.floor((since - scale.from) * perMs));
  const b = Math.min(columns, Math.ceil((now - scale.from) * perMs));
  for (let column = a; column < b; column++) {
    masks[column]! |= bit;
  }
}
