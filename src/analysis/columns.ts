import type { ColumnStretches } from '../model/answer';
import { LIFECYCLE_STATES, TROUBLE } from '../model/lifecycle';
import type { DurationMs, EpochMs } from '../model/units';

/** Runs as typed columns, sorted by lane. Entry `i` of each array belongs to run `i`. */
export interface RunColumns {
  begin: Float64Array;
  /** When it started to run; `NaN` when it did not (yet). */
  started: Float64Array;
  /** Exclusive; `Infinity` while it goes on. */
  end: Float64Array;
  /** Index into `LIFECYCLE_STATES`. */
  state: Uint8Array;
  /** 1 for a lost run. */
  lost: Uint8Array;
  /** 1 for an attempt that another one of the same run followed. */
  retried: Uint8Array;
  /** Lane `l` holds the runs `laneStart[l]` up to, not including, `laneStart[l + 1]`. */
  laneStart: ArrayLike<number>;
}

/** Equal columns of time: column `c` is `[from + c * step, from + (c + 1) * step)`. */
export interface ColumnGrid {
  from: EpochMs;
  step: DurationMs;
  count: number;
  /** Open runs reach to here, and nothing lies behind it. */
  now: EpochMs;
}

const PENDING = LIFECYCLE_STATES.indexOf('pending');
const FAILED = LIFECYCLE_STATES.indexOf('failed');

/**
 * The layers of a column, least trouble first. The lowest is the past wait of a run that has started since: worth a
 * trace where nothing else is, but no trouble any more.
 */
const LAYERS: ReadonlyArray<{ state: number; retried?: true }> = [
  { state: PENDING },
  ...LIFECYCLE_STATES.map((_, state) => state)
    .sort((a, b) => trouble(a) - trouble(b))
    .flatMap((state) => [
      // A failure that was tried again is less than one that stands, and more than what goes on as it should.
      ...(LIFECYCLE_STATES[state] === 'unknown' ? [{ state: FAILED, retried: true as const }] : []),
      { state },
    ]),
  { state: FAILED },
];
const RETRIED_LAYER = LAYERS.findIndex(({ retried }) => retried);
const LAYER_OF_STATE = LIFECYCLE_STATES.map((_, state) =>
  LAYERS.findIndex((layer, i) => i > 0 && layer.state === state && layer.retried === undefined)
);
const LOST_LAYER = LAYERS.length - 1;

function trouble(state: number): number {
  const name = LIFECYCLE_STATES[state];
  return name === undefined ? 0 : TROUBLE[name];
}

/**
 * The states in every pixel column of every lane, neighbours that hold the same merged into stretches. A run touches
 * every column that its time touches, an instant touches the one it lies in; so no failure is hidden, however many runs
 * share a column and however short it was.
 *
 * Method: difference arrays, +1 where a run's state begins and -1 behind its end, then one running sum per layer
 * (performance: the cost is runs + columns, whatever the length of the runs).
 */
