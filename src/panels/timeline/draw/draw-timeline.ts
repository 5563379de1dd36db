import { drawBars } from './draw-bars';
import { drawStrips, type ColumnBuffer } from './draw-columns';
import { drawOutlines } from './draw-outlines';
import { lanesBetween } from './layout';
import type { Scene } from './scene';
import type { Tick } from './time-ticks';

/** Draws the lanes: the whole picture under the axis, without what follows the pointer. */
export function drawTimeline(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  buffer: ColumnBuffer,
  ticks: readonly Tick[]
): void {
  const { scale, dpr, viewHeight } = scene;
  ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
  ctx.clearRect(0, 0, scale.width, viewHeight);
  drawStripes(ctx, scene);
  drawGrid(ctx, scene, ticks);
  drawStrips(ctx, scene, buffer);
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, 0, scale.width, viewHeight);
  ctx.clip();
  drawBars(ctx, scene);
  drawOutlines(ctx, scene);
  ctx.restore();
  drawNow(ctx, scene);
}

/** Every other lane is a little lighter, so that the eye keeps to its row. */
function drawStripes(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { layout, palette, scale } = scene;
  const { first, last } = lanesBetween(layout, scene.scrollTop, scene.scrollTop + scene.viewHeight);
  if (layout.sizes.collapsed < 8) {
    return;
  }
  ctx.fillStyle = palette.stripe;
  for (let at = first; at < last; at++) {
    if (at % 2 === 0) {
      ctx.fillRect(0, layout.top[at]! - scene.scrollTop, scale.width, layout.top[at + 1]! - layout.top[at]!);
    }
  }
}

function drawGrid(ctx: CanvasRenderingContext2D, scene: Scene, ticks: readonly Tick[]): void {
  const { scale, palette, viewHeight } = scene;
  ctx.fillStyle = palette.grid;
  for (const tick of ticks) {
    ctx.fillRect(Math.round(scale.x(tick.at)), 0, 1, viewHeight);
  }
}

/** The line of now; where the source is silent, that of the last moment known, with a veil over what came after. */
function drawNow(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { scale, palette, viewHeight, now } = scene;
  if (scene.silent && now < scale.to) {
    const left = Math.max(0, scale.x(now));
    ctx.fillStyle = palette.veil;
    ctx.fillRect(left, 0, scale.width - left, viewHeight);
  }
  if (scene.showNow && now >= scale.from && now <= scale.to) {
    ctx.fillStyle = scene.silent ? palette.warning : palette.now;
    ctx.fillRect(Math.min(scale.width - 2, Math.round(scale.x(now)) - 1), 0, 2, viewHeight);
  }
}

/** Draws the axis above the lanes; it does not scroll with them. */
export function drawAxis(ctx: CanvasRenderingContext2D, scene: Scene, ticks: readonly Tick[], height: number): void {
  const { scale, palette, dpr } = scene;
  ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
  ctx.clearRect(0, 0, scale.width + 2 * AXIS_OVERHANG, height);
  ctx.translate(AXIS_OVERHANG, 0);
  ctx.font = palette.font;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'center';
  const middle = height / 2;
  let taken = Infinity;
  let takenTo = -Infinity;
  if (scene.showNow && scene.now >= scale.from && scene.now <= scale.to) {
    const text = scene.silent
      ? scene.words.asOf(scene.now)
      : scene.words.now(scene.now, scale.msPerPx * scale.width < SECONDS_BELOW);
    ctx.font = `600 ${palette.font}`;
    const width = ctx.measureText(text).width;
    const x = Math.min(scale.width + AXIS_RIGHT - width / 2, scale.x(scene.now));
    ctx.fillStyle = scene.silent ? palette.warning : palette.now;
    ctx.fillText(text, x, middle);
    taken = x - width / 2 - 8;
    takenTo = x + width / 2 + 8;
    ctx.font = palette.font;
  }
  ctx.fillStyle = palette.faint;
  for (const tick of ticks) {
    const x = scale.x(tick.at);
    const half = ctx.measureText(tick.label).width / 2;
    if ((x + half > taken && x - half < takenTo) || x + half > scale.width + AXIS_RIGHT) {
      continue;
    }
    ctx.fillText(tick.label, Math.max(x, half - AXIS_OVERHANG), middle);
  }
  ctx.textAlign = 'left';
}

/** Ranges shorter than this show the seconds of now. */
const SECONDS_BELOW = 15 * 60_000;

/** The axis canvas is wider than the plot on both sides, so that a label at the edge is not cut. */
export const AXIS_OVERHANG = 24;
/** Of which this much is seen on the right, beside the scroll bar's gutter. */
const AXIS_RIGHT = 16;
