import type { LaneFacts } from '../../frames/lane-facts';
import { laneCount, type LaneRows } from './lane-rows';
import { FAILED, LOST } from './run-class';

export const LANE_SORTS = ['trouble', 'name', 'runs', 'longest', 'newest'] as const;
export type LaneSort = (typeof LANE_SORTS)[number];

/**
 * How much a lane needs a person, 0–100: what its health lacks, where that is known, else the share of its runs that
 * failed or were lost.
 */
export function laneTrouble(rows: LaneRows, lane: number, facts: LaneFacts | undefined): number {
  if (facts?.health !== undefined) {
    return 100 - facts.health;
  }
  const all = laneCount(rows, lane);
  return all === 0 ? 0 : (100 * (laneCount(rows, lane, FAILED) + laneCount(rows, lane, LOST))) / all;
}

/** Lanes that have runs (or are known to the source), in the wanted order; names break ties. */
export function orderLanes(
  rows: LaneRows,
  facts: ReadonlyMap<string, LaneFacts>,
  sort: LaneSort,
  keepEmpty: boolean
): number[] {
  const lanes = rows.names
    .map((_, lane) => lane)
    .filter(
      (lane) => laneCount(rows, lane) > 0 || (keepEmpty && (facts.get(rows.names[lane]!)?.missed.length ?? 0) > 0)
    );
  const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  const name = (a: number, b: number): number => byName.compare(rows.names[a]!, rows.names[b]!);
  const most = (value: (lane: number) => number): number[] => {
    const values = new Map(lanes.map((lane) => [lane, value(lane)]));
    return lanes.sort((a, b) => values.get(b)! - values.get(a)! || name(a, b));
  };
  switch (sort) {
    case 'name':
      return lanes.sort(name);
    case 'runs':
      return most((lane) => laneCount(rows, lane));
    case 'longest':
      return most((lane) => rows.longest[lane]!);
    case 'newest':
      return most((lane) => rows.newest[lane]!);
    case 'trouble':
      return most((lane) => {
        const trouble = laneTrouble(rows, lane, facts.get(rows.names[lane]!));
        const failed = laneCount(rows, lane, FAILED) + laneCount(rows, lane, LOST);
        // Whole points first, so that a lane does not jump for a tenth; then how many failed.
        return Math.round(trouble) * 1e9 + failed;
      });
  }
}
