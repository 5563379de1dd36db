import { firstPlace } from '../../../model/first-place';
import type { CssPixels, EpochMs } from '../../../model/units';
import { whiskerFrom } from '../lanes/lane-pack';
import { placesAlive, type LaneRows } from '../lanes/lane-rows';
import { stretchCounts, type Stretches } from '../lanes/stretches';
import { RUN_CLASSES } from '../run-class';
import { LEAST_WIDTH } from './bar-buffer';
import { laneAt, subLaneAt } from './layout';
import type { Scene } from './scene';

export type Hit =
  | { kind: 'run'; at: number; lane: number; row: number }
  /** The strip: everything of the lane in these pixels. */
  | { kind: 'column'; at: number; lane: number; from: EpochMs; to: EpochMs }
  | { kind: 'missed'; at: number; lane: number; time: EpochMs }
  | { kind: 'empty'; at: number; lane: number }
  | { kind: 'nothing' };

/** Pixels beside a bar that still count as on it. */
const REACH: CssPixels = 3;

/**
 * What lies under a point of the plot (`y` from the top of what is seen). Binary search for the lane, arithmetic for the
 * sub-lane, binary search within it: no index of rectangles.
 */
export function hitTest(scene: Scene, x: CssPixels, y: CssPixels): Hit {
  const { layout, scale } = scene;
  const fromTop = y + scene.scrollTop;
  const at = laneAt(layout, fromTop);
  const shape = layout.shapes[at];
  if (!shape || fromTop >= layout.height || x < 0 || x > scale.width) {
    return { kind: 'nothing' };
  }
  const { lane } = shape;
  const inLane = fromTop - layout.top[at]!;
  const sub = subLaneAt(layout.sizes, shape, inLane);
  if (sub < 0) {
    const from = scale.time(Math.floor(x) - 1);
    return { kind: 'column', at, lane, from, to: scale.time(Math.floor(x) + 2) };
  }
  const row = runAt(scene, lane, sub, shape.subLanes, x);
  if (row !== undefined) {
    return { kind: 'run', at, lane, row };
  }
  const facts = scene.facts(lane);
  const packed = scene.packed(lane);
  const usual = facts?.usualDuration ?? 0;
  const missed = facts?.missed.findIndex(
    (time, index) =>
      packed.missed[index] === sub &&
      x >= scale.x(time) - REACH &&
      x <= scale.x(time) + Math.max(10, usual / scale.msPerPx) + REACH
  );
  if (facts && missed !== undefined && missed >= 0) {
    return { kind: 'missed', at, lane, time: facts.missed[missed]! };
  }
  return { kind: 'empty', at, lane };
}

/** The row under `x` on a sub-lane: the run that holds the point, else the nearest within reach. */
function runAt(scene: Scene, lane: number, sub: number, subLanes: number, x: CssPixels): number | undefined {
  const { rows } = scene;
  const packed = scene.packed(lane);
  // The last sub-lane also holds what there is no room for.
  const lastSub = sub === subLanes - 1 ? packed.subLanes : sub + 1;
  let best: number | undefined;
  let bestGap = REACH + 0.001;
  let bestKind = -1;
  for (let candidate = sub; candidate < lastSub; candidate++) {
    const first = packed.subFirst[candidate]!;
    const last = packed.subFirst[candidate + 1]!;
    // Runs of a sub-lane follow each other, so only the neighbours of the point can hold it.
    const near = lowerBegan(rows, packed.bySub, first, last, scene.scale.time(x + REACH));
    for (let at = near - 1; at >= Math.max(first, near - 8); at--) {
      const place = packed.bySub[at]!;
      const row = rows.order[place]!;
      const kind = rows.classes[row]!;
      if (!(scene.visible & (1 << kind))) {
        continue;
      }
      const { from, to } = extentOf(scene, lane, place);
      const gap = x < from ? from - x : x > to ? x - to : 0;
      // Where several lie within reach the nearest wins, and trouble wins a draw.
      if (gap < bestGap || (gap === bestGap && kind > bestKind)) {
        best = row;
        bestGap = gap;
        bestKind = kind;
      }
    }
  }
  return best;
}

/** Left and right end of what is drawn of a run, whisker included. */
export function extentOf(scene: Scene, lane: number, place: number): { from: CssPixels; to: CssPixels } {
  const { rows, scale, now } = scene;
  const row = rows.order[place]!;
  const { start, end } = rows.columns;
  const until = end[row] === end[row] ? end[row]! : now;
  const begin = start[row] === start[row] ? start[row]! : until;
  const since = whiskerFrom(rows, scene.packed(lane), lane, place);
  const from = scale.x(Math.min(begin, since));
  return { from, to: Math.max(scale.x(Math.max(begin, until)), scale.x(begin) + LEAST_WIDTH) };
}

function lowerBegan(rows: LaneRows, places: Uint32Array, first: number, last: number, at: EpochMs): number {
  const { began } = rows.columns;
  return firstPlace(first, last, (place) => !(began[rows.order[places[place]!]!]! <= at));
}

/** What a strip's pixels hold: runs by class, and the worst run among them. */
export interface ColumnSummary {
  counts: number[];
  runs: number;
  worst: number | undefined;
  /** There were more than could be looked at. */
  more: boolean;
  /** What was counted: of a merged lane the whole stretch with the worst state in these pixels. */
  from: EpochMs;
  to: EpochMs;
}

const found = new Uint32Array(4096);

export function summarise(scene: Scene, lane: number, from: EpochMs, to: EpochMs): ColumnSummary {
  const { rows } = scene;
  if (rows.stretches && rows.merged[lane]) {
    return summariseStretch(scene, rows.stretches, lane, from, to);
  }
  const { start, end } = rows.columns;
  const size = placesAlive(rows, lane, from, to, found);
  const counts = RUN_CLASSES.map(() => 0);
  let runs = 0;
  let worst: number | undefined;
  for (let at = 0; at < Math.min(size, found.length); at++) {
    const row = rows.order[found[at]!]!;
    const kind = rows.classes[row]!;
    const begin = start[row] === start[row] ? start[row]! : end[row]!;
    if (!(scene.visible & (1 << kind)) || begin >= to) {
      continue;
    }
    counts[kind]! += 1;
    runs += 1;
    if (worst === undefined || kind > rows.classes[worst]!) {
      worst = row;
    }
  }
  return { counts, runs, worst, more: size > found.length, from, to };
}

/** How many runs were where within a stretch is not known, nor how many of them are in its neighbours too. */
function summariseStretch(scene: Scene, stretches: Stretches, lane: number, from: EpochMs, to: EpochMs): ColumnSummary {
  const { rows, visible } = scene;
  const { began, end } = rows.columns;
  const size = Math.min(found.length, placesAlive(rows, lane, from, to, found));
  let worst: number | undefined;
  let rank = 0;
  for (let at = 0; at < size; at++) {
    const row = rows.order[found[at]!]!;
    const shown = stretches.bits[row]! & visible;
    // It ends where the next one begins.
    if (shown > rank && end[row]! > from) {
      worst = row;
      rank = shown;
    }
  }
  if (worst === undefined) {
    return { counts: RUN_CLASSES.map(() => 0), runs: 0, worst, more: false, from, to };
  }
  const counts = stretchCounts(stretches, worst);
  return { counts, runs: stretches.counts.runs[worst]!, worst, more: false, from: began[worst]!, to: end[worst]! };
}
