import { factOf } from '../../../frames/run-columns';
import { stripOf } from '../../../frames/strip-columns';
import { FAILED, LOST, PENDING, RUN_CLASSES, type RunClass } from '../run-class';
import { bars } from './bar-buffer';
import { drawGlyph } from './draw-marks';
import { tintOfRun } from './run-colors';
import type { Scene } from './scene';

/** CPU (else memory) over the life of a run, as a translucent hill in its bar. */
export function drawResources(ctx: CanvasRenderingContext2D, scene: Scene, lane: number): void {
  const { strips, rows, scale, palette, layout } = scene;
  const height = layout.sizes.bar;
  if (!strips || height < 12) {
    return;
  }
  ctx.globalAlpha = 0.55;
  for (let at = 0; at < bars.count; at++) {
    const width = bars.width[at]!;
    if (width < 24 || bars.shared[at]) {
      continue;
    }
    const row = rows.order[bars.places[at]!]!;
    const place = stripOf(strips, row);
    if (place < 0) {
      continue;
    }
    const first = strips.first[place]!;
    const last = strips.first[place + 1]!;
    const values = strips.cpuCores[first] === strips.cpuCores[first] ? strips.cpuCores : strips.rssBytes;
    let most = 0;
    for (let sample = first; sample < last; sample++) {
      most = values[sample]! > most ? values[sample]! : most;
    }
    if (most <= 0 || last - first < 2) {
      continue;
    }
    const left = bars.x[at]!;
    const right = left + width;
    const base = bars.y[at]! + height;
    const kind = rows.classes[row]!;
    ctx.fillStyle = tintOfRun(scene, lane, kind, row)?.shade ?? palette.shade[kind]!;
    ctx.beginPath();
    let begun = false;
    let x = left;
    for (let sample = first; sample < last; sample++) {
      const value = values[sample]!;
      if (value !== value) {
        continue;
      }
      x = Math.min(right, Math.max(left, scale.x(strips.time[sample]!)));
      const y = base - (value / most) * height * 0.62;
      if (!begun) {
        ctx.moveTo(left, base);
        ctx.lineTo(left, y);
        begun = true;
      }
      ctx.lineTo(x, y);
    }
    if (begun) {
      ctx.lineTo(x, base);
      ctx.closePath();
      ctx.fill();
    }
  }
  ctx.globalAlpha = 1;
}

/** Marks and short text inside bars, only where they fit. */
export function drawInside(ctx: CanvasRenderingContext2D, scene: Scene, lane: number): void {
  const { rows, palette, layout } = scene;
  const height = layout.sizes.bar;
  ctx.font = palette.font;
  ctx.textBaseline = 'middle';
  const glyph = height >= 12 ? 11 : 7;
  for (let at = 0; at < bars.count; at++) {
    const row = rows.order[bars.places[at]!]!;
    const kind = rows.classes[row]!;
    const attempt = rows.columns.attempt ? rows.columns.attempt[row]! : 1;
    const loud = kind === FAILED || kind === LOST;
    if (bars.shared[at] || (!loud && (attempt < 2 || kind === PENDING))) {
      continue;
    }
    const left = Math.max(0, bars.x[at]!);
    const room = Math.min(scene.scale.width, bars.x[at]! + bars.width[at]!) - left;
    if (room < glyph + 2) {
      continue;
    }
    const color = tintOfRun(scene, lane, kind, row)?.onFill ?? palette.onFill[kind]!;
    let x = left + 3;
    if (loud) {
      const margin = room < glyph + 6 ? (room - glyph) / 2 : 3;
      drawGlyph(ctx, RUN_CLASSES[kind] as RunClass, left + margin, bars.y[at]! + (height - glyph) / 2, glyph, color);
      x = left + margin + glyph + 3;
    }
    if (height < 12) {
      continue;
    }
    const retry = attempt > 1 ? String(attempt) : '';
    const how = loud ? howItEnded(scene, row) : '';
    const text = [how, retry && loud ? `· ${retry}` : retry].filter((part) => part !== '').join(' ');
    if (text !== '' && x + ctx.measureText(text).width <= left + room - 3) {
      ctx.fillStyle = color;
      ctx.fillText(text, x, bars.y[at]! + height / 2 + 0.5);
    } else if (how !== '' && x + ctx.measureText(how).width <= left + room - 3) {
      ctx.fillStyle = color;
      ctx.fillText(how, x, bars.y[at]! + height / 2 + 0.5);
    }
  }
}

/** `exit 1`, `SIGKILL`, `OOM`: the shortest true thing about how a run ended. */
export function howItEnded(scene: Pick<Scene, 'rows' | 'words'>, row: number): string {
  const { columns } = scene.rows;
  const substate = factOf(columns, row, 'substate')?.value;
  if (substate === 'oom') {
    return scene.words.oom;
  }
  const signal = factOf(columns, row, 'signal')?.value;
  if (typeof signal === 'string') {
    return signal;
  }
  const code = factOf(columns, row, 'exitCode')?.value;
  return typeof code === 'number' && code !== 0 ? scene.words.exit(code) : '';
}
