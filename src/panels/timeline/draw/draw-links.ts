import type { PackedLane } from '../lanes/lane-pack';
import { bars } from './bar-buffer';
import { drawGlyph } from './draw-marks';
import { subLaneTop } from './layout';
import type { Scene } from './scene';

/** A dotted line from one attempt to the next, with the retry's mark over it. */
export function drawLinks(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  lane: number,
  packed: PackedLane,
  subLanes: number,
  laneTop: number
): void {
  const { previous } = packed;
  if (!previous) {
    return;
  }
  const { rows, scale, palette, layout } = scene;
  const first = rows.first[lane]!;
  const height = layout.sizes.bar;
  ctx.strokeStyle = palette.retry;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([2, 2]);
  ctx.beginPath();
  for (let at = 0; at < bars.count; at++) {
    const place = bars.places[at]!;
    const before = previous[place - first]!;
    if (before < 0 || bars.shared[at]) {
      continue;
    }
    const from = Math.max(-4, scale.x(rows.columns.end[rows.order[before]!]!));
    const to = bars.whisker[at] === bars.whisker[at] ? bars.whisker[at]! : bars.x[at]!;
    if (to - from >= 2) {
      const y = bars.y[at]! + height / 2;
      ctx.moveTo(from, y);
      ctx.lineTo(to, y);
    }
  }
  ctx.stroke();
  ctx.setLineDash([]);
  if (height < 12) {
    return;
  }
  for (let at = 0; at < bars.count; at++) {
    const place = bars.places[at]!;
    const before = previous[place - first]!;
    if (before < 0 || bars.shared[at]) {
      continue;
    }
    const from = scale.x(rows.columns.end[rows.order[before]!]!);
    const to = bars.x[at]!;
    if (to - from >= 9 && to > 12) {
      const sub = packed.subLane[place - first]!;
      const y = laneTop + subLaneTop(layout.sizes, sub);
      const size = Math.min(12, to - from);
      const x = Math.max(0, (Math.max(0, from) + to - size) / 2);
      ctx.clearRect(x, y + 2, size, 12);
      drawGlyph(ctx, 'retry', x, y + (height - size) / 2, size, palette.retry);
    }
  }
}
