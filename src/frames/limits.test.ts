import type { DurationsAnswer, ThroughputAnswer } from '../model/answer';
import { ceilingConfig, fixedLimits, floorConfig, learnedCeilings, learnedFloors } from './limits';

const HOUR = 3_600_000;
const buckets = [0, 1, 2, 3, 4].map((hour) => hour * HOUR);

function durations(p99: Array<number | null>, count: number[]): DurationsAnswer {
  const none = p99.map(() => null);
  const series = [{ group: 'mail', what: 'duration' as const, count, p50: none, p95: none, p99, max: none }];
  return { view: 'durations', groupBy: 'task', step: HOUR, buckets, series };
}

function ended(completed: Array<number | null>, failed: Array<number | null>): ThroughputAnswer {
  const series = [
    { group: 'mail', what: 'started' as const, values: completed },
    { group: 'mail', what: 'completed' as const, values: completed },
    { group: 'mail', what: 'failed' as const, values: failed },
  ];
  return { view: 'throughput', groupBy: 'task', step: HOUR, buckets, series };
}

test('a task that takes seconds gets a ceiling of seconds, which one bad hour does not raise', () => {
  const limits = learnedCeilings(durations([4_000, 4_000, 90_000, null, 4_000], [50, 50, 50, 0, 50]));
  expect(limits.is).toBe('learned');
  expect(limits.of('mail')).toBe(8_100);
  expect(limits.of('other')).toBeUndefined();
});

test('too little history gives no ceiling', () => {
  expect(learnedCeilings(durations([4_000, null, null, null, null], [19, 0, 0, 0, 0])).of('mail')).toBeUndefined();
});

test('the floor is half of the quietest whole hour; what rests for an hour has none', () => {
  expect(learnedFloors(ended([1, 7_200, 3_500, 7_200, 7_200], [0, 0, 100, 0, 0])).of('mail')).toBeCloseTo(0.5);
  expect(learnedFloors(ended([1, 7_200, null, 7_200, 7_200], [0, 0, null, 0, 0])).of('mail')).toBeUndefined();
  expect(learnedFloors(ended([null, null, 5, 7_200, 7_200], [null, null, 0, 0, 0])).of('mail')).toBeUndefined();
});

test('the figures of the article hold for every group alike', () => {
  expect(fixedLimits('durations').of('any')).toBe(500);
  expect(fixedLimits('throughput').of('any')).toBe(1000);
});

test('values are red above a ceiling and below a floor; without a limit nothing is', () => {
  const steps = (config: ReturnType<typeof floorConfig>) =>
    config.thresholds?.steps.map(({ value, color }) => [value, color]);
  expect(steps(ceilingConfig(500))).toEqual([
    [-Infinity, 'text'],
    [500, 'red'],
  ]);
  expect(steps(floorConfig(2))).toEqual([
    [-Infinity, 'red'],
    [2, 'text'],
  ]);
  expect(steps(floorConfig(undefined))).toEqual([[-Infinity, 'text']]);
});
