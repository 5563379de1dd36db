import fc from 'fast-check';
import { historyPath, pointAt } from './history-path';
import { timeTicks } from './time-ticks';

describe('historyPath', () => {
  const x = (at: number): number => at;
  const y = (score: number): number => 100 - score;

  it('breaks the line where the score is unknown instead of drawing through', () => {
    const { line, area } = historyPath([0, 10, 20, 30, 40], [100, 50, NaN, 80, 90], x, y);
    expect(line).toBe('M0.0 0.0L10.0 50.0M30.0 20.0L40.0 10.0');
    expect(area).toBe('M0.0 0.0L10.0 50.0V100.0H0.0ZM30.0 20.0L40.0 10.0V100.0H30.0Z');
  });

  it('shows a lone point', () => {
    expect(historyPath([0, 10, 20], [NaN, 50, NaN], x, y).line).toBe('M10.0 50.0h1');
  });
});

describe('pointAt', () => {
  it('finds the newest point at or before an instant, like a search through all', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { maxLength: 20 }),
        fc.integer({ min: -10, max: 110 }),
        (given, at) => {
          const times = given.sort((a, b) => a - b);
          const brute = times.filter((time) => time <= at).length - 1;
          expect(pointAt(times, at)).toBe(times.length === 0 ? -1 : Math.max(0, brute));
        }
      )
    );
  });
});

describe('timeTicks', () => {
  it('gives round instants inside the range, no more than fit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2e12 }),
        fc.integer({ min: 1, max: 1e11 }),
        fc.integer({ min: 1, max: 20 }),
        (from, length, most) => {
          const ticks = timeTicks(from, from + length, most);
          expect(ticks.length).toBeLessThanOrEqual(most + 1);
          for (const tick of ticks) {
            expect(tick > from && tick < from + length).toBe(true);
          }
        }
      )
    );
    expect(
      timeTicks(Date.UTC(2026, 0, 1, 8, 59), Date.UTC(2026, 0, 1, 9, 59), 4).map((at) => new Date(at).getUTCMinutes())
    ).toEqual([0, 15, 30, 45]);
  });
});
