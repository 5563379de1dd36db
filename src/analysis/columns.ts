import type { ColumnStretches } from '../model/answer';
import { LIFECYCLE_STATES, TROUBLE } from '../model/lifecycle';
import type { DurationMs, EpochMs } from '../model/units';
import { addRows, packRows } from './packed-sums';
import type { PackedRows } from './summary';

/** Takes a run of a lane: when it began, started (NaN when it did not yet) and ended (exclusive, Infinity while it goes on). */
export type AddRun = (
  lane: number,
  begin: EpochMs,
  started: EpochMs,
  end: EpochMs,
  /** Index into `LIFECYCLE_STATES`. */
  state: number,
  isLost: boolean,
  /** An attempt that another one of the same run followed. */
  isRetried: boolean
) => void;

/** Takes what was packed of the columns of one lane (`packedColumns`), with the column of each of its columns here. */
export type AddColumns = (lane: number, columns: PackedRows, columnOf: ArrayLike<number>) => void;

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

/** Numbers that are held at a time, of as many lanes as they are enough for: 64 MiB. */
const MOST_NUMBERS = 2 ** 24;

/**
 * The states in every pixel column of every lane, neighbours that hold the same merged into stretches. A run touches
 * every column that its time touches, an instant touches the one it lies in; so no failure is hidden, however many runs
 * share a column and however short it was.
 *
 * Method: per layer, how many runs are first seen in each column and how many last, then one running sum (performance:
 * the cost is runs + columns, whatever the length of the runs). Runs come in any order and none is held. Counts of narrow
 * columns are added up to those of wider ones, so that runs may come packed, many at once.
 *
 * @param walk hands over every run; called again where there are so many lanes and columns that not all are made at once
 */
export function worstColumns(
  lanes: number,
  grid: ColumnGrid,
  walk: (add: AddRun, addColumns: AddColumns) => void
): ColumnStretches {
  const stretches = new Stretches();
  const atOnce = Math.max(1, Math.floor(MOST_NUMBERS / numbersOf(grid)));
  for (let first = 0; first < lanes; first += atOnce) {
    const columns = Array.from({ length: Math.min(atOnce, lanes - first) }, () => new LaneColumns(grid));
    walk(
      (lane, begin, started, end, state, isLost, isRetried) => {
        columns[lane - first]?.add(begin, started, end, state, isLost, isRetried);
      },
      (lane, packed, columnOf) => columns[lane - first]?.merge(packed, columnOf)
    );
    columns.forEach((lane, i) => lane.tell(first + i, stretches));
  }
  return stretches.told();
}

/** Runs in columns of a grid, lane by lane, packed. */
export function packedColumns(lanes: number, grid: ColumnGrid, walk: (add: AddRun) => void): PackedRows[] {
  const columns = Array.from({ length: lanes }, () => new LaneColumns(grid));
  walk((lane, ...run) => columns[lane]!.add(...run));
  return columns.map((lane) => lane.packed());
}

function numbersOf({ count }: ColumnGrid): number {
  return ROWS * count;
}

/** Layers, then the runs as a whole. */
const WHOLE = LAYERS.length;
const ROWS = 2 * (LAYERS.length + 1);

/** The columns of one lane, in the making. */
class LaneColumns {
  private readonly width: number;
  private readonly lastKnown: number;
  /**
   * By column, runs that are first seen there, and runs that are last seen there: row `2 * layer` and the one behind it for
   * their part in a layer, in the same way for the whole of them. There once there is a run.
   */
  private seen: Int32Array | undefined;
  // Where `touch` puts its result: it is called for every run, so it makes no object.
  private first = 0;
  private last = -1;

  constructor(private readonly grid: ColumnGrid) {
    const { from, step, count, now } = grid;
    this.width = count;
    this.lastKnown = Math.min(count - 1, Math.ceil((now - from) / step) - 1);
  }

  add(begin: EpochMs, started: EpochMs, end: EpochMs, state: number, isLost: boolean, isRetried: boolean): void {
    const { width } = this;
    const seen = this.seen ?? this.makeRoom();
    const layer = state === FAILED && isRetried ? RETRIED_LAYER : isLost ? LOST_LAYER : (LAYER_OF_STATE[state] ?? 0);
    const waited = started > begin && state !== PENDING;
    const middle = waited ? Math.min(started, end) : begin;
    let firstTouched = -1;
    let lastTouched = -1;
    if (waited && this.touch(begin, middle)) {
      seen[this.first]!++;
      seen[width + this.last]!++;
      firstTouched = this.first;
      lastTouched = this.last;
    }
    if (this.touch(middle, end)) {
      seen[2 * layer * width + this.first]!++;
      seen[(2 * layer + 1) * width + this.last]!++;
      firstTouched = firstTouched === -1 ? this.first : firstTouched;
      lastTouched = this.last;
    }
    if (firstTouched !== -1) {
      seen[2 * WHOLE * width + firstTouched]!++;
      seen[(2 * WHOLE + 1) * width + lastTouched]!++;
    }
  }

  merge(packed: PackedRows, columnOf: ArrayLike<number>): void {
    addRows(packed, this.seen ?? this.makeRoom(), (row) => row * this.width, columnOf);
  }

  packed(): PackedRows {
    return packRows(this.seen ?? [], this.width);
  }

  tell(lane: number, stretches: Stretches): void {
    const { width, seen } = this;
    const { from, step, count } = this.grid;
    if (seen === undefined) {
      return;
    }
    const levels = new Int32Array(LAYERS.length + 1);
    const begun = (layer: number, column: number) => seen[2 * layer * width + column]!;
    let open = 0;
    for (let column = 0; column < count; column++) {
      let held = 0;
      for (let layer = 0; layer <= WHOLE; layer++) {
        const over = column === 0 ? 0 : seen[(2 * layer + 1) * width + column - 1]!;
        levels[layer] = levels[layer]! + begun(layer, column) - over;
        held |= layer < WHOLE && levels[layer]! > 0 ? 1 << layer : 0;
      }
      // Past waits are seen where nothing else is: elsewhere they part no stretches.
      held = held > 1 ? held & ~1 : held;
      const end = from + (column + 1) * step;
      if (held !== 0 && held === open) {
        stretches.extend(end, begun(WHOLE, column), (layer) => begun(layer, column));
      } else if (held !== 0) {
        const worst = 31 - Math.clz32(held);
        stretches.begin(lane, from + column * step, end, worst, levels[WHOLE]!, (layer) => levels[layer]!);
      }
      open = held;
    }
  }

  private makeRoom(): Int32Array {
    this.seen = new Int32Array(ROWS * this.width);
    return this.seen;
  }

  /** Whether `[begin, end)` is seen in any column. */
  private touch(begin: EpochMs, end: EpochMs): boolean {
    const { from, step, now } = this.grid;
    const until = Math.min(end, now);
    const lasts = until > begin;
    const column = Math.floor((begin - from) / step);
    this.first = Math.max(0, column);
    this.last = Math.min(this.lastKnown, lasts ? Math.ceil((until - from) / step) - 1 : column);
    return this.last >= this.first && (lasts ? until > from : begin >= from);
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
