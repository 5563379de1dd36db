import fc from 'fast-check';
import type { HealthInput, Quantiles } from './score';
import { DEDUCTION_REASONS, deducted, scoreHealth } from './score';
import { DEFAULT_HEALTH_SPEC } from './spec';
import type { HealthSpec } from './spec';

const AT = 1_700_000_000_000;

/** Quantiles of a fixed shape: all values are the same, or two values at the 50th and 95th percentile. */
function all(ms: number, count = 100): Quantiles {
  return { count, quantile: () => (count === 0 ? undefined : ms) };
}

function input(more: Partial<HealthInput> = {}): HealthInput {
  return { group: 'email.send', at: AT, completed: 100, failed: 0, lost: 0, abnormal: 0, ...more };
}

function pointsOf(more: Partial<HealthInput>, spec: HealthSpec = DEFAULT_HEALTH_SPEC): Record<string, number> {
  const { deductions } = scoreHealth(input(more), spec);
  return Object.fromEntries(deductions.map(({ reason, points }) => [reason, points]));
}

const anyInput = fc
  .record({
    completed: fc.integer({ min: 0, max: 500 }),
    ordinary: fc.integer({ min: 0, max: 50 }),
    lost: fc.integer({ min: 0, max: 20 }),
    abnormal: fc.integer({ min: 0, max: 20 }),
    duration: fc.integer({ min: 0, max: 100_000 }),
    usual: fc.integer({ min: 0, max: 100_000 }),
    wait: fc.integer({ min: 0, max: 1_000_000 }),
    age: fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined }),
    silent: fc.array(fc.integer({ min: 0, max: 4_000_000 }), { maxLength: 5 }),
    pressure: fc.double({ min: 0, max: 1.2, noNaN: true }),
    missed: fc.integer({ min: 0, max: 5 }),
  })
  .map((of): HealthInput => ({
    group: 'g',
    at: AT,
    completed: of.completed,
    failed: of.ordinary + of.lost + of.abnormal,
    lost: of.lost,
    abnormal: of.abnormal,
    durations: all(of.duration),
    baseline: all(of.usual),
    waits: all(of.wait),
    pending: of.age === undefined ? 0 : 1,
    ...(of.age === undefined ? {} : { oldestPendingAt: AT - of.age }),
    workers: of.silent.map((age, i) => ({ name: `w${i}`, lastSeenAt: AT - age })),
    pressure: { memory: of.pressure, of: 10 },
    expected: { judged: [1, 2, 3, 4, 5], missed: [1, 2, 3, 4, 5].slice(0, of.missed) },
  }));

