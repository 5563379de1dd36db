import { isStuck } from '../lanes/stuck-runs';
import { CANCELLED, LOST, RUN_CLASSES, RUNNING } from '../run-class';
import { bars, placeBars } from './bar-buffer';
import { drawGhosts } from './draw-ghosts';
import { drawInside, drawResources } from './draw-inside';
import { drawLinks } from './draw-links';
import { drawGlyph, hatch, tornBar } from './draw-marks';
import { lanesBetween } from './layout';
import { TINTED, tintOfRun } from './run-colors';
import type { Scene } from './scene';

/** From this width on, bars have round corners. */
const ROUND_FROM = 7;

/** Exact bars of the visible lanes that have sub-lanes, quiet classes first so that trouble lies on top. */
export function drawBars(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { layout } = scene;
  const { first, last } = lanesBetween(layout, scene.scrollTop, scene.scrollTop + scene.viewHeight);
  for (let at = first; at < last; at++) {
    const shape = layout.shapes[at]!;
    if (shape.subLanes > 0) {
      const y = Math.round(layout.top[at]! - scene.scrollTop);
      drawLane(ctx, scene, shape.lane, shape.subLanes, y);
    }
  }
}

function drawLane(ctx: CanvasRenderingContext2D, scene: Scene, lane: number, subLanes: number, laneTop: number): void {
  const packed = scene.packed(lane);
  placeBars(scene, lane, packed, subLanes, laneTop);
  drawWhiskers(ctx, scene);
  drawLinks(ctx, scene, lane, packed, subLanes, laneTop);
  for (let kind = 0; kind < RUN_CLASSES.length; kind++) {
    if (scene.visible & (1 << kind)) {
      drawClass(ctx, scene, lane, kind);
    }
  }
  drawResources(ctx, scene, lane);
  drawInside(ctx, scene, lane);
  drawStuck(ctx, scene, lane);
  drawGhosts(ctx, scene, lane, packed, subLanes, laneTop);
}

/** Waiting: a line with a tick where it began. */
function drawWhiskers(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const height = scene.layout.sizes.bar;
  const tick = Math.min(8, height - 2);
  ctx.fillStyle = scene.palette.wait;
  for (let at = 0; at < bars.count; at++) {
    const from = bars.whisker[at]!;
    const width = bars.x[at]! - from;
    // `!(… >= …)` also leaves out the bars that have no whisker (NaN).
    if (!(width >= 1)) {
      continue;
    }
    const middle = bars.y[at]! + height / 2;
    ctx.fillRect(from, middle - 1, width, 2);
    if (from >= 0 && width >= 3) {
      ctx.fillRect(from, middle - tick / 2, 1.5, tick);
    }
  }
}

function drawClass(ctx: CanvasRenderingContext2D, scene: Scene, lane: number, kind: number): void {
  const { rows, palette, layout } = scene;
  const height = layout.sizes.bar;
  const single = scene.colors.by === 'value' && (TINTED & (1 << kind)) !== 0;
  ctx.fillStyle = tintOfRun(scene, lane, kind, -1)?.fill ?? palette.fill[kind]!;
  ctx.beginPath();
  let round = false;
  for (let at = 0; at < bars.count; at++) {
    const width = bars.width[at]!;
    if (width === 0 || rows.classes[rows.order[bars.places[at]!]!] !== kind) {
      continue;
    }
    const x = bars.x[at]!;
    const y = bars.y[at]!;
    if (single) {
      // Each run has a colour of its own, so what came before is filled first.
      if (round) {
        ctx.fill();
        ctx.beginPath();
        round = false;
      }
      ctx.fillStyle = tintOfRun(scene, lane, kind, rows.order[bars.places[at]!]!)?.fill ?? palette.fill[kind]!;
    }
    if (kind === LOST && width >= 5) {
      tornBar(ctx, x, y, width, height);
      round = true;
    } else if (width >= ROUND_FROM) {
      // A running bar is open on the right.
      ctx.roundRect(x, y, width, height, kind === RUNNING ? [2, 0, 0, 2] : 2);
      round = true;
    } else {
      ctx.fillRect(x, y, width, height);
    }
  }
  if (round) {
    ctx.fill();
  }
  if (kind === CANCELLED) {
    drawHatch(ctx, scene);
  } else if (kind === RUNNING) {
    drawEdges(ctx, scene);
  }
}

/** What seems stuck has a frame and an hourglass: it is one bar among others that run, and a person must see it. */
function drawStuck(ctx: CanvasRenderingContext2D, scene: Scene, lane: number): void {
  const { rows, palette, layout, now } = scene;
  const { start, end } = rows.columns;
  const usual = scene.facts(lane)?.usualDurationHigh;
  const height = layout.sizes.bar;
  for (let at = 0; at < bars.count; at++) {
    const row = rows.order[bars.places[at]!]!;
    if (rows.classes[row] !== RUNNING || end[row] === end[row] || !isStuck(now - start[row]!, usual)) {
      continue;
    }
    const [x, y, width] = [bars.x[at]!, bars.y[at]!, bars.width[at]!];
    ctx.strokeStyle = palette.warning;
    ctx.lineWidth = 2;
    ctx.strokeRect(x, y, width, height);
    const size = Math.min(14, height);
    if (width >= size + 4) {
      ctx.fillStyle = palette.background;
      ctx.fillRect(x + 1, y + 1, size + 3, height - 2);
      drawGlyph(ctx, 'stuck', x + 3, y + (height - size) / 2, size, palette.warning);
    }
  }
}

function drawHatch(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { rows, palette, layout } = scene;
  ctx.strokeStyle = palette.shade[CANCELLED]!;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  for (let at = 0; at < bars.count; at++) {
    if (bars.width[at]! >= 4 && rows.classes[rows.order[bars.places[at]!]!] === CANCELLED) {
      hatch(ctx, bars.x[at]!, bars.y[at]!, bars.width[at]!, layout.sizes.bar);
    }
  }
  ctx.stroke();
}

/** The right edge of what runs brightens towards now. */
function drawEdges(ctx: CanvasRenderingContext2D, scene: Scene): void {
  const { rows, palette, layout } = scene;
  const { end } = rows.columns;
  for (let at = 0; at < bars.count; at++) {
    const row = rows.order[bars.places[at]!]!;
    const width = bars.width[at]!;
    if (rows.classes[row] !== RUNNING || end[row] === end[row] || width < 4 || bars.shared[at]) {
      continue;
    }
    const reach = Math.min(width, 36);
    const right = bars.x[at]! + width;
    const gradient = ctx.createLinearGradient(right - reach, 0, right, 0);
    gradient.addColorStop(0, palette.edge[0]);
    gradient.addColorStop(1, palette.edge[1]);
    ctx.fillStyle = gradient;
    ctx.fillRect(right - reach, bars.y[at]!, reach, layout.sizes.bar);
  }
}
