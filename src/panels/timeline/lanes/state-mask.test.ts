import fc from 'fast-check';
import { timeScale } from '../time-scale';
import { FAILED, LOST, PENDING, RUNNING } from '../run-class';
import { anyRuns, rowsOf } from './any-runs.kit';
import type { LaneRows } from './lane-rows';
import { readPicture, second } from './run-picture.kit';
import { addRange, planPyramids, paintMasks, seal, type Pyramids } from './state-mask';

const SPAN = 1000;
const NONE: Pyramids = { from: 0, to: 1, size: 1, trees: [], painted: new Uint8Array(3) };

function paint(
  rows: LaneRows,
  pyramids: Pyramids,
  lane: number,
  from: number,
  to: number,
  columns: number,
  now: number
): Uint8Array {
  const masks = new Uint8Array(columns);
  paintMasks(rows, pyramids, lane, timeScale(from, to, columns), columns, now, masks);
  return masks;
}

/** A lane's pyramid is made only for who looks again and again. */
function paintOften(rows: LaneRows, pyramids: Pyramids, from: number, to: number, columns: number, now: number) {
  paint(rows, pyramids, 0, from, to, columns, now);
  expect(pyramids.trees[0]).toBeUndefined();
  paint(rows, pyramids, 0, from, to, columns, now);
  return paint(rows, pyramids, 0, from, to, columns, now);
}

/** Column by column, run by run: what must be seen. */
function bruteForce(rows: LaneRows, lane: number, from: number, to: number, columns: number, now: number): Uint8Array {
  const masks = new Uint8Array(columns);
  const width = (to - from) / columns;
  const { start, end, began } = rows.columns;
  for (let place = rows.first[lane]!; place < rows.first[lane + 1]!; place++) {
    const row = rows.order[place]!;
    const kind = rows.classes[row]!;
    const open = Number.isNaN(end[row]);
    const until = open ? now : end[row]!;
    const begin = Number.isNaN(start[row]) ? (open ? began[row]! : until) : start[row]!;
    for (let column = 0; column < columns; column++) {
      const left = from + column * width;
      const touches =
        begin === until ? begin >= left && begin < left + width && !open : begin < left + width && until > left;
      if (touches) {
        masks[column]! |= 1 << (open ? (kind === RUNNING ? RUNNING : PENDING) : kind);
      }
    }
  }
  return masks;
}

const LETTERS = 'ckprtuLF';

function picture(masks: Uint8Array): string {
  return Array.from(masks, (mask) => (mask === 0 ? '.' : LETTERS[31 - Math.clz32(mask)])).join('');
}

test('columns keep the worst state where runs overlap', () => {
  const { rows } = readPicture(`
    a | cccccccccccc
    a |    ff
    a |          ll
    a |       kkkkkkkkk
  `);
  expect(picture(paint(rows, NONE, 0, second(0), second(18), 18, second(18)))).toBe('cccFFckkkLLkkkk...');
});

test('what runs reaches to now and not beyond, and waiting before a start is left out', () => {
  const { rows } = readPicture(`
    a | cc
    a |    --rr
  `);
  expect(picture(paint(rows, NONE, 0, second(0), second(12), 12, second(9)))).toBe('cc...rrrr...');
});

test('painted from rows, columns are those that a look at every run and column gives', () => {
  fc.assert(
    fc.property(
      anyRuns(SPAN),
      fc.integer({ min: -SPAN, max: SPAN - 1 }),
      fc.integer({ min: 1, max: 64 }),
      (runs, from, columns) => {
        const rows = rowsOf(runs);
        // Whole milliseconds per column, so that no rounding decides.
        const to = from + columns * 16;
        for (let lane = 0; lane < 3; lane++) {
          expect(picture(paint(rows, NONE, lane, from, to, columns, 2 * SPAN))).toBe(
            picture(bruteForce(rows, lane, from, to, columns, 2 * SPAN))
          );
        }
      }
    ),
    { numRuns: 300 }
  );
});

test('from a pyramid every failing column is shown, and none further than a column away from a failure', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 5, max: 400 }),
      (seed, length, columns) => {
        let state = seed;
        const next = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
        const runs = Array.from({ length: 700 }, () => ({
        lane: 0, began: Math.floor(next() * 100_000), wait: 0, ran: Math.floor(next() * length * 200),
        state: next() < 0.05 ? 3 : 2, lost: next() < 0.3, started: true,
      })); // prettier-ignore
        const rows = rowsOf(runs);
        const pyramids = planPyramids(rows, rows.from, rows.to);
        const shown = paintOften(rows, pyramids, 0, 100_000, columns, 200_000);
        expect(pyramids.trees[0]).toBeDefined();
        const must = bruteForce(rows, 0, 0, 100_000, columns, 200_000);
        const trouble = (1 << FAILED) | (1 << LOST);
        for (let column = 0; column < columns; column++) {
          // Every class, not only failures: nothing may be lost.
          expect(shown[column]! & must[column]!).toBe(must[column]!);
          const near = must[column]! | (must[column - 1] ?? 0) | (must[column + 1] ?? 0);
          expect(shown[column]! & trouble & ~near).toBe(0);
        }
      }
    ),
    { numRuns: 60 }
  );
});

test('a lane that is crowded is exact again when zoomed in deeper than its pyramid', () => {
  const runs = Array.from({ length: 2000 }, (_, at) => ({ lane: 0, began: at * 50_000, wait: 0, ran: 30, state: at % 7 === 0 ? 3 : 2, lost: false, started: true })); // prettier-ignore
  const rows = rowsOf(runs);
  const pyramids = planPyramids(rows, rows.from, rows.to);
  paintOften(rows, pyramids, rows.from, rows.to, 100, 1e12);
  expect(pyramids.trees[0]).toBeDefined();
  const from = 50_000 * 700;
  expect(picture(paint(rows, pyramids, 0, from, from + 100, 10, 1e12))).toBe(
    picture(bruteForce(rows, 0, from, from + 100, 10, 1e12))
  );
});

test('a segment tree holds the union of its ranges in every cell and over every pair of cells', () => {
  const tree = new Uint8Array(16);
  addRange(tree, 8, 1, 5, 1);
  addRange(tree, 8, 4, 7, 2);
  seal(tree, 8);
  expect(Array.from(tree.subarray(8))).toEqual([0, 1, 1, 1, 3, 3, 2, 2]);
  expect(Array.from(tree.subarray(4, 8))).toEqual([1, 1, 3, 2]);
  expect(tree[1]).toBe(3);
});
