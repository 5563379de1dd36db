import { paintMasks } from '../lanes/state-mask';
import { RUN_CLASSES, TROUBLE_CLASSES } from '../run-class';
import { lanesBetween } from './layout';
import { TINTED } from './run-colors';
import type { Scene } from './scene';

/** A canvas of its own, one pixel row per lane: it is scaled up when it is drawn, which costs far less than rectangles. */
export interface ColumnBuffer {
  canvas: HTMLCanvasElement | OffscreenCanvas;
  ctx: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  image: ImageData | undefined;
  masks: Uint8Array;
}

export function createColumnBuffer(): ColumnBuffer | undefined {
  const canvas = document.createElement('canvas');
  const ctx = canvas.getContext('2d', { willReadFrequently: false });
  return ctx ? { canvas, ctx, image: undefined, masks: new Uint8Array(0) } : undefined;
}

/**
 * The density strips of the visible lanes: per device pixel the worst state of the whole lane. Columns that need a
 * person take the strip's full height, quiet ones leave a margin, so that trouble is told by shape as well as by colour.
 */
export function drawStrips(ctx: CanvasRenderingContext2D, scene: Scene, buffer: ColumnBuffer): void {
  const { layout, scale, dpr } = scene;
  const { first, last } = lanesBetween(layout, scene.scrollTop, scene.scrollTop + scene.viewHeight);
  const lanes = last - first;
  if (lanes <= 0) {
    return;
  }
  const columns = Math.max(1, Math.round(scale.width * dpr));
  const image = imageOf(buffer, columns, lanes * 2);
  const pixels = new Uint32Array(image.data.buffer);
  const { masks } = buffer;
  const quiet = scene.visible & ~TROUBLE_CLASSES;
  const loud = scene.visible & TROUBLE_CLASSES;
  for (let at = 0; at < lanes; at++) {
    const lane = layout.shapes[first + at]!.lane;
    paintMasks(scene.rows, scene.pyramids, lane, scale, columns, scene.now, masks);
    const quietRow = at * 2 * columns;
    const loudRow = quietRow + columns;
    const colors = scene.colors.by === 'lane' ? tinted(scene.pixels, scene.colors.ofLane(lane).pixel) : scene.pixels;
    for (let column = 0; column < columns; column++) {
      const mask = masks[column]!;
      const trouble = mask & loud;
      pixels[quietRow + column] = trouble ? 0 : colors[mask & quiet]!;
      pixels[loudRow + column] = scene.pixels[trouble]!;
    }
  }
  buffer.ctx.putImageData(image, 0, 0, 0, 0, columns, lanes * 2);
  ctx.imageSmoothingEnabled = false;
  for (let at = 0; at < lanes; at++) {
    const shape = layout.shapes[first + at]!;
    const alone = shape.subLanes === 0;
    const height = alone ? layout.sizes.stripAlone : layout.sizes.strip;
    const pad = alone ? Math.max(0, (layout.sizes.collapsed - height) / 2) : layout.sizes.padTop;
    const y = Math.round(layout.top[first + at]! - scene.scrollTop + pad);
    const margin = height >= 8 ? 1 : 0;
    ctx.drawImage(buffer.canvas, 0, at * 2, columns, 1, 0, y + margin, scale.width, Math.max(1, height - 2 * margin));
    ctx.drawImage(buffer.canvas, 0, at * 2 + 1, columns, 1, 0, y, scale.width, Math.max(1, height));
  }
}

const lanePixels = new Uint32Array(1 << RUN_CLASSES.length);

/** The colours of masks in a lane that has its own; overwritten by the next lane's. */
function tinted(pixels: Uint32Array, pixel: number): Uint32Array {
  lanePixels.set(pixels);
  for (let mask = 1; mask < lanePixels.length; mask++) {
    if (TINTED & (1 << (31 - Math.clz32(mask)))) {
      lanePixels[mask] = pixel;
    }
  }
  return lanePixels;
}

function imageOf(buffer: ColumnBuffer, columns: number, rows: number): ImageData {
  if (!buffer.image || buffer.image.width !== columns || buffer.image.height < rows) {
    // A few rows to spare, so that scrolling does not allocate.
    const height = rows + 8;
    buffer.canvas.width = columns;
    buffer.canvas.height = height;
    buffer.image = buffer.ctx.createImageData(columns, height);
    buffer.masks = new Uint8Array(columns);
  }
  return buffer.image;
}
