import fc from 'fast-check';
import { anyRuns, rowsOf } from './any-runs.kit';
import { packLane } from './lane-pack';
import { readPicture, second } from './run-picture.kit';

const NONE = { at: [], length: 0 };

function lines(picture: string): number[] {
  const { rows } = readPicture(picture);
  const packed = packLane(rows, 0, NONE);
  // By line of the picture, not by begin.
  return Array.from(rows.order, (_, row) => packed.subLane[rows.order.indexOf(row)]!);
}

test('runs that overlap lie on different lines, runs that follow each other share one', () => {
  expect(
    lines(`
      a | cccc
      a |   cccc
      a |       cc
      a |    -cc
    `)
  ).toEqual([0, 1, 0, 2]);
});

test('waiting takes room: a whisker is never drawn over another run', () => {
  expect(
    lines(`
      a | cccc
      a |   --------cc
    `)
  ).toEqual([0, 1]);
});

test('the attempts of a run share a line and nothing lies between them', () => {
  const picture = `
    a | ff              #1 x
    a |    cc           #1 y
    a |       -ccc      #2 x
  `;
  expect(lines(picture)).toEqual([0, 1, 0]);
  const { rows } = readPicture(picture);
  expect(Array.from(packLane(rows, 0, NONE).previous!)).toEqual([-1, -1, 0]);
});

test('attempts that overlap in time are drawn as two runs', () => {
  const { rows } = readPicture(`
    a | ffffff  #1 x
    a |   cccc  #2 x
  `);
  const packed = packLane(rows, 0, NONE);
  expect(packed.previous).toBeUndefined();
  expect(Array.from(packed.subLane)).toEqual([0, 1]);
});

test('an expected run that is missing takes room as well', () => {
  const { rows } = readPicture('a | cccccc');
  const packed = packLane(rows, 0, { at: [second(3)], length: 2000 });
  expect(packed.subLanes).toBe(2);
  expect(Array.from(packed.missed)).toEqual([1]);
});

test('no two runs of a line overlap, whatever the runs', () => {
  fc.assert(
    fc.property(anyRuns(1000), (runs) => {
      const rows = rowsOf(runs);
      for (let lane = 0; lane < 3; lane++) {
        const packed = packLane(rows, lane, NONE);
        for (let sub = 0; sub < packed.subLanes; sub++) {
          const places = packed.bySub.subarray(packed.subFirst[sub]!, packed.subFirst[sub + 1]!);
          let free = -Infinity;
          for (const place of places) {
            const row = rows.order[place]!;
            expect(rows.columns.began[row]!).toBeGreaterThanOrEqual(free);
            free = Number.isNaN(rows.columns.end[row]) ? Infinity : rows.columns.end[row]!;
          }
        }
      }
    })
  );
});
