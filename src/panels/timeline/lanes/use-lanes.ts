import { useMemo } from 'react';
import { groupKeys, type LaneKey } from '../../../frames/group-keys';
import type { Reading } from '../../../frames/run-columns';
import type { EpochMs } from '../../../model/units';
import { countsByClass, RUN_CLASSES } from '../run-class';
import { orderLanes, type LaneSort } from './lane-order';
import { packLane, type PackedLane } from './lane-pack';
import { laneRows, type LaneRows } from './lane-rows';
import { searchRows } from './search-rows';
import { planPyramids, type Pyramids } from './state-mask';

export interface Lanes {
  rows: LaneRows;
  pyramids: Pyramids;
  /** Lanes in the wanted order. */
  order: number[];
  packed(lane: number): PackedLane;
  /** Runs per class over all lanes, before anything is hidden: as the sources counted them, unless a search picks some. */
  counts: number[];
  /** Runs per class in the lanes that are here. */
  drawn: number[];
  /** Whether a search left runs out. */
  searched: boolean;
}

/** Everything that depends on data, grouping, search and sort, and on nothing that moves. */
export function useLanes(
  reading: Reading,
  laneBy: LaneKey,
  search: string,
  sort: LaneSort,
  from: EpochMs,
  to: EpochMs
): Lanes {
  const { columns, lanes: facts, told } = reading;
  const keys = useMemo(() => groupKeys(columns, laneBy), [columns, laneBy]);
  const keep = useMemo(() => searchRows(columns, keys, search), [columns, keys, search]);
  const rows = useMemo(() => laneRows(columns, keys, keep, facts), [columns, keys, keep, facts]);
  const pyramids = useMemo(() => {
    const span = Math.max(1, to - from);
    const first = Math.max(rows.from, from - span);
    const last = Math.min(rows.to, to + span);
    return first < last ? planPyramids(rows, first, last) : planPyramids(rows, from, to);
    // A range that only slides keeps its pyramids: they reach a span beyond it on both sides.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [rows]);
  const order = useMemo(() => orderLanes(rows, facts, sort, search === ''), [rows, facts, sort, search]);
  const packed = useMemo(() => {
    const known = new Map<number, PackedLane>();
    return (lane: number): PackedLane => {
      let found = known.get(lane);
      if (!found) {
        const fact = facts.get(rows.names[lane]!);
        found = packLane(rows, lane, { at: fact?.missed ?? [], length: fact?.usualDuration ?? 0 });
        known.set(lane, found);
      }
      return found;
    };
  }, [rows, facts]);
  const drawn = useMemo(() => {
    const sum = RUN_CLASSES.map(() => 0);
    rows.counts.forEach((count, at) => {
      sum[at % RUN_CLASSES.length]! += count;
    });
    return sum;
  }, [rows]);
  const counts = useMemo(() => (told && !keep ? countsByClass(told.counts, told.lost) : drawn), [told, keep, drawn]);
  const searched = keep !== undefined;
  return useMemo(
    () => ({ rows, pyramids, order, packed, counts, drawn, searched }),
    [rows, pyramids, order, packed, counts, drawn, searched]
  );
}
