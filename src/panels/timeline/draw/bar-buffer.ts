import { whiskerFrom, type PackedLane } from '../lanes/lane-pack';
import { placesAlive } from '../lanes/lane-rows';
import { PENDING } from '../run-class';
import { subLaneTop } from './layout';
import type { Scene } from './scene';

/** Bars that one lane may have before it is drawn as its strip alone. */
export const MOST_BARS = 2000;
/** Instants are ticks of this width. */
export const LEAST_WIDTH = 2;

/** What one lane draws, as columns that are used again for every lane: no object per run. */
export interface BarBuffer {
  places: Uint32Array;
  x: Float32Array;
  y: Float32Array;
  width: Float32Array;
  whisker: Float32Array;
  /** 1 where other runs may lie in the same place: drawn as a plain bar, because details would mix. */
  shared: Uint8Array;
  count: number;
}

function createBarBuffer(): BarBuffer {
  const size = MOST_BARS * 2;
  const floats = (): Float32Array => new Float32Array(size);
  return {
    places: new Uint32Array(size),
    x: floats(),
    y: floats(),
    width: floats(),
    whisker: floats(),
    shared: new Uint8Array(size),
    count: 0,
  };
}

export const bars = createBarBuffer();

/** Computes where everything of a lane lies, into `bars`. */
export function placeBars(scene: Scene, lane: number, packed: PackedLane, subLanes: number, laneTop: number): void {
  const { rows, scale, now, layout } = scene;
  const { start, end } = rows.columns;
  const first = rows.first[lane]!;
  const found = Math.min(bars.places.length, placesAlive(rows, lane, scale.from, scale.to, bars.places));
  let count = 0;
  for (let at = 0; at < found; at++) {
    const place = bars.places[at]!;
    const row = rows.order[place]!;
    const kind = rows.classes[row]!;
    if (!(scene.visible & (1 << kind))) {
      continue;
    }
    const sub = Math.min(packed.subLane[place - first]!, subLanes - 1);
    const until = end[row] === end[row] ? end[row]! : now;
    const begin = start[row]!;
    const from = begin === begin ? begin : until;
    const x = Math.max(-4, scale.x(from));
    const right = Math.min(scale.width + 4, scale.x(Math.max(from, until)));
    bars.places[count] = place;
    bars.x[count] = x;
    bars.width[count] = begin === begin || kind !== PENDING ? Math.max(LEAST_WIDTH, right - x) : 0;
    bars.y[count] = laneTop + subLaneTop(layout.sizes, sub);
    const since = whiskerFrom(rows, packed, lane, place);
    const shared = subLanes < packed.subLanes && sub === subLanes - 1;
    bars.shared[count] = shared ? 1 : 0;
    bars.whisker[count] = since < from && !shared ? Math.max(-4, scale.x(since)) : NaN;
    count += 1;
  }
  bars.count = count;
}
