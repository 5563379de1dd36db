import fc from 'fast-check';
import { cameAt, expectedInstants, missedRuns, MOST_INSTANTS } from './missed-runs';

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 1);

describe('expectedInstants', () => {
  it('expects nothing before the schedule held', () => {
    const hourly = { task: 't', everyMs: 3_600_000, graceMs: 0 };
    const range = { from: 0, to: 5 * 3_600_000 };
    expect(expectedInstants({ ...hourly, since: 7_200_000 }, range)).toEqual([7_200_000, 10_800_000, 14_400_000]);
    expect(expectedInstants({ task: 't', cron: '0 * * * *', graceMs: 0, since: 7_200_001 }, range)).toEqual([
      10_800_000, 14_400_000,
    ]);
    expect(expectedInstants({ ...hourly, since: range.to }, range)).toEqual([]);
    expect(expectedInstants({ ...hourly, since: -1 }, range)).toHaveLength(5);
  });

  it('gives the instants of a cron expression in its timezone, the begin of the range included, its end not', () => {
    const expected = { task: 't', cron: '30 2 * * *', timezone: 'Asia/Shanghai', graceMs: 0 };
    const first = Date.UTC(2025, 11, 31, 18, 30);
    expect(expectedInstants(expected, { from: first, to: first + 2 * DAY })).toEqual([first, first + DAY]);
  });

  it('keeps the local hour over a change of the clocks', () => {
    const instants = expectedInstants(
      { task: 't', cron: '0 12 * * *', timezone: 'Europe/Berlin', graceMs: 0 },
      { from: Date.UTC(2026, 2, 28), to: Date.UTC(2026, 2, 30) }
    );
    expect(instants.map((at) => new Date(at).getUTCHours())).toEqual([11, 10]);
  });

  it('gives the multiples of an interval', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 100_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        (everyMs, from, length) => {
          const instants = expectedInstants({ task: 't', everyMs, graceMs: 0 }, { from, to: from + length });
          const brute = [];
          for (let at = 0; at < from + length; at += everyMs) {
            if (at >= from) {
              brute.push(at);
            }
          }
          expect(instants).toEqual(brute);
        }
      )
    );
  });

  it('looks at the newest instants of a long range only', () => {
    const every = expectedInstants({ task: 't', everyMs: 1000, graceMs: 0 }, { from: T0, to: T0 + DAY });
    expect(every).toHaveLength(MOST_INSTANTS);
    expect(every[every.length - 1]).toBe(T0 + DAY - 1000);
    const cron = expectedInstants({ task: 't', cron: '*/10 * * * * *', graceMs: 0 }, { from: T0, to: T0 + 2 * DAY });
    expect(cron.length).toBeLessThanOrEqual(MOST_INSTANTS);
    expect(cron[cron.length - 1]).toBe(T0 + 2 * DAY - 10_000);
  });
});

describe('missedRuns', () => {
  it('misses as few instants as any assignment of runs to instants could', () => {
    const small = fc.uniqueArray(
      fc.integer({ min: 0, max: 30 }).map((n) => n * 3000),
      { maxLength: 6 }
    );
    fc.assert(
      fc.property(
        small,
        fc.array(fc.integer({ min: -2000, max: 100_000 }), { maxLength: 6 }),
        fc.integer({ min: 0, max: 20_000 }),
        (given, came, graceMs) => {
          const instants = given.sort((a, b) => a - b);
          const { judged, missed } = missedRuns(instants, came, graceMs, 10_000_000);
          expect(judged).toEqual(instants);
          expect(instants.length - missed.length).toBe(mostServed(instants, came, graceMs));
        }
      ),
      { numRuns: 500 }
    );
  });

  it('does not judge an instant before its grace is over', () => {
    expect(missedRuns([1000, 5000], [], 2000, 6000)).toEqual({ judged: [1000], missed: [1000] });
  });

  it('takes a run a second early, because clocks differ', () => {
    expect(missedRuns([5000], [4000], 0, 9000).missed).toEqual([]);
    expect(missedRuns([5000], [3999], 0, 9000).missed).toEqual([5000]);
  });

  it('takes being queued as coming: a run that came and waits is not missed as well', () => {
    const run = {
      source: 's',
      runId: 'r',
      attempt: 1,
      state: 'pending' as const,
      task: 't',
      queuedAt: 5000,
      startedAt: 99_000,
      observedAt: 99_000,
    };
    expect(cameAt(run)).toBe(5000);
  });
});

/** The largest number of instants that can be served, by trying everything (Kuhn's augmenting paths). */
function mostServed(instants: readonly number[], came: readonly number[], graceMs: number): number {
  const servedBy = new Map<number, number>();
  const serve = (instant: number, tried: Set<number>): boolean =>
    came.some((at, run) => {
      const from = instants[instant] ?? 0;
      if (at < from - 1000 || at > from + graceMs || tried.has(run)) {
        return false;
      }
      tried.add(run);
      const other = servedBy.get(run);
      if (other === undefined || serve(other, tried)) {
        servedBy.set(run, instant);
        return true;
      }
      return false;
    });
  return instants.filter((_, i) => serve(i, new Set())).length;
}
