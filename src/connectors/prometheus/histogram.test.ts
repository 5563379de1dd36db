import fc from 'fast-check';
import { beyondOf, boundOf, quantileOf } from './histogram';

const SECONDS = [
  [1, 5],
  [0.5, 2],
  [Infinity, 10],
  [5, 9],
] as const;

test('a percentile lies between the bounds of its bucket, as histogram_quantile reads it', () => {
  expect(quantileOf(0.1, SECONDS)).toBeCloseTo(0.25);
  expect(quantileOf(0.5, SECONDS)).toBe(1);
  expect(quantileOf(0.7, SECONDS)).toBe(3);
});

test('one above the last bound reads as that bound, and how many lie there is known', () => {
  expect(quantileOf(0.99, SECONDS)).toBe(5);
  expect(beyondOf(SECONDS)).toBe(1);
});

test('a bound that is there twice is one: "1" and "1.0", before and after an upgrade', () => {
  const spelt = (text: string, count: number) => [boundOf(text), count] as const;
  expect(quantileOf(0.5, [spelt('1', 3), spelt('1.0', 2), spelt('0.5', 2), spelt('5', 9), spelt('+Inf', 10)])).toBe(1);
});

test('without anything counted, a bucket +Inf or a second bucket there is none', () => {
  expect(quantileOf(0.5, [])).toBeUndefined();
  expect(
    quantileOf(
      0.5,
      SECONDS.map(([bound]) => [bound, 0] as const)
    )
  ).toBeUndefined();
  expect(
    quantileOf(
      0.5,
      SECONDS.filter(([bound]) => bound !== Infinity)
    )
  ).toBeUndefined();
  expect(quantileOf(0.5, [[Infinity, 3]])).toBeUndefined();
});

test('a higher percentile is never the lower value', () => {
  const buckets = fc.array(fc.tuple(fc.double({ min: 0.001, max: 1e4, noNaN: true }), fc.nat(100)), { maxLength: 8 });
  const share = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(
    fc.property(buckets, fc.nat(100), share, share, (finite, all, one, other) => {
      const of = (quantile: number) => quantileOf(quantile, [...finite, [Infinity, all]]) ?? 0;
      expect(of(Math.max(one, other))).toBeGreaterThanOrEqual(of(Math.min(one, other)) - 1e-9);
    })
  );
});
