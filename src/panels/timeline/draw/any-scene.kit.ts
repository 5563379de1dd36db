import { createTheme } from '@grafana/data';
import type { LaneSummary } from '../../../frames/lane-summary';
import type { StripColumns } from '../../../frames/strip-columns';
import { packLane, type PackedLane } from '../lanes/lane-pack';
import { laneCount, type LaneRows } from '../lanes/lane-rows';
import { planPyramids } from '../lanes/state-mask';
import { ALL_CLASSES } from '../run-class';
import { laneShapes } from './lane-shapes';
import { layoutLanes, type Density } from './layout';
import { paletteOf, visiblePixels } from './palette';
import type { RunColors } from './run-colors';
import type { Scene } from './scene';
import { timeScale } from '../time-scale';

/** A whole scene around some rows, for tests. */
export function sceneOf(
  rows: LaneRows,
  view: {
    from: number;
    to: number;
    width: number;
    now: number;
    silent?: boolean;
    facts?: ReadonlyMap<string, LaneSummary>;
    strips?: StripColumns;
    density?: Density;
    most?: number;
    colors?: RunColors;
  }
): Scene {
  const known = new Map<number, PackedLane>();
  const facts = (lane: number): LaneSummary | undefined => view.facts?.get(rows.names[lane]!);
  const packed = (lane: number): PackedLane => {
    const found =
      known.get(lane) ??
      packLane(rows, lane, { at: facts(lane)?.missed ?? [], length: facts(lane)?.usualDuration ?? 0 });
    known.set(lane, found);
    return found;
  };
  const scale = timeScale(view.from, view.to, view.width);
  const order = rows.names.map((_, lane) => lane).filter((lane) => laneCount(rows, lane) > 0);
  const density = view.density ?? 'normal';
  const none = new Set<string>();
  const shapes = laneShapes(rows, order, packed, scale, {
    density,
    collapsed: none,
    expanded: none,
    most: view.most ?? 100,
  });
  const palette = paletteOf(createTheme(), undefined);
  const layout = layoutLanes(shapes, density, 400);
  return {
    rows,
    pyramids: planPyramids(rows, view.from, view.to),
    packed,
    facts,
    strips: view.strips,
    layout,
    scrollTop: 0,
    viewHeight: layout.height,
    scale,
    now: view.now,
    showNow: true,
    silent: view.silent ?? false,
    visible: ALL_CLASSES,
    palette,
    colors: view.colors ?? { by: 'state' },
    pixels: visiblePixels(palette, ALL_CLASSES),
    dpr: 1,
    focused: undefined,
    hovered: undefined,
    words: {
      exit: (code) => `exit ${code}`,
      oom: 'OOM',
      missed: (at) => `missed ${at}`,
      now: (at) => `now ${at}`,
      asOf: (at) => `as of ${at}`,
    },
  };
}
