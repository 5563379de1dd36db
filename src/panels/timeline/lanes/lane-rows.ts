import type { GroupKeys } from '../../../frames/group-keys';
import type { LaneSummary } from '../../../frames/lane-summary';
import type { RunColumns } from '../../../frames/run-columns';
import { firstPlace } from '../../../model/first-place';
import type { EpochMs } from '../../../model/units';
import { classesOf, RUN_CLASSES, RUNNING } from '../run-class';
import { mergedLaneCounts, stretchesOf, type Stretches } from './stretches';

/** Rows in a block of the search index. */
const BLOCK = 64;

/**
 * Rows by lane and, within a lane, by when they began; made once per data and grouping. A *place* is an index into
 * `order`. All per-row arrays stay where the frame has them.
 */
export interface LaneRows {
  readonly columns: RunColumns;
  readonly names: string[];
  /** Per row: `RUN_CLASSES`. */
  readonly classes: Uint8Array;
  /** Lane `l` holds the places `first[l]` up to, not including, `first[l + 1]`. */
  readonly first: Uint32Array;
  /** Place → row. */
  readonly order: Uint32Array;
  /** Per lane: 1 where rows are stretches of merged runs. */
  readonly merged: Uint8Array;
  /** Of merged lanes' rows, by row; `undefined` where all rows are runs. */
  readonly stretches: Stretches | undefined;
  /** Runs per lane and class: `counts[lane * RUN_CLASSES.length + class]`. */
  readonly counts: Float64Array;
  /** Per lane: since when something runs or waits without an end; `Infinity` if nothing. */
  readonly runningSince: Float64Array;
  readonly pendingSince: Float64Array;
  /** Per lane: the newest begin and the longest closed run; of a merged lane as far as the source tells them. */
  readonly newest: Float64Array;
  readonly longest: Float64Array;
  /** Per lane, made when it is first searched: the largest end in each block of its places. */
  readonly blockEnds: Array<Float64Array | undefined>;
  /** Earliest begin and latest known instant of all rows. */
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * Groups rows into lanes. `keep`, where given, holds 1 for the rows that are wanted; lanes without any keep their place
 * with no rows. `facts` are what the source says of lanes: how many runs a merged lane holds can be known from there
 * alone, because a run touches any number of stretches.
 */
export function laneRows(
  columns: RunColumns,
  keys: GroupKeys,
  keep?: Uint8Array,
  facts?: ReadonlyMap<string, LaneSummary>
): LaneRows {
  const { began, start, end, length } = columns;
  const lanes = keys.names.length;
  const classes = classesOf(columns.state, columns.lost, columns.retried);
  const stretches = stretchesOf(columns, classes);
  const merged = new Uint8Array(lanes);
  const kinds = RUN_CLASSES.length;
  const counts = new Float64Array(lanes * kinds);
  const size = new Uint32Array(lanes + 1);
  const runningSince = new Float64Array(lanes).fill(Infinity);
  const pendingSince = new Float64Array(lanes).fill(Infinity);
  const newest = new Float64Array(lanes).fill(-Infinity);
  const longest = new Float64Array(lanes);
  let from = Infinity;
  let to = -Infinity;
  // Sources give rows by time, or lane after lane by time: in both cases nothing is left to sort.
  let sorted = true;
  let grouped = true;
  let before = 0;
  for (let row = 0; row < length; row++) {
    const at = began[row]!;
    if (at !== at || (keep && keep[row] === 0)) {
      continue;
    }
    const lane = keys.index[row]!;
    const kind = classes[row]!;
    size[lane + 1]! += 1;
    grouped &&= lane >= before;
    before = lane;
    if (stretches && stretches.counts.runs[row]! > 0) {
      merged[lane] = 1;
    } else {
      counts[lane * kinds + kind]! += 1;
    }
    if (at >= newest[lane]!) {
      newest[lane] = at;
    } else {
      sorted = false;
    }
    if (at < from) {
      from = at;
    }
    const until = end[row]!;
    if (until !== until) {
      const since = start[row]! === start[row]! ? start[row]! : at;
      const open = kind === RUNNING ? runningSince : pendingSince;
      if (since < open[lane]!) {
        open[lane] = since;
      }
      if (since > to) {
        to = since;
      }
    } else {
      const ran = until - start[row]!;
      if (ran > longest[lane]!) {
        longest[lane] = ran;
      }
      if (until > to) {
        to = until;
      }
    }
  }
  if (stretches) {
    for (let lane = 0; lane < lanes; lane++) {
      if (merged[lane]) {
        const fact = facts?.get(keys.names[lane]!);
        counts.set(mergedLaneCounts(fact, stretches, keys, lane), lane * kinds);
        newest[lane] = fact?.lastBegan ?? newest[lane]!;
        longest[lane] = fact?.usualDurationHigh ?? 0;
      }
    }
  }
  const first = size;
  for (let lane = 0; lane < lanes; lane++) {
    first[lane + 1]! += first[lane]!;
  }
  const inPlace = sorted && grouped && first[lanes] === length;
  const order = inPlace ? counting(length) : orderByLane(columns, keys, keep, first, sorted);
  return {
    columns, names: keys.names, classes, first, order, merged, stretches, counts, runningSince, pendingSince, newest, longest, blockEnds: [], from, to,
  }; // prettier-ignore
}

/** 0, 1, 2, …: rows that came lane after lane are where they belong. */
function counting(length: number): Uint32Array {
  const rows = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    rows[row] = row;
  }
  return rows;
}

