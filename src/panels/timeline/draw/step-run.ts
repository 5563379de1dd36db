import { lowerPlace, type LaneRows } from '../lanes/lane-rows';
import type { Scene } from './scene';

interface Place {
  lane: number;
  row: number;
}

/** The place of a row in its lane, found by its begin. */
export function placeOfRow(rows: LaneRows, lane: number, row: number): number | undefined {
  const began = rows.columns.began[row]!;
  for (let place = lowerPlace(rows, lane, began); place < rows.first[lane + 1]!; place++) {
    if (rows.order[place] === row) {
      return place;
    }
    if (rows.columns.began[rows.order[place]!]! > began) {
      return undefined;
    }
  }
  return undefined;
}

/** The next (1) or previous (-1) shown run of the lane, or its last or first (±Infinity). Without a focus: the first lane's first run in view. */
export function stepRun(scene: Scene, focus: Place | undefined, by: number): Place | undefined {
  if (!focus) {
    return nearest(scene, scene.layout.shapes[0]?.lane, scene.scale.from);
  }
  const { rows } = scene;
  const first = rows.first[focus.lane]!;
  const last = rows.first[focus.lane + 1]! - 1;
  const here = placeOfRow(rows, focus.lane, focus.row);
  if (here === undefined) {
    return undefined;
  }
  const step = by > 0 ? 1 : -1;
  let place = by === Infinity ? last : by === -Infinity ? first : here + step;
  const way = Number.isFinite(by) ? step : -step;
  for (; place >= first && place <= last; place += way) {
    const row = rows.order[place]!;
    if (isShown(scene, row)) {
      return { lane: focus.lane, row };
    }
  }
  return focus;
}

/** The run of the next (1) or previous (-1) lane that is nearest in time. */
export function stepLane(scene: Scene, focus: Place | undefined, by: 1 | -1): Place | undefined {
  if (!focus) {
    return stepRun(scene, undefined, 1);
  }
  const { shapes } = scene.layout;
  const { start, began } = scene.rows.columns;
  const time = start[focus.row] === start[focus.row] ? start[focus.row]! : began[focus.row]!;
  for (let at = shapes.findIndex((shape) => shape.lane === focus.lane) + by; at >= 0 && at < shapes.length; at += by) {
    const found = nearest(scene, shapes[at]!.lane, time);
    if (found) {
      return found;
    }
  }
  return focus;
}

function nearest(scene: Scene, lane: number | undefined, time: number): Place | undefined {
  if (lane === undefined) {
    return undefined;
  }
  const { rows } = scene;
  const first = rows.first[lane]!;
  const last = rows.first[lane + 1]!;
  const middle = lowerPlace(rows, lane, time);
  for (let away = 0; away < last - first; away++) {
    for (const place of [middle + away, middle - 1 - away]) {
      if (place >= first && place < last && isShown(scene, rows.order[place]!)) {
        return { lane, row: rows.order[place]! };
      }
    }
  }
  return undefined;
}

function isShown(scene: Scene, row: number): boolean {
  const { stretches, classes } = scene.rows;
  return (scene.visible & (stretches ? stretches.bits[row]! : 1 << classes[row]!)) !== 0;
}
