import type { LaneSummary } from '../../../frames/lane-summary';
import { byTrouble } from '../../../frames/trouble';
import type { Trouble } from '../../../frames/trouble';
import { FAILED, LOST, RETRIED } from '../run-class';
import { laneCount, type LaneRows } from './lane-rows';

export const LANE_SORTS = ['trouble', 'name', 'runs', 'longest', 'newest'] as const;
export type LaneSort = (typeof LANE_SORTS)[number];

/** What a lane is ordered by: its health where that is known, else its runs that failed or were lost among all of them. */
function laneTrouble(rows: LaneRows, lane: number, facts: LaneSummary | undefined): Trouble {
  return {
    name: rows.names[lane]!,
    score: facts?.health,
    ended: laneCount(rows, lane) - laneCount(rows, lane, RETRIED),
    failed: laneCount(rows, lane, FAILED) + laneCount(rows, lane, LOST),
  };
}

/** Lanes that have runs (or are known to the source), in the wanted order; names break ties. */
export function orderLanes(
  rows: LaneRows,
  facts: ReadonlyMap<string, LaneSummary>,
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
    case 'trouble': {
      const trouble = new Map(lanes.map((lane) => [lane, laneTrouble(rows, lane, facts.get(rows.names[lane]!))]));
      return lanes.sort((a, b) => byTrouble(trouble.get(a)!, trouble.get(b)!));
    }
  }
}
