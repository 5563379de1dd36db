import { elapsedMs } from './elapsed';
import { durationMs, waitMs } from './task-run';
import type { TaskRun } from './task-run';

test('a length is the time between two instants; clocks may differ a little', () => {
  expect(elapsedMs(10_000, 14_000)).toBe(4_000);
  expect(elapsedMs(10_000, 9_500)).toBe(0);
});

test('what ends clearly before it begins has no length, which is no length of nothing', () => {
  expect(elapsedMs(3_600_000, 0)).toBeNaN();
  expect(elapsedMs(NaN, 0)).toBeNaN();
  const run = { createdAt: 20_000, startedAt: 10_000, finishedAt: 2_000 } as TaskRun;
  expect([durationMs(run), waitMs(run)]).toEqual([undefined, undefined]);
});
