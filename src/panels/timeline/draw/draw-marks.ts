import type { RunClass } from '../run-class';
import { GLYPHS } from './glyphs';

const paths = new Map<string, Path2D>();

/** Draws a state's mark in a box of `size` pixels. */
export function drawGlyph(
  ctx: CanvasRenderingContext2D,
  kind: RunClass | 'retry' | 'stuck',
  x: number,
  y: number,
  size: number,
  color: string
): void {
  const glyph = GLYPHS[kind];
  const path = paths.get(kind) ?? new Path2D(glyph.d);
  paths.set(kind, path);
  const scale = size / 16;
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(scale, scale);
  if (glyph.fill) {
    ctx.fillStyle = color;
    ctx.fill(path);
  } else {
    ctx.strokeStyle = color;
    ctx.lineWidth = 2.2;
    ctx.lineCap = 'round';
    ctx.lineJoin = 'round';
    ctx.setLineDash([]);
    ctx.stroke(path);
  }
  ctx.restore();
}

/** Diagonals over a bar, cut at its edges: cancelled is told by pattern. Adds to the current path. */
export function hatch(ctx: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  // Diagonals lie on a fixed grid, so that neighbouring bars match and nothing crawls while time slides.
  for (let foot = -height + STEP; foot < width; foot += STEP) {
    const left = Math.max(0, foot);
    const right = Math.min(width, foot + height);
    if (right > left) {
      ctx.moveTo(x + left, y + height - (left - foot));
      ctx.lineTo(x + right, y + height - (right - foot));
    }
  }
}

const STEP = 5;

/** A bar whose right edge is torn: what it did after is not known. Adds to the current path. */
export function tornBar(ctx: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  const depth = Math.min(4, width / 2);
  const teeth = height >= 12 ? 4 : 2;
  const tooth = height / teeth;
  ctx.moveTo(x, y);
  ctx.lineTo(x + width, y);
  for (let at = 0; at < teeth; at++) {
    ctx.lineTo(x + width - depth, y + (at + 0.5) * tooth);
    ctx.lineTo(x + width, y + (at + 1) * tooth);
  }
  ctx.lineTo(x, y + height);
  ctx.closePath();
}
