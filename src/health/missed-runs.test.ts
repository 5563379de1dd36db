import fc from 'fast-check';
import { cameAt, expectedInstants, judgeSchedule, missedRuns, MOST_INSTANTS } from './missed-runs';
import type { ExpectedRuns } from './spec';

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 1);

describe('expectedInstants', () => {
  it('expects nothing before the schedule held', () => {
    const hourly = { task: 't', everyMs: 3_600_000, phaseMs: 0, graceMs: 0 };
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

  it('gives the multiples of an interval with its phase', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 100_000 }),
        fc.integer({ min: 0, max: 200_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        (everyMs, phaseMs, from, length) => {
          const instants = expectedInstants({ task: 't', everyMs, phaseMs, graceMs: 0 }, { from, to: from + length });
          const brute = [];
          for (let at = (phaseMs % everyMs) - everyMs; at < from + length; at += everyMs) {
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
    const every = expectedInstants({ task: 't', everyMs: 1000, phaseMs: 0, graceMs: 0 }, { from: T0, to: T0 + DAY });
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
          const { judged, missed } = missedRuns(instants, came, graceMs, 10_000_000, 1000);
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

  it('takes a run that is early, because clocks differ: a minute, or a tenth of a short interval, or what is set', () => {
    const [five, hour] = [300_000, 3_600_000];
    expect(missedRuns([hour], [hour - 60_000], 0, 2 * hour).missed).toEqual([]);
    expect(missedRuns([hour], [hour - 60_001], 0, 2 * hour).missed).toEqual([hour]);
    expect(missedRuns([five, 2 * five], [five - 30_000, 2 * five - 30_001], 0, hour).missed).toEqual([2 * five]);
    expect(missedRuns([hour], [hour - 1000], 0, 2 * hour, 999).missed).toEqual([hour]);
    expect(missedRuns([hour], [hour - 600_000], 0, 2 * hour, 600_000).missed).toEqual([]);
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

describe('judgeSchedule', () => {
  const iso = (text: string): number => Date.parse(text);
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const each = (from: string, to: string, every: number): number[] =>
    Array.from({ length: Math.ceil((iso(to) - iso(from)) / every) }, (_, i) => iso(from) + i * every);
  const judge = (schedule: Partial<ExpectedRuns>, came: readonly number[], from: string, to: string) => {
    const whole = { task: 't', graceMs: 10 * MINUTE, ...schedule };
    const { judged, missed } = judgeSchedule(whole, came, { from: iso(from), to: iso(to) }, iso(to) + DAY);
    return { judged: judged.length, missed: missed.map((at) => new Date(at).toISOString().slice(0, 16)) };
  };
  const quarters = { cron: '*/15 * * * *', timezone: 'America/New_York', graceMs: 5 * MINUTE };
  const night = { cron: '30 2 * * *', timezone: 'America/New_York' };
  const early = { cron: '30 1 * * *', timezone: 'America/New_York' };

  it('expects what goes by the hour in both of two hours as the clocks go back, and none in one that is skipped', () => {
    const came = each('2026-11-01T04:00Z', '2026-11-01T09:00Z', 15 * MINUTE);
    const dead = came.filter((at) => at < iso('2026-11-01T06:00Z') || at >= iso('2026-11-01T07:00Z'));
    const missed = ['2026-11-01T06:00', '2026-11-01T06:15', '2026-11-01T06:30', '2026-11-01T06:45'];
    for (const cron of ['*/15 * * * *', '0,15,30,45 * * * *', '0 */15 * * * *']) {
      expect(judge({ ...quarters, cron }, came, '2026-11-01T03:50Z', '2026-11-01T09:00Z').missed).toEqual([]);
      expect(judge({ ...quarters, cron }, dead, '2026-11-01T03:50Z', '2026-11-01T09:00Z')).toEqual({
        judged: 20,
        missed,
      });
    }
    const spring = each('2026-03-08T05:00Z', '2026-03-08T09:00Z', 15 * MINUTE);
    expect(judge(quarters, spring, '2026-03-08T04:50Z', '2026-03-08T09:00Z')).toEqual({ judged: 16, missed: [] });
    // Lord Howe puts its clocks back by half an hour.
    const howe = { ...quarters, timezone: 'Australia/Lord_Howe' };
    const half = each('2026-04-04T13:00Z', '2026-04-04T17:00Z', 15 * MINUTE);
    expect(judge(howe, half, '2026-04-04T12:50Z', '2026-04-04T17:00Z')).toEqual({ judged: 16, missed: [] });
  });

  it('judges a time of day that the clocks skip only where the schedule says when it runs then', () => {
    const came = (...at: string[]): number[] => ['2026-03-07T07:30:02Z', ...at, '2026-03-09T06:30:02Z'].map(iso);
    const range = ['2026-03-07T00:00Z', '2026-03-10T00:00Z'] as const;
    for (const run of [['2026-03-08T07:00:05Z'], ['2026-03-08T07:30:05Z'], []]) {
      expect(judge(night, came(...run), ...range)).toEqual({ judged: 2, missed: [] });
    }
    const atChange = { ...night, skippedTime: 'at-change' as const };
    expect(judge(atChange, came('2026-03-08T07:00:05Z'), ...range)).toEqual({ judged: 3, missed: [] });
    expect(judge(atChange, came(), ...range).missed).toEqual(['2026-03-08T07:00']);
    const shifted = { ...night, skippedTime: 'shifted' as const };
    expect(judge(shifted, came('2026-03-08T07:30:05Z'), ...range)).toEqual({ judged: 3, missed: [] });
    expect(judge(shifted, came(), ...range).missed).toEqual(['2026-03-08T07:30']);
    // Midnight itself is skipped in Santiago.
    const santiago = { cron: '0 0 * * *', timezone: 'America/Santiago' };
    const runs = ['2026-09-05T04:00:05Z', '2026-09-06T04:00:05Z', '2026-09-07T03:00:05Z'].map(iso);
    expect(judge(santiago, runs, '2026-09-05T00:00Z', '2026-09-08T00:00Z').missed).toEqual([]);
  });

  it('judges a time of day that comes twice only where the schedule says which counts', () => {
    const came = (...at: string[]): number[] => ['2026-10-31T05:30:03Z', ...at, '2026-11-02T06:30:03Z'].map(iso);
    const range = ['2026-10-31T00:00Z', '2026-11-03T00:00Z'] as const;
    const [first, second] = ['2026-11-01T05:30:03Z', '2026-11-01T06:30:03Z'];
    for (const run of [[first], [second], [first, second]]) {
      expect(judge(early, came(...run), ...range)).toEqual({ judged: 2, missed: [] });
    }
    const missed = (repeatedTime: ExpectedRuns['repeatedTime'], ...run: string[]): string[] =>
      judge({ ...early, repeatedTime }, came(...run), ...range).missed;
    expect([missed('first', first), missed('first', second)]).toEqual([[], ['2026-11-01T05:30']]);
    expect([missed('second', second), missed('second', first)]).toEqual([[], ['2026-11-01T06:30']]);
    expect([missed('both', first, second), missed('both', first)]).toEqual([[], ['2026-11-01T06:30']]);
  });

  it('expects an interval after the last run, whenever that was', () => {
    const hourly = { everyMs: HOUR };
    const since = (from: string) => each(from, '2026-11-21T08:37Z', HOUR);
    expect(judge(hourly, since('2026-11-20T08:37Z'), '2026-11-20T08:30Z', '2026-11-21T08:00Z').missed).toEqual([]);
    const gap = since('2026-11-20T08:37Z').filter(
      (at) => at < iso('2026-11-20T10:00Z') || at > iso('2026-11-20T13:00Z')
    );
    expect(judge(hourly, gap, '2026-11-20T08:30Z', '2026-11-21T08:00Z').missed).toEqual([
      '2026-11-20T10:37',
      '2026-11-20T11:37',
      '2026-11-20T12:37',
    ]);
    const drifting = each('2026-11-20T08:00Z', '2026-11-20T10:00Z', 61_000);
    const everyMinute = { everyMs: MINUTE, graceMs: 30_000 };
    expect(judge(everyMinute, drifting, '2026-11-20T08:00Z', '2026-11-20T10:00Z').missed).toEqual([]);
    // A run by hand in between neither serves the next instant nor shifts what is missed.
    const byHand = [...since('2026-11-20T08:37Z'), iso('2026-11-20T12:50Z')];
    expect(judge(hourly, byHand, '2026-11-20T08:30Z', '2026-11-21T08:00Z').missed).toEqual([]);
    expect(judge(hourly, [], '2026-11-20T00:00Z', '2026-11-20T04:00Z')).toMatchObject({ judged: 3 });
  });

  it('does not call an instant missed for which a run may have come before the range', () => {
    const nightly = { cron: '0 2 * * *' };
    expect(judge(nightly, [], '2026-11-20T02:00Z', '2026-11-21T00:00Z')).toEqual({ judged: 0, missed: [] });
    expect(judge(nightly, [], '2026-11-20T01:59Z', '2026-11-21T00:00Z').missed).toEqual(['2026-11-20T02:00']);
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