export function worstColumns(runs: RunColumns, grid: ColumnGrid): ColumnStretches {
  const { from, step, count } = grid;
  const width = count + 1;
  const changes = new Int32Array(LAYERS.length * width);
  /** Per layer and column: runs whose part in this layer begins to be seen there. */
  const entered = new Int32Array(LAYERS.length * width);
  const alive = new Int32Array(width);
  const begun = new Int32Array(width);
  const levels = new Int32Array(LAYERS.length);
  const stretches = new Stretches();
  const lastKnown = Math.min(count - 1, Math.ceil((grid.now - from) / step) - 1);

  const columnOf = (at: EpochMs): number => Math.floor((at - from) / step);
  // Where `touch` puts its result: it is called for every run, so it makes no object.
  let first = 0;
  let last = -1;
  const touch = (begin: EpochMs, end: EpochMs): boolean => {
    const until = Math.min(end, grid.now);
    const lasts = until > begin;
    first = Math.max(0, columnOf(begin));
    last = Math.min(lastKnown, lasts ? Math.ceil((until - from) / step) - 1 : columnOf(begin));
    return last >= first && (lasts ? until > from : begin >= from);
  };
  const addTo = (changed: Int32Array, begin: number, end: number): void => {
    changed[begin] = (changed[begin] ?? 0) + 1;
    changed[end + 1] = (changed[end + 1] ?? 0) - 1;
  };
  const countAt = (counted: Int32Array, at: number): void => {
    counted[at] = (counted[at] ?? 0) + 1;
  };

  const lanes = Math.max(0, runs.laneStart.length - 1);
  for (let lane = 0; lane < lanes; lane++) {
    const firstRun = runs.laneStart[lane] ?? 0;
    const lastRun = runs.laneStart[lane + 1] ?? 0;
    if (firstRun === lastRun) {
      continue;
    }
    changes.fill(0);
    entered.fill(0);
    alive.fill(0);
    begun.fill(0);
    levels.fill(0);
    for (let run = firstRun; run < lastRun; run++) {
      const begin = runs.begin[run] ?? 0;
      const end = runs.end[run] ?? begin;
      const started = runs.started[run] ?? NaN;
      const state = runs.state[run] ?? 0;
      const layer =
        state === FAILED && runs.retried[run] === 1
          ? RETRIED_LAYER
          : (runs.lost[run] ?? 0) > 0
            ? LOST_LAYER
            : (LAYER_OF_STATE[state] ?? 0);
      const waited = started > begin && state !== PENDING;
      const middle = waited ? Math.min(started, end) : begin;
      let firstTouched = -1;
      let lastTouched = -1;
      if (waited && touch(begin, middle)) {
        addTo(changes, first, last);
        firstTouched = first;
        lastTouched = last;
      }
      if (touch(middle, end)) {
        addTo(changes, layer * width + first, layer * width + last);
        countAt(entered, layer * width + first);
        firstTouched = firstTouched === -1 ? first : firstTouched;
        lastTouched = last;
      }
      if (firstTouched !== -1) {
        addTo(alive, firstTouched, lastTouched);
        countAt(begun, firstTouched);
      }
    }
    mergeColumns(lane);
  }
  return stretches.told();

  function mergeColumns(lane: number): void {
    let open = 0;
    let living = 0;
    for (let column = 0; column < count; column++) {
      let held = 0;
      for (let layer = 0; layer < LAYERS.length; layer++) {
        const level = (levels[layer] ?? 0) + (changes[layer * width + column] ?? 0);
        levels[layer] = level;
        held |= level > 0 ? 1 << layer : 0;
      }
      // Past waits are seen where nothing else is: elsewhere they part no stretches.
      held = held > 1 ? held & ~1 : held;
      living += alive[column] ?? 0;
      const end = from + (column + 1) * step;
      if (held !== 0 && held === open) {
        stretches.extend(end, begun[column] ?? 0, (layer) => entered[layer * width + column] ?? 0);
      } else if (held !== 0) {
        stretches.begin(lane, from + column * step, end, 31 - Math.clz32(held), living, (layer) => levels[layer] ?? 0);
      }
      open = held;
    }
  }
}

/** Stretches in the making, counted by layer. */
class Stretches {
  private readonly made: Omit<ColumnStretches, 'counts' | 'retried'> = {
    lane: [],
    start: [],
    end: [],
    state: [],
    count: [],
    lost: [],
  };
  private readonly counts = LIFECYCLE_STATES.map((): number[] => []);
  private readonly retried: number[] = [];

  begin(
    lane: number,
    start: EpochMs,
    end: EpochMs,
    worst: number,
    count: number,
    inLayer: (layer: number) => number
  ): void {
    const { made, counts } = this;
    made.lane.push(lane);
    made.start.push(start);
    made.end.push(end);
    made.state.push(LAYERS[worst]?.state ?? PENDING);
    made.count.push(0);
    made.lost.push(0);
    this.retried.push(0);
    counts.forEach((column) => column.push(0));
    this.extend(end, count, inLayer);
  }

  /** Moves the end of the newest stretch on, and adds the runs that came in. */
  extend(end: EpochMs, count: number, inLayer: (layer: number) => number): void {
    const { made, counts } = this;
    const at = made.lane.length - 1;
    made.end[at] = end;
    made.count[at] = (made.count[at] ?? 0) + count;
    made.lost[at] = (made.lost[at] ?? 0) + inLayer(LOST_LAYER);
    this.retried[at] = (this.retried[at] ?? 0) + inLayer(RETRIED_LAYER);
    for (let layer = 1; layer < LAYERS.length; layer++) {
      // An attempt that was tried again is no failed run.
      const column = layer === RETRIED_LAYER ? undefined : counts[LAYERS[layer]?.state ?? PENDING];
      if (column !== undefined) {
        column[at] = (column[at] ?? 0) + inLayer(layer);
      }
    }
  }

  told(): ColumnStretches {
    const counts: ColumnStretches['counts'] = {};
    LIFECYCLE_STATES.forEach((state, place) => {
      const column = this.counts[place] ?? [];
      if (column.some((count) => count > 0)) {
        counts[state] = column;
      }
    });
    const { made, retried } = this;
    return { ...made, counts, ...(retried.some((count) => count > 0) && { retried }) };
  }
}
