import type { CssPixels } from '../../../model/units';
import { extentOf } from './hit-test';
import { subLaneTop } from './layout';
import type { Scene } from './scene';
import { placeOfRow } from './step-run';

export interface Box {
  left: CssPixels;
  top: CssPixels;
  width: CssPixels;
  height: CssPixels;
}

/** The box around a run, for focus and hover; `undefined` where its lane is not shown. */
export function runOutline(scene: Scene, lane: number, row: number): Box | undefined {
  const { layout, rows, scale } = scene;
  const at = layout.shapes.findIndex((shape) => shape.lane === lane);
  const shape = layout.shapes[at];
  const place = placeOfRow(rows, lane, row);
  if (!shape || place === undefined) {
    return undefined;
  }
  const { sizes } = layout;
  const laneTop = layout.top[at]! - scene.scrollTop;
  const alone = shape.subLanes === 0;
  const { from, to } = alone ? barExtent(scene, row) : extentOf(scene, lane, place);
  const left = Math.max(-2, from - 2);
  const width = Math.max(5, Math.min(scale.width, to) - left + 2);
  if (alone) {
    return { left, top: laneTop + 2, width, height: sizes.collapsed - 4 };
  }
  const sub = Math.min(shape.subLanes - 1, scene.packed(lane).subLane[place - rows.first[lane]!]!);
  return { left, top: laneTop + subLaneTop(sizes, sub) - 2, width, height: sizes.bar + 4 };
}

function barExtent(scene: Scene, row: number): { from: CssPixels; to: CssPixels } {
  const { start, end, began } = scene.rows.columns;
  const from = start[row] === start[row] ? start[row]! : began[row]!;
  return { from: scene.scale.x(from), to: scene.scale.x(end[row] === end[row] ? end[row]! : scene.now) };
}
