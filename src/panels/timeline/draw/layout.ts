import { firstPlace } from '../../../model/first-place';
import type { CssPixels } from '../../../model/units';

/** How much room a lane gets: `fit` shrinks every lane to a strip so that all are seen at once. */
export type Density = 'normal' | 'compact' | 'fit';

export interface LaneSizes {
  bar: CssPixels;
  gap: CssPixels;
  strip: CssPixels;
  /** Strip of a lane that shows nothing else. */
  stripAlone: CssPixels;
  padTop: CssPixels;
  /** Between strip and the first sub-lane. */
  padStrip: CssPixels;
  padBottom: CssPixels;
  /** A lane with sub-lanes is at least this high, for the two lines of its label. */
  least: CssPixels;
  /** A collapsed lane. */
  collapsed: CssPixels;
}

export const LANE_SIZES: Readonly<Record<'normal' | 'compact', LaneSizes>> = {
  normal: { bar: 16, gap: 4, strip: 8, stripAlone: 12, padTop: 5, padStrip: 5, padBottom: 9, least: 46, collapsed: 28 },
  compact: { bar: 8, gap: 2, strip: 6, stripAlone: 8, padTop: 4, padStrip: 3, padBottom: 4, least: 24, collapsed: 20 },
};

/** What layout needs to know of a lane. */
export interface LaneShape {
  /** Index into `LaneRows.names`. */
  lane: number;
  /** 0: the strip alone. */
  subLanes: number;
  /** Sub-lanes that its runs in view need; what goes beyond `subLanes` shares the last one. */
  needed: number;
}

export interface Layout {
  readonly sizes: LaneSizes;
  readonly shapes: readonly LaneShape[];
  /** Top of each lane from the top of the first; one more for the end of the last. */
  readonly top: Float64Array;
  readonly height: CssPixels;
}

/** Places lanes below each other. With `fit`, `room` is the height they must share (2 px each at least). */
export function layoutLanes(shapes: readonly LaneShape[], density: Density, room: CssPixels): Layout {
  const top = new Float64Array(shapes.length + 1);
  if (density === 'fit') {
    const each = Math.max(2, Math.min(28, room / Math.max(1, shapes.length)));
    const strip = Math.max(1, Math.floor(each) - (each > 6 ? 4 : 1));
    const sizes = { ...LANE_SIZES.compact, stripAlone: strip, padTop: (each - strip) / 2, collapsed: each };
    shapes.forEach((_, at) => {
      // Whole pixels, so that strips stay sharp; together they fill the room.
      top[at + 1] = Math.round((at + 1) * each);
    });
    return { sizes, shapes: shapes.map((shape) => ({ ...shape, subLanes: 0 })), top, height: top[shapes.length]! };
  }
  const sizes = LANE_SIZES[density];
  shapes.forEach((shape, at) => {
    top[at + 1] = top[at]! + laneHeight(sizes, shape.subLanes);
  });
  return { sizes, shapes, top, height: top[shapes.length]! };
}

function laneHeight(sizes: LaneSizes, subLanes: number): CssPixels {
  if (subLanes === 0) {
    return sizes.collapsed;
  }
  const { padTop, strip, padStrip, bar, gap, padBottom, least } = sizes;
  return Math.max(least, padTop + strip + padStrip + subLanes * (bar + gap) - gap + padBottom);
}

/** Top of a sub-lane's bars, from the top of its lane. */
export function subLaneTop(sizes: LaneSizes, subLane: number): CssPixels {
  return sizes.padTop + sizes.strip + sizes.padStrip + subLane * (sizes.bar + sizes.gap);
}

/** The lanes that touch `[from, to)`, as a half-open range of places in `shapes`. */
export function lanesBetween(layout: Layout, from: CssPixels, to: CssPixels): { first: number; last: number } {
  return {
    first: Math.max(0, laneAt(layout, from)),
    last: Math.min(layout.shapes.length, laneAt(layout, to - 0.01) + 1),
  };
}

/** Place in `shapes` of the lane at a height; -1 above the first, the last one below it. */
export function laneAt(layout: Layout, y: CssPixels): number {
  return firstPlace(0, layout.shapes.length, (place) => layout.top[place]! > y) - 1;
}

/** The sub-lane at a height within a lane; -1 on the strip, and between sub-lanes the nearer one. */
export function subLaneAt(sizes: LaneSizes, shape: LaneShape, y: CssPixels): number {
  const offset = y - subLaneTop(sizes, 0) + sizes.gap / 2;
  if (shape.subLanes === 0 || offset < 0) {
    return -1;
  }
  return Math.min(shape.subLanes - 1, Math.floor(offset / (sizes.bar + sizes.gap)));
}
