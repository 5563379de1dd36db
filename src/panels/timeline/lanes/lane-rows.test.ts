import fc from 'fast-check';
import { FAILED, LOST } from '../run-class';
import { anyRuns, columnsOf, rowsOf } from './any-runs.kit';
import { laneCount, laneRows, placesAlive } from './lane-rows';
import { readPicture, second } from './run-picture.kit';

const SPAN = 1000;

function alive(rows: ReturnType<typeof rowsOf>, lane: number, from: number, to: number): number[] {
  const into = new Uint32Array(1000);
  return Array.from(into.subarray(0, placesAlive(rows, lane, from, to, into)), (place) => rows.order[place]!);
}

test('rows come lane by lane and, in a lane, by when they began, whatever order they came in', () => {
  fc.assert(
    fc.property(anyRuns(SPAN), (runs) => {
      const rows = rowsOf(runs);
      expect(rows.order.length).toBe(runs.length);
      for (let lane = 0; lane < 3; lane++) {
        const mine = Array.from(rows.order.subarray(rows.first[lane]!, rows.first[lane + 1]!));
        expect(mine.every((row) => runs[row]!.lane === lane)).toBe(true);
        expect(mine.map((row) => runs[row]!.began)).toEqual(mine.map((row) => runs[row]!.began).sort((a, b) => a - b));
      }
    })
  );
});

test('rows are ordered over years and by fractions of a millisecond', () => {
  const began = [1.75e12 + 0.5, 1.2e12, 1.75e12 + 0.25, 1.75e12, 1.2e12 + 86_400_000];
  const columns = { ...columnsOf([]), length: 5, began: Float64Array.from(began), start: Float64Array.from(began), end: Float64Array.from(began), state: new Uint8Array(5), lost: new Uint8Array(5), retried: new Uint8Array(5) }; // prettier-ignore
  const rows = laneRows(columns, { names: ['a'], index: new Uint8Array(5) });
  expect(Array.from(rows.order)).toEqual([1, 4, 3, 2, 0]);
});

test('the runs alive in a window are those that a look at every run finds, long ones included', () => {
  fc.assert(
    fc.property(
      anyRuns(SPAN, 300),
      fc.integer({ min: -SPAN, max: SPAN }),
      fc.integer({ min: 1, max: SPAN }),
      (runs, from, length) => {
        const rows = rowsOf(runs);
        const { began, end } = rows.columns;
        for (let lane = 0; lane < 3; lane++) {
          const expected = runs
            .map((_, row) => row)
            .filter((row) => runs[row]!.lane === lane && began[row]! < from + length && !(end[row]! < from));
          expect(alive(rows, lane, from, from + length).sort((a, b) => a - b)).toEqual(expected);
        }
      }
    )
  );
});

test('a search that finds more than there is room for says so', () => {
  const { rows } = readPicture(`
    a | cc
    a | cc
    a | cc
  `);
  expect(placesAlive(rows, 0, second(0), second(9), new Uint32Array(2))).toBe(3);
});

test('counts tell lost runs from failed ones', () => {
  const { rows } = readPicture(`
    a | cc
    a |   ff
    a |     ll
    b | ff
  `);
  expect(laneCount(rows, 0, FAILED)).toBe(1);
  expect(laneCount(rows, 0, LOST)).toBe(1);
  expect(laneCount(rows, 0)).toBe(3);
});

test('rows without any time are left out and rows that are not kept as well', () => {
  const columns = columnsOf([
    { lane: 0, began: NaN, wait: 0, ran: 1, state: 2, lost: false, started: true },
    { lane: 0, began: 5, wait: 0, ran: 1, state: 2, lost: false, started: true },
    { lane: 0, began: 3, wait: 0, ran: 1, state: 2, lost: false, started: true },
  ]);
  const rows = laneRows(columns, { names: ['a'], index: new Uint8Array(3) }, Uint8Array.from([1, 1, 0]));
  expect(Array.from(rows.order)).toEqual([1]);
});
