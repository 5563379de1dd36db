import { factOf } from '../../frames/run-columns';
import { stripOf } from '../../frames/strip-columns';
import { drawGlyph, hatch, tornBar } from './draw-marks';
import { whiskerFrom, type PackedLane } from './lane-pack';
import { placesAlive } from './lane-rows';
import { lanesBetween, subLaneTop } from './layout';
import { CANCELLED, FAILED, LOST, PENDING, RUN_CLASSES, RUNNING, type RunClass } from './run-class';
import type { Scene } from './scene';

/** Bars that one lane may have before it is drawn as its strip alone. */
export const MOST_BARS = 2000;
/** Instants are ticks of this width. */
export const LEAST_WIDTH = 2;
const ROUND_FROM = 7;

/** What one lane draws, as columns that are used again for every lane: no object per run. */
interface BarBuffer {
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

const bars = createBarBuffer();

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
      drawClass(ctx, scene, kind);
    }
  }
  drawResources(ctx, scene);
  drawInside(ctx, scene);
  drawGhosts(ctx, scene, lane, packed, subLanes, laneTop);
}

/** Computes where everything of a lane lies, into `bars`. */
function placeBars(scene: Scene, lane: number, packed: PackedLane, subLanes: number, laneTop: number): void {
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

function drawClass(ctx: CanvasRenderingContext2D, scene: Scene, kind: number): void {
  const { rows, palette, layout } = scene;
  const height = layout.sizes.bar;
  ctx.fillStyle = palette.fill[kind]!;
  ctx.beginPath();
  let round = false;
  for (let at = 0; at < bars.count; at++) {
    const width = bars.width[at]!;
    if (width === 0 || rows.classes[rows.order[bars.places[at]!]!] !== kind) {
      continue;
    }
    const x = bars.x[at]!;
    const y = bars.y[at]!;
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

/** A dotted line from one attempt to the next, with the retry's mark over it. */
function drawLinks(
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

/** CPU (else memory) over the life of a run, as a translucent hill in its bar. */
function drawResources(ctx: CanvasRenderingContext2D, scene: Scene): void {
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
    ctx.fillStyle = palette.shade[rows.classes[row]!]!;
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
function drawInside(ctx: CanvasRenderingContext2D, scene: Scene): void {
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
    const color = palette.onFill[kind]!;
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

/** What did not happen, or has not yet: dashed boxes. */
function drawGhosts(
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
