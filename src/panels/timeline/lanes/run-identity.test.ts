import { renderHook, act } from '@testing-library/react';
import { sameRun, useChosenRun } from './run-identity';
import { readPicture } from './run-picture.kit';

const before = readPicture(`
  a | cc      #1 one
  b | ff      #1 two
  b |    cc   #2 two
`).rows;
const after = readPicture(`
  b | cccc    #1 zero
  b | ff      #1 two
  b |    cc   #2 two
`).rows;

test('a run is the same by its id and attempt, in the lane of the same name', () => {
  expect(sameRun(before, { lane: 1, row: 2 }, after)).toEqual({ lane: 0, row: 2 });
  expect(sameRun(before, { lane: 1, row: 1 }, after)).toEqual({ lane: 0, row: 1 });
});

test('a chosen run stays chosen when data is refreshed, and is let go when it is no longer there', () => {
  const { result, rerender } = renderHook(({ rows }) => useChosenRun(rows), { initialProps: { rows: before } });
  act(() => result.current[1]({ lane: 1, row: 2 }));
  rerender({ rows: after });
  expect(result.current[0]).toEqual({ lane: 0, row: 2 });
  rerender({ rows: readPicture('a | cc').rows });
  expect(result.current[0]).toBeUndefined();
});
