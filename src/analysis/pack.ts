/** Where each run of a lane is drawn so that none covers another. */
export interface Packing {
  /** Per run, in the order of the input: its sub-lane, counted from 0 at the top of its own lane. */
  subLane: Uint16Array | Uint32Array;
  /** Per lane: how many sub-lanes it needs; 0 where it has no runs. This is the lane's largest concurrency. */
  subLanes: Uint32Array;
}

/**
 * Packs the runs of each lane into the fewest sub-lanes: greedy interval partitioning, which is optimal when intervals
 * come in order of their begin (Kleinberg, Tardos: Algorithm Design, §4.1). A run takes the lowest free sub-lane, so
 * that the first sub-lanes are the full ones and pictures stay still while time goes on.
 *
 * - `begin`, `end`: epoch ms per run, sorted by lane and, within a lane, by `begin`. `end` is exclusive; an `end` of
 *   `Infinity` is open. Runs that touch (`end[i] === begin[j]`) share a sub-lane; an instant (`end <= begin`) takes room
 *   at its begin only.
 * - `laneStart`: lane `l` holds the runs `laneStart[l]` up to, not including, `laneStart[l + 1]`; its length is the number
 *   of lanes plus one.
 *
 * Costs O(n log k), k being the largest concurrency of a lane.
 */
export function packLanes(begin: Float64Array, end: Float64Array, laneStart: ArrayLike<number>): Packing {
  const lanes = Math.max(0, laneStart.length - 1);
  const subLanes = new Uint32Array(lanes);
  const subLane = new Uint32Array(begin.length);
  let most = 0;
  const busy = new BusySubLanes();
  const free = new FreeSubLanes();
  for (let lane = 0; lane < lanes; lane++) {
    busy.clear();
    free.clear();
    let used = 0;
    const last = laneStart[lane + 1] ?? 0;
    for (let run = laneStart[lane] ?? 0; run < last; run++) {
      const from = begin[run] ?? 0;
      while (busy.size > 0 && busy.earliestEnd() <= from) {
        free.push(busy.pop());
      }
      const place = free.size > 0 ? free.pop() : used++;
      subLane[run] = place;
      const to = end[run] ?? from;
      // An instant still hides what begins at the very same moment, so it keeps its place for that moment.
      busy.push(to > from ? to : nextAfter(from), place);
    }
    subLanes[lane] = used;
    most = Math.max(most, used);
  }
  return { subLane: most <= 0x10000 ? Uint16Array.from(subLane) : subLane, subLanes };
}

/** The next larger number of a double: the shortest time there is. */
function nextAfter(value: number): number {
  const step = Math.max(Number.MIN_VALUE, Math.abs(value) * Number.EPSILON);
  return value + step;
}

/** A binary heap of (end, sub-lane), earliest end first. */
class BusySubLanes {
  private ends: number[] = [];
  private places: number[] = [];

  get size(): number {
    return this.ends.length;
  }

  clear(): void {
    this.ends.length = 0;
    this.places.length = 0;
  }

  earliestEnd(): number {
    return this.ends[0] ?? Infinity;
  }

  push(end: number, place: number): void {
    const { ends, places } = this;
    let at = ends.length;
    ends.push(end);
    places.push(place);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentEnd = ends[parent] ?? 0;
      if (parentEnd <= end) {
        break;
      }
      ends[at] = parentEnd;
      places[at] = places[parent] ?? 0;
      at = parent;
    }
    ends[at] = end;
    places[at] = place;
  }

  /** Takes the earliest out and returns its sub-lane. */
  pop(): number {
    const { ends, places } = this;
    const result = places[0] ?? 0;
    const end = ends.pop() ?? 0;
    const place = places.pop() ?? 0;
    const size = ends.length;
    if (size > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= size) {
          break;
        }
        if (child + 1 < size && (ends[child + 1] ?? 0) < (ends[child] ?? 0)) {
          child += 1;
        }
        const childEnd = ends[child] ?? 0;
        if (childEnd >= end) {
          break;
        }
        ends[at] = childEnd;
        places[at] = places[child] ?? 0;
        at = child;
      }
      ends[at] = end;
      places[at] = place;
    }
    return result;
  }
}

/** A binary heap of sub-lanes, lowest first. */
class FreeSubLanes {
  private places: number[] = [];

  get size(): number {
    return this.places.length;
  }

  clear(): void {
    this.places.length = 0;
  }

  push(place: number): void {
    const { places } = this;
    let at = places.length;
    places.push(place);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentPlace = places[parent] ?? 0;
      if (parentPlace <= place) {
        break;
      }
      places[at] = parentPlace;
      at = parent;
    }
    places[at] = place;
  }

  pop(): number {
    const { places } = this;
    const result = places[0] ?? 0;
    const place = places.pop() ?? 0;
    const size = places.length;
    if (size > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= size) {
          break;
        }
        if (child + 1 < size && (places[child + 1] ?? 0) < (places[child] ?? 0)) {
          child += 1;
        }
        const childPlace = places[child] ?? 0;
        if (childPlace >= place) {
          break;
        }
        places[at] = childPlace;
        at = child;
      }
      places[at] = place;
    }
    return result;
  }
}
