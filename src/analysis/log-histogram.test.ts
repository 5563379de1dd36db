import fc from 'fast-check';
import { LogHistogram, RELATIVE_ERROR, SMALLEST_VALUE } from './log-histogram';

const duration = fc.oneof(
  fc.double({ min: 0, max: 1e10, noNaN: true }),
  fc.integer({ min: 0, max: 100_000 }),
  fc.constantFrom(0, 1e-6, SMALLEST_VALUE, 1, 1e15)
);
const durations = fc.array(duration, { maxLength: 300 });

function histogramOf(values: readonly number[]): LogHistogram {
  const histogram = new LogHistogram();
  for (const value of values) {
    histogram.add(value);
  }
  return histogram;
}

function figuresOf(histogram: LogHistogram): unknown {
  const { count, min, max } = histogram;
  return { count, min, max, quantiles: Array.from({ length: 101 }, (_, i) => histogram.quantile(i / 100)) };
}

describe('LogHistogram', () => {
  it('answers every quantile within 1 % of the exact value', () => {
    fc.assert(
      fc.property(
        durations.filter((values) => values.length > 0),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const sorted = [...values].sort((a, b) => a - b);
          const exact = sorted[Math.floor(q * (sorted.length - 1))] ?? NaN;
          const found = histogramOf(values).quantile(q) ?? NaN;
          expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * RELATIVE_ERROR * (1 + 1e-9) + SMALLEST_VALUE);
        }
      ),
      { numRuns: 500 }
    );
  });

  it('comes out the same whether values are added to one histogram or merged from many', () => {
    fc.assert(
      fc.property(fc.array(durations, { maxLength: 6 }), (parts) => {
        const merged = new LogHistogram();
        for (const part of parts) {
          merged.merge(histogramOf(part));
        }
        const whole = histogramOf(parts.flat());
        expect(figuresOf(merged)).toEqual(figuresOf(whole));
        expect(merged.sum).toBeCloseTo(whole.sum, -6);
      })
    );
  });

  it('says nothing while empty and leaves out what is no measurement', () => {
    const histogram = histogramOf([NaN, Infinity, -Infinity]);
    expect([histogram.count, histogram.quantile(0.5), histogram.min, histogram.max]).toEqual([
      0,
      undefined,
      undefined,
      undefined,
    ]);
    histogram.add(-5);
    expect([histogram.count, histogram.quantile(1), histogram.sum]).toEqual([1, 0, 0]);
  });
});