describe('scoreHealth', () => {
  it('is 100 minus the named deductions, between 0 and 100, each within its weight', () => {
    fc.assert(
      fc.property(anyInput, (of) => {
        const { score, deductions, fine, unchecked, notEnoughData } = scoreHealth(of, DEFAULT_HEALTH_SPEC);
        const taken = deductions.reduce((sum, deduction) => sum + deduction.points, 0);
        expect(score).toBe(notEnoughData ? undefined : Math.max(0, 100 - taken));
        expect([...deductions.map((deduction) => deduction.reason), ...fine, ...unchecked].sort()).toEqual(
          [...DEDUCTION_REASONS].sort()
        );
        for (const deduction of deductions) {
          expect(deduction.points).toBeGreaterThan(0);
          expect(deduction.points).toBeLessThanOrEqual(80);
        }
        expect(deductions.map((deduction) => deduction.points)).toEqual(
          deductions.map((deduction) => deduction.points).sort((a, b) => b - a)
        );
      }),
      { numRuns: 500 }
    );
  });

  it('never rises when one more run fails, in whichever way', () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom('ordinary', 'lost', 'abnormal'), (of, way) => {
        const before = scoreHealth(of, DEFAULT_HEALTH_SPEC).score;
        const after = scoreHealth(
          {
            ...of,
            completed: of.completed,
            failed: of.failed + 1,
            lost: (of.lost ?? 0) + (way === 'lost' ? 1 : 0),
            abnormal: (of.abnormal ?? 0) + (way === 'abnormal' ? 1 : 0),
          },
          // Each class alone: one more failure of a class makes the shares of the others a little smaller.
          DEFAULT_HEALTH_SPEC
        ).score;
        if (before !== undefined && after !== undefined && of.failed === 0) {
          expect(after).toBeLessThanOrEqual(before + 1e-9);
        }
      })
    );
  });

  it('counts a failed run in one class only', () => {
    expect(Object.keys(pointsOf({ completed: 80, failed: 20, lost: 20 }))).toEqual(['lost_runs']);
    expect(Object.keys(pointsOf({ completed: 80, failed: 20, abnormal: 20 }))).toEqual(['abnormal_exits']);
    expect(Object.keys(pointsOf({ completed: 80, failed: 20 }))).toEqual(['failures']);
  });

  it('comes near to 0 when every run fails, in whichever way', () => {
    for (const way of [{}, { lost: 100 }, { abnormal: 100 }, { lost: 50, abnormal: 50 }]) {
      expect(scoreHealth(input({ completed: 0, failed: 100, ...way }), DEFAULT_HEALTH_SPEC).score).toBeLessThanOrEqual(
        20
      );
    }
  });

  it('grows in a straight line from what is allowed to the full deduction', () => {
    const { allowed, full, weight } = DEFAULT_HEALTH_SPEC.checks.failures;
    for (const share of [0, 0.25, 0.5, 1]) {
      const ratio = allowed + share * (full - allowed);
      expect(pointsOf({ completed: 10_000 - ratio * 10_000, failed: ratio * 10_000 }).failures ?? 0).toBeCloseTo(
        weight * share,
        9
      );
    }
    expect(deducted(5, 4, 2, 10)).toBe(0);
    expect(deducted(3, 4, 2, 10)).toBe(5);
    expect(deducted(0, 4, 2, 10)).toBe(10);
  });

  it('deducts for runs that are much slower and for runs that are much faster than usual', () => {
    expect(pointsOf({ durations: all(12_000), baseline: all(3000) })).toEqual({ too_slow: expect.closeTo(11.8, 0) });
    expect(pointsOf({ durations: all(400), baseline: all(3000) }).too_fast).toBeGreaterThan(5);
    expect(pointsOf({ durations: all(3200), baseline: all(3000) })).toEqual({});
  });

  it('takes no notice of differences that are too short to matter', () => {
    expect(pointsOf({ durations: all(30), baseline: all(1) })).toEqual({});
    expect(pointsOf({ durations: all(1), baseline: all(200) })).toEqual({});
    expect(pointsOf({ durations: all(0), baseline: all(0) })).toEqual({});
  });

  it('says that there is not enough data instead of 100', () => {
    const nothing = scoreHealth(input({ completed: 0 }), DEFAULT_HEALTH_SPEC);
    expect(nothing).toMatchObject({ notEnoughData: true, deductions: [], runs: 0 });
    expect(nothing).not.toHaveProperty('score');
    expect(nothing.uncheckedWhy?.failures).toBe('too_few');
  });

  it('has a score without ended runs when something else speaks: a standing queue, a missed or a kept schedule', () => {
    const queue = scoreHealth(
      input({ completed: 0, pending: 3, oldestPendingAt: AT - 3_600_000 }),
      DEFAULT_HEALTH_SPEC
    );
    expect(queue).toMatchObject({ notEnoughData: false, score: 76 });
    const missed = scoreHealth(input({ completed: 0, expected: { judged: [AT], missed: [AT] } }), DEFAULT_HEALTH_SPEC);
    expect(missed).toMatchObject({ notEnoughData: false, score: 60 });
    const kept = scoreHealth(input({ completed: 1, expected: { judged: [AT], missed: [] } }), DEFAULT_HEALTH_SPEC);
    expect(kept).toMatchObject({ notEnoughData: false, score: 100 });
  });

  it('gives no good score to a few runs of which some failed: that they came in time is no sign that they are well', () => {
    const expected = { judged: [AT], missed: [] };
    const nightly = scoreHealth(input({ completed: 0, failed: 1, expected }), DEFAULT_HEALTH_SPEC);
    expect(nightly).toMatchObject({ notEnoughData: true, failed: 1, fine: expect.arrayContaining(['missed_runs']) });
    expect(nightly).not.toHaveProperty('score');
    const waiting = { completed: 0, failed: 1, pending: 1 };
    const short = scoreHealth(input({ ...waiting, oldestPendingAt: AT - 120_000 }), DEFAULT_HEALTH_SPEC);
    expect(short).not.toHaveProperty('score');
    expect(short.deductions).toMatchObject([{ reason: 'oldest_pending' }]);
    const long = scoreHealth(input({ ...waiting, oldestPendingAt: AT - 3_600_000 }), DEFAULT_HEALTH_SPEC);
    expect(long).toMatchObject({ notEnoughData: false, score: 76 });
  });

  it('checks nothing that the source does not report, and says so', () => {
    const { unchecked, uncheckedWhy } = scoreHealth(
      { group: 'g', at: AT, completed: 10, failed: 0, lost: undefined, abnormal: undefined },
      DEFAULT_HEALTH_SPEC
    );
    expect(unchecked).toEqual(
      expect.arrayContaining(['lost_runs', 'abnormal_exits', 'wait', 'oldest_pending', 'silent_workers'])
    );
    expect(uncheckedWhy).toMatchObject({
      lost_runs: 'not_reported',
      missed_runs: 'not_configured',
      too_slow: 'not_reported',
    });
  });

  it('forgets workers that have been away for long, and believes the source about the others', () => {
    const workers = [
      { name: 'fresh', lastSeenAt: AT - 1000 },
      { name: 'silent', lastSeenAt: AT - 300_000 },
      { name: 'gone for good', lastSeenAt: AT - 86_400_000 },
      { name: 'dead', alive: false, lastSeenAt: AT },
      { name: 'never heard of' },
    ];
    const [deduction] = scoreHealth(input({ workers }), DEFAULT_HEALTH_SPEC).deductions;
    expect(deduction).toMatchObject({ reason: 'silent_workers', found: 2, of: 3, runKeys: ['silent', 'dead'] });
  });

  it('takes the figures of the override whose pattern matches the group', () => {
    const spec: HealthSpec = {
      ...DEFAULT_HEALTH_SPEC,
      overrides: [{ match: 'email\\..*', checks: { failures: { allowed: 0.5, full: 0.9 } } }],
    };
    expect(pointsOf({ completed: 80, failed: 20 }, spec)).toEqual({});
    expect(pointsOf({ group: 'report', completed: 80, failed: 20 }, spec)).toHaveProperty('failures');
  });

  it('keeps at most twenty examples of a deduction', () => {
    const keys = Array.from({ length: 30 }, (_, i) => `s\nr${i}\n1`);
    const [deduction] = scoreHealth(
      input({ completed: 80, failed: 20, examples: { failures: keys } }),
      DEFAULT_HEALTH_SPEC
    ).deductions;
    expect(deduction?.runKeys).toEqual(keys.slice(0, 20));
  });
});
