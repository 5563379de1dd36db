import type { PackedLane } from '../lanes/lane-pack';
import { placesAlive, type LaneRows } from '../lanes/lane-rows';
import { MOST_BARS } from './bar-buffer';
import type { Density, LaneShape } from './layout';
import type { TimeScale } from '../time-scale';

const found = new Uint32Array(MOST_BARS);

/**
 * How many sub-lanes each lane shows in this view: what its runs in view need, at most `most`; none where it is
 * collapsed, or where runs lie so close that bars would say less than the strip.
 */
export function laneShapes(
  rows: LaneRows,
  order: readonly number[],
  packed: (lane: number) => PackedLane,
  scale: TimeScale,
  view: { density: Density; collapsed: ReadonlySet<string>; expanded: ReadonlySet<string>; most: number }
): LaneShape[] {
  return order.map((lane) => {
    const name = rows.names[lane]!;
    if (rows.merged[lane] || view.density === 'fit' || view.collapsed.has(name)) {
      return { lane, subLanes: 0, needed: 0 };
    }
    const alive = placesAlive(rows, lane, scale.from, scale.to, found);
    if (alive > found.length) {
      return { lane, subLanes: 0, needed: 0 };
    }
    const { subLane, missed } = packed(lane);
    const first = rows.first[lane]!;
    let subLanes = 1;
    for (let at = 0; at < alive; at++) {
      subLanes = Math.max(subLanes, subLane[found[at]! - first]! + 1);
    }
    for (const sub of missed) {
      subLanes = Math.max(subLanes, sub + 1);
    }
    if (alive / subLanes > Math.max(60, scale.width / CROWDED)) {
      return { lane, subLanes: 0, needed: 0 };
    }
    return { lane, subLanes: view.expanded.has(name) ? subLanes : Math.min(subLanes, view.most), needed: subLanes };
  });
}

/** Fewer pixels than this for each run of a sub-lane, on average, is too crowded. */
const CROWDED = 2.5;
