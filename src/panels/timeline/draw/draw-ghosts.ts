import type { PackedLane } from '../lanes/lane-pack';
import { RUNNING } from '../run-class';
import { bars } from './bar-buffer';
import { subLaneTop } from './layout';
import type { Scene } from './scene';

/** What did not happen, or has not yet: dashed boxes. */
export function drawGhosts(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  lane: number,
  packed: PackedLane,
  subLanes: number,
  laneTop: number
): void {
  const { rows, scale, palette, layout, now } = scene;
  const facts = scene.facts(lane);
  const height = layout.sizes.bar;
  ctx.setLineDash([3, 3]);
  ctx.lineWidth = 1;
  ctx.strokeStyle = palette.faint;
  const usual = facts?.usualDuration ?? 0;
  const nowX = scale.x(now);
  if (scene.showNow && usual > 0) {
    ctx.beginPath();
    for (let at = 0; at < bars.count; at++) {
      const row = rows.order[bars.places[at]!]!;
      if (rows.classes[row] !== RUNNING || rows.columns.end[row] === rows.columns.end[row] || bars.shared[at]) {
        continue;
      }
      const right = Math.min(scale.width - 1, scale.x(rows.columns.start[row]! + usual));
      if (right - nowX >= 4) {
        ctx.rect(Math.round(nowX) + 2.5, bars.y[at]! + 0.5, right - nowX - 3, height - 1);
      }
    }
    ctx.stroke();
  }
  const missed = facts?.missed ?? [];
  if (missed.length > 0) {
    ctx.strokeStyle = palette.warning;
    ctx.fillStyle = palette.warning;
    ctx.font = palette.font;
    missed.forEach((at, index) => {
      const sub = packed.missed[index] ?? 0;
      if (sub >= subLanes || at > scale.to || at + usual < scale.from) {
        return;
      }
      const x = scale.x(at);
      const width = Math.max(10, Math.min(scale.width, scale.x(at + usual)) - x);
      const y = laneTop + subLaneTop(layout.sizes, sub);
      ctx.strokeRect(Math.round(x) + 0.5, y + 0.5, width, height - 1);
      drawMissedText(ctx, scene, scene.words.missed(at), x + width + 6, y, sub, lane, packed, at + usual);
    });
  }
  ctx.setLineDash([]);
}

function drawMissedText(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  text: string,
  x: number,
  y: number,
  sub: number,
  lane: number,
  packed: PackedLane,
  after: number
): void {
  const { rows, scale, layout } = scene;
  if (layout.sizes.bar < 12) {
    return;
  }
  let free = Math.min(scale.width, scene.showNow ? scale.x(scene.now) : scale.width);
  for (let at = packed.subFirst[sub]!; at < packed.subFirst[sub + 1]!; at++) {
    const row = rows.order[packed.bySub[at]!]!;
    if (rows.columns.began[row]! >= after) {
      free = Math.min(free, scale.x(rows.columns.began[row]!));
      break;
    }
  }
  const facts = scene.facts(lane)!;
  for (const [index, at] of facts.missed.entries()) {
    if (at >= after && packed.missed[index] === sub) {
      free = Math.min(free, scale.x(at));
    }
  }
  if (x > 0 && x + ctx.measureText(text).width + 4 <= free) {
    ctx.fillText(text, x, y + layout.sizes.bar / 2 + 0.5);
  }
}
