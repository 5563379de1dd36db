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
        expect({ ...merged.toJSON(), sum: 0 }).toEqual({ ...whole.toJSON(), sum: 0 });
        expect(merged.sum).toBeCloseTo(whole.sum, -6);
      })
    );
  });

  it('is the same after encoding and decoding, as bytes and as JSON', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const histogram = histogramOf(values);
        expect(LogHistogram.decode(histogram.encode()).toJSON()).toEqual(histogram.toJSON());
        const text = JSON.stringify(histogram);
        expect(JSON.stringify(LogHistogram.fromJSON(JSON.parse(text)))).toBe(text);
        expect(LogHistogram.decode(histogram.encode()).count).toBe(values.length);
      })
    );
  });

  it('never accepts damaged bytes silently as another number of values than they hold, and never hangs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          const read = LogHistogram.decode(bytes);
          expect(LogHistogram.decode(read.encode()).toJSON()).toEqual(read.toJSON());
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2000 }
    );
    const good = histogramOf([1, 2, 3000]).encode();
    for (let length = 0; length < good.length; length++) {
      expect(() => LogHistogram.decode(good.slice(0, length))).toThrow('[log histogram]');
    }
  });

  it('refuses JSON of another shape', () => {
    for (const wrong of [
      null,
      3,
      {},
      { v: 2 },
      { v: 1, zero: -1, sum: 0, bins: [] },
      { v: 1, zero: 0, sum: 0, bins: [1] },
      { v: 1, zero: 0, sum: 1, min: 0, max: 9, bins: [5, 1, 5, 1] },
    ]) {
      expect(() => LogHistogram.fromJSON(wrong)).toThrow(RangeError);
    }
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

  it('counts values up to a border like the cumulative bucket of a Prometheus histogram', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0.01, max: 1e9, noNaN: true }), (values, border) => {
        const found = histogramOf(values).countUpTo(border);
        const least = values.filter((value) => value <= border).length;
        const most = values.filter((value) => value <= border * 1.0203).length;
        expect(found).toBeGreaterThanOrEqual(least);
        expect(found).toBeLessThanOrEqual(most);
      })
    );
  });

  it('keeps a thousand durations in less than 1,500 bytes', () => {
    const histogram = histogramOf(Array.from({ length: 1000 }, (_, i) => 200 * Math.exp(Math.sin(i * 12.9898) * 2)));
    expect(histogram.encode().length).toBeLessThan(1500);
  });
});
