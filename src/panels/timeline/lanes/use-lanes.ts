import { useMemo } from 'react';
import { groupKeys, type LaneKey } from '../../../frames/group-keys';
import type { Reading } from '../../../frames/run-columns';
import type { EpochMs } from '../../../model/units';
import { ALL_CLASSES, countsByClass, RUN_CLASSES } from '../run-class';
import { orderLanes, type LaneSort } from './lane-order';
import { packLane, type PackedLane } from './lane-pack';
import { laneCount, laneRows, type LaneRows } from './lane-rows';
import { searchRows } from './search-rows';
import { shownRows } from './shown-rows';
import { planPyramids, type Pyramids } from './state-mask';
import { stuckRows } from './stuck-runs';

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
  /** Lanes before anything is hidden. */
  total: number;
  /** Runs that seem stuck. */
  stuck: number;
}

/** What of the data is to be drawn. */
export interface Shown {
  /** A bit per class. */
  visible: number;
  /** Only what seems stuck, judged at `asOf`. */
  onlyStuck: boolean;
  asOf: EpochMs;
}

/** Everything that depends on data, grouping, search and sort, and on nothing that moves. */
export function useLanes(
  reading: Reading,
  laneBy: LaneKey,
  search: string,
  sort: LaneSort,
  from: EpochMs,
  to: EpochMs,
  { visible, onlyStuck, asOf }: Shown
): Lanes {
  const { columns, lanes: facts, told } = reading;
  const keys = useMemo(() => groupKeys(columns, laneBy), [columns, laneBy]);
  const keep = useMemo(() => searchRows(columns, keys, search), [columns, keys, search]);
  const all = useMemo(() => laneRows(columns, keys, keep, facts), [columns, keys, keep, facts]);
  const stuck = useMemo(() => stuckRows(all, facts, asOf), [all, facts, asOf]);
  const only = onlyStuck ? (stuck?.rows ?? NONE) : undefined;
  // What is hidden takes no room: neither a lane nor a line in one.
  const rows = useMemo(() => {
    const drawn = shownRows(all, keep, visible, ALL_CLASSES, only);
    return drawn === keep ? all : laneRows(columns, keys, drawn, facts);
  }, [all, keep, visible, only, columns, keys, facts]);
  const pyramids = useMemo(() => {
    const span = Math.max(1, to - from);
    const first = Math.max(rows.from, from - span);
    const last = Math.min(rows.to, to + span);
    return first < last ? planPyramids(rows, first, last) : planPyramids(rows, from, to);
    // A range that only slides keeps its pyramids: they reach a span beyond it on both sides.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [rows]);
  const whole = useMemo(() => orderLanes(all, facts, sort, search === ''), [all, facts, sort, search]);
  const order = useMemo(
    () => (rows === all ? whole : whole.filter((lane) => holdsShown(rows, lane, visible))),
    [whole, all, rows, visible]
  );
  const total = whole.length;
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
    all.counts.forEach((count, at) => {
      sum[at % RUN_CLASSES.length]! += count;
    });
    return sum;
  }, [all]);
  const counts = useMemo(() => (told && !keep ? countsByClass(told.counts, told.lost) : drawn), [told, keep, drawn]);
  const searched = keep !== undefined;
  return useMemo(
    () => ({ rows, pyramids, order, packed, counts, drawn, searched, total, stuck: stuck?.count ?? 0 }),
    [rows, pyramids, order, packed, counts, drawn, searched, total, stuck]
  );
}

const NONE = new Uint8Array(0);

/** Whether a lane has a run of a class that is shown. */
function holdsShown(rows: LaneRows, lane: number, visible: number): boolean {
  return RUN_CLASSES.some((_, kind) => (visible & (1 << kind)) !== 0 && laneCount(rows, lane, kind) > 0);
}
