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
const LAYERS: ReadonlyArray<{ state: number; lost: number; retried: number }> = [
  { state: PENDING, lost: 0, retried: 0 },
  ...LIFECYCLE_STATES.map((_, state) => state)
    .sort((a, b) => trouble(a) - trouble(b))
    .flatMap((state) => [
      // A failure that was tried again is less than one that stands, and more than what goes on as it should.
      ...(LIFECYCLE_STATES[state] === 'unknown' ? [{ state: FAILED, lost: 0, retried: 1 }] : []),
      { state, lost: 0, retried: 0 },
    ]),
  { state: FAILED, lost: 1, retried: 0 },
];
const RETRIED_LAYER = LAYERS.findIndex(({ retried }) => retried === 1);
const LAYER_OF_STATE = LIFECYCLE_STATES.map((_, state) =>
  LAYERS.findIndex((layer, i) => i > 0 && layer.state === state && layer.retried === 0)
);
const LOST_LAYER = LAYERS.length - 1;

function trouble(state: number): number {
  const name = LIFECYCLE_STATES[state];
  return name === undefined ? 0 : TROUBLE[name];
}

/**
 * The worst state of every pixel column of every lane, neighbours that look the same merged into stretches. A run
 * touches every column that its time touches, an instant touches the one it lies in; so no failure is hidden, however
 * many runs share a column and however short it was.
 *
 * Method: difference arrays, +1 where a run's state begins and -1 behind its end, then one running sum per layer
 * (performance: the cost is runs + columns, whatever the length of the runs).
 */
export function worstColumns(runs: RunColumns, grid: ColumnGrid): ColumnStretches {
  const { from, step, count } = grid;
  const width = count + 1;
  const changes = new Int32Array(LAYERS.length * width);
  const alive = new Int32Array(width);
  const begun = new Int32Array(width);
  const levels = new Int32Array(LAYERS.length);
  const stretches: ColumnStretches = { lane: [], start: [], end: [], state: [], lost: [], count: [] };
  const retried: number[] = [];
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

  const lanes = Math.max(0, runs.laneStart.length - 1);
  for (let lane = 0; lane < lanes; lane++) {
    changes.fill(0);
    alive.fill(0);
    begun.fill(0);
    levels.fill(0);
    const lastRun = runs.laneStart[lane + 1] ?? 0;
    for (let run = runs.laneStart[lane] ?? 0; run < lastRun; run++) {
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
        firstTouched = firstTouched === -1 ? first : firstTouched;
        lastTouched = last;
      }
      if (firstTouched !== -1) {
        addTo(alive, firstTouched, lastTouched);
        begun[firstTouched] = (begun[firstTouched] ?? 0) + 1;
      }
    }
    mergeColumns(lane);
  }
  return retried.includes(1) ? { ...stretches, retried } : stretches;

  function mergeColumns(lane: number): void {
    let open = -1;
    let living = 0;
    for (let column = 0; column < count; column++) {
      let worst = -1;
      for (let layer = 0; layer < LAYERS.length; layer++) {
        const level = (levels[layer] ?? 0) + (changes[layer * width + column] ?? 0);
        levels[layer] = level;
        if (level > 0) {
          worst = layer;
        }
      }
      living += alive[column] ?? 0;
      const look = LAYERS[worst];
      const last = stretches.lane.length - 1;
      if (look !== undefined && open === worst) {
        stretches.end[last] = from + (column + 1) * step;
        stretches.count[last] = (stretches.count[last] ?? 0) + (begun[column] ?? 0);
      } else if (look !== undefined) {
        stretches.lane.push(lane);
        stretches.start.push(from + column * step);
        stretches.end.push(from + (column + 1) * step);
        stretches.state.push(look.state);
        stretches.lost.push(look.lost);
        retried.push(look.retried);
        stretches.count.push(living);
      }
      open = worst;
    }
  }
}
