import { runOutline } from './run-outline';
import type { Scene } from './scene';

/** Boxes around the focused run and the one under the pointer; they slide along with their bars. */
export function drawOutlines(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { focused, hovered, palette } = scene;
  if (hovered) {
    outline(ctx, scene, hovered, palette.text, 1);
  }
  if (focused) {
    outline(ctx, scene, focused, palette.focus, 2);
  }
}

function outline(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  run: { lane: number; row: number },
  color: string,
  width: number
): void {
  const box = runOutline(scene, run.lane, run.row);
  if (!box) {
    return;
  }
  ctx.setLineDash([]);
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.roundRect(Math.round(box.left) + 0.5, Math.round(box.top) + 0.5, Math.round(box.width) - 1, box.height - 1, 3);
  ctx.stroke();
}
