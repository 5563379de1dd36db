import { packLanes } from '../../../analysis/pack';
import { factOf } from '../../../frames/run-columns';
import type { DurationMs, EpochMs } from '../../../model/units';
import type { LaneRows } from './lane-rows';

/** Where the runs of one lane are drawn so that none hides another. Arrays go by place − first place of the lane. */
export interface PackedLane {
  /** How many sub-lanes the lane needs. */
  subLanes: number;
  subLane: Uint16Array | Uint32Array;
  /** Places by sub-lane, each sub-lane in order of begin: `bySub[subFirst[s]]` up to `bySub[subFirst[s + 1]]`. */
  bySub: Uint32Array;
  subFirst: Uint32Array;
  /** Place of the attempt before this one, on the same sub-lane; -1: none. `undefined` where the lane has no retries. */
  previous: Int32Array | undefined;
  /** Sub-lane of each instant at which an expected run is missing. */
  missed: Uint32Array;
}

export interface MissedRuns {
  at: readonly EpochMs[];
  /** How long a run usually is: the width of the empty box. */
  length: DurationMs;
}

/**
 * Packs one lane. The attempts of a run are one piece from the first one's begin to the last one's end, so that they
 * share a line and nothing lies on the link between them. Missing runs take room as well.
 */
export function packLane(rows: LaneRows, lane: number, missed: MissedRuns): PackedLane {
  const first = rows.first[lane]!;
  const count = rows.first[lane + 1]! - first;
  const { began, end } = rows.columns;
  const { chain, previous } = chainsOf(rows, lane);
  const pieces = chain ? piecesOf(rows, first, count, chain) : undefined;
  const chains = pieces ? pieces.begin.length : count;
  const extra = missed.at.length;
  const begin = new Float64Array(chains + extra);
  const until = new Float64Array(chains + extra);
  for (let at = 0; at < chains; at++) {
    if (pieces) {
      begin[at] = pieces.begin[at]!;
      until[at] = pieces.end[at]!;
    } else {
      const row = rows.order[first + at]!;
      begin[at] = began[row]!;
      until[at] = end[row]! === end[row]! ? end[row]! : Infinity;
    }
  }
  missed.at.forEach((at, index) => {
    begin[chains + index] = at;
    until[chains + index] = at + missed.length;
  });
  const order = extra > 0 ? orderOf(begin) : undefined;
  const packing = packLanes(
    order ? Float64Array.from(order, (at) => begin[at]!) : begin,
    order ? Float64Array.from(order, (at) => until[at]!) : until,
    [0, chains + extra]
  );
  const placed = packing.subLane;
  const laneOf = order ? new Uint32Array(placed.length) : placed;
  order?.forEach((at, index) => {
    laneOf[at] = placed[index]!;
  });
  const subLane = chain
    ? Uint32Array.from({ length: count }, (_, at) => laneOf[chain[at]!]!)
    : laneOf.subarray(0, count);
  const subLanes = Math.max(1, packing.subLanes[0] ?? 0);
  return {
    subLanes,
    subLane,
    ...bySubLane(subLane, subLanes, first),
    previous,
    missed: Uint32Array.from(laneOf.subarray(chains)),
  };
}

function orderOf(begin: Float64Array): Uint32Array {
  return Uint32Array.from({ length: begin.length }, (_, at) => at).sort((a, b) => begin[a]! - begin[b]!);
}

function bySubLane(subLane: ArrayLike<number>, subLanes: number, first: number) {
  const subFirst = new Uint32Array(subLanes + 1);
  for (let at = 0; at < subLane.length; at++) {
    subFirst[subLane[at]! + 1]! += 1;
  }
  for (let sub = 0; sub < subLanes; sub++) {
    subFirst[sub + 1]! += subFirst[sub]!;
  }
  const next = subFirst.slice();
  const bySub = new Uint32Array(subLane.length);
  for (let at = 0; at < subLane.length; at++) {
    const sub = subLane[at]!;
    bySub[next[sub]!] = first + at;
    next[sub]! += 1;
  }
  return { bySub, subFirst };
}

/** Which rows of a lane are attempts of the same run. Only lanes with a second attempt pay for looking at ids. */
function chainsOf(rows: LaneRows, lane: number): { chain: Uint32Array | undefined; previous: Int32Array | undefined } {
  const { attempt } = rows.columns;
  const first = rows.first[lane]!;
  const count = rows.first[lane + 1]! - first;
  const none = { chain: undefined, previous: undefined };
  if (!attempt) {
    return none;
  }
  let anyRetry = false;
  for (let at = 0; at < count && !anyRetry; at++) {
    anyRetry = attempt[rows.order[first + at]!]! > 1;
  }
  if (!anyRetry) {
    return none;
  }
  const chain = new Uint32Array(count);
  const previous = new Int32Array(count).fill(-1);
  const lastOf = new Map<string, number>();
  let chains = 0;
  let linked = false;
  for (let at = 0; at < count; at++) {
    const row = rows.order[first + at]!;
    const id = factOf(rows.columns, row, 'runId')?.value;
    const source = factOf(rows.columns, row, 'source')?.value;
    const key = id === undefined ? undefined : `${String(source ?? '')}\n${String(id)}`;
    const before = key === undefined ? undefined : lastOf.get(key);
    if (before !== undefined && follows(rows, first + before, first + at)) {
      chain[at] = chain[before]!;
      previous[at] = first + before;
      linked = true;
    } else {
      chain[at] = chains;
      chains += 1;
    }
    if (key !== undefined) {
      lastOf.set(key, at);
    }
  }
  return linked ? { chain, previous } : none;
}

/** A later attempt that begins after the earlier one ended. Attempts that overlap are drawn as two runs. */
function follows(rows: LaneRows, before: number, after: number): boolean {
  const { attempt, end, began } = rows.columns;
  const a = rows.order[before]!;
  const b = rows.order[after]!;
  return attempt![b]! > attempt![a]! && end[a]! <= Math.max(began[b]!, rows.columns.start[b]!);
}

function piecesOf(rows: LaneRows, first: number, count: number, chain: Uint32Array) {
  let pieces = 0;
  for (let at = 0; at < count; at++) {
    pieces = Math.max(pieces, chain[at]! + 1);
  }
  const begin = new Float64Array(pieces).fill(Infinity);
  const end = new Float64Array(pieces).fill(-Infinity);
  for (let at = 0; at < count; at++) {
    const row = rows.order[first + at]!;
    const piece = chain[at]!;
    begin[piece] = Math.min(begin[piece]!, rows.columns.began[row]!);
    const until = rows.columns.end[row]!;
    end[piece] = Math.max(end[piece]!, until === until ? until : Infinity);
  }
  return { begin, end };
}

/** When a retry's wait begins: an attempt may be queued before the one it follows has ended, but is not drawn there. */
export function whiskerFrom(rows: LaneRows, packed: PackedLane, lane: number, place: number): EpochMs {
  const row = rows.order[place]!;
  const before = packed.previous ? packed.previous[place - rows.first[lane]!]! : -1;
  const began = rows.columns.began[row]!;
  return before < 0 ? began : Math.max(began, rows.columns.end[rows.order[before]!]!);
}