function orderByLane(
  { began, length }: RunColumns,
  keys: GroupKeys,
  keep: Uint8Array | undefined,
  first: Uint32Array,
  sorted: boolean
): Uint32Array {
  const next = first.slice();
  const order = new Uint32Array(first[first.length - 1]!);
  const byTime = sorted ? undefined : rowsByTime(began);
  for (let at = 0; at < length; at++) {
    const row = byTime ? byTime[at]! : at;
    if (began[row] === began[row] && (!keep || keep[row] !== 0)) {
      const lane = keys.index[row]!;
      order[next[lane]!] = row;
      next[lane]! += 1;
    }
  }
  return order;
}

/**
 * All rows by when they began: a radix sort of whole milliseconds since the first (coarser where they span more than 49
 * days), three passes of 11 bits, then an insertion pass for the fractions.
 */
function rowsByTime(began: Float64Array): Uint32Array {
  const length = began.length;
  let least = Infinity;
  let most = -Infinity;
  for (let row = 0; row < length; row++) {
    const at = began[row]!;
    if (at < least) {
      least = at;
    }
    if (at > most) {
      most = at;
    }
  }
  const perUnit = 1 / Math.max(1, (most - least) / (2 ** 32 - 2));
  const key = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    const at = began[row]!;
    key[row] = at === at ? (at - least) * perUnit : 0xffffffff;
  }
  let rows: Uint32Array = counting(length);
  let other: Uint32Array = new Uint32Array(length);
  for (let shift = 0; shift < 33; shift += 11) {
    const starts = new Uint32Array(2049);
    for (let at = 0; at < length; at++) {
      starts[((key[at]! >>> shift) & 2047) + 1]! += 1;
    }
    for (let digit = 0; digit < 2048; digit++) {
      starts[digit + 1]! += starts[digit]!;
    }
    for (let at = 0; at < length; at++) {
      const row = rows[at]!;
      const digit = (key[row]! >>> shift) & 2047;
      other[starts[digit]!] = row;
      starts[digit]! += 1;
    }
    [rows, other] = [other, rows];
  }
  for (let at = 1; at < length; at++) {
    const row = rows[at]!;
    const time = began[row]!;
    let place = at;
    while (place > 0 && began[rows[place - 1]!]! > time) {
      rows[place] = rows[place - 1]!;
      place -= 1;
    }
    rows[place] = row;
  }
  return rows;
}

function blockEndsOf(rows: LaneRows, lane: number): Float64Array {
  const known = rows.blockEnds[lane];
  if (known) {
    return known;
  }
  const { end } = rows.columns;
  const first = rows.first[lane]!;
  const last = rows.first[lane + 1]!;
  const ends = new Float64Array(Math.ceil((last - first) / BLOCK)).fill(-Infinity);
  for (let place = first; place < last; place++) {
    const at = end[rows.order[place]!]!;
    const until = at === at ? at : Infinity;
    const block = Math.floor((place - first) / BLOCK);
    if (until > ends[block]!) {
      ends[block] = until;
    }
  }
  rows.blockEnds[lane] = ends;
  return ends;
}

/** Where the block of a place ends, in a lane whose first place is `first`. */
export function blockAfter(first: number, place: number): number {
  return first + (Math.floor((place - first) / BLOCK) + 1) * BLOCK;
}

/** The first place from `place` on, before `last`, whose block holds a run that ends at or after `from`; else `last`. */
export function firstAlive(rows: LaneRows, lane: number, from: EpochMs, place: number, last: number): number {
  // What begins within the window needs no search.
  if (place >= last || rows.columns.began[rows.order[place]!]! >= from) {
    return place;
  }
  const first = rows.first[lane]!;
  const ends = blockEndsOf(rows, lane);
  let at = place;
  while (at < last && ends[Math.floor((at - first) / BLOCK)]! < from) {
    at = blockAfter(first, at);
  }
  return Math.min(at, last);
}

/** First place of a lane whose run begins at or after an instant. */
export function lowerPlace(rows: LaneRows, lane: number, at: EpochMs): number {
  const { began } = rows.columns;
  return firstPlace(rows.first[lane]!, rows.first[lane + 1]!, (place) => !(began[rows.order[place]!]! < at));
}

/**
 * Writes the places of a lane's runs that are alive in `[from, to)` into `into`, in order of begin, and returns how
 * many there are: at most `into.length`; one more when there were more. Whole blocks that ended before are skipped, so
 * a run that lasts for ever does not make the search walk everything after it.
 */
export function placesAlive(rows: LaneRows, lane: number, from: EpochMs, to: EpochMs, into: Uint32Array): number {
  const { end } = rows.columns;
  const { order } = rows;
  const first = rows.first[lane]!;
  const last = lowerPlace(rows, lane, to);
  let count = 0;
  let place = firstAlive(rows, lane, from, first, last);
  while (place < last) {
    const stop = Math.min(last, blockAfter(first, place));
    for (; place < stop; place++) {
      if (!(end[order[place]!]! < from)) {
        if (count === into.length) {
          return count + 1;
        }
        into[count] = place;
        count += 1;
      }
    }
    place = firstAlive(rows, lane, from, place, last);
  }
  return count;
}

/** Runs of a lane in a class, or in all. */
export function laneCount(rows: LaneRows, lane: number, kind?: number): number {
  const kinds = RUN_CLASSES.length;
  if (kind !== undefined) {
    return rows.counts[lane * kinds + kind]!;
  }
  let sum = 0;
  for (let at = 0; at < kinds; at++) {
    sum += rows.counts[lane * kinds + at]!;
  }
  return sum;
}
