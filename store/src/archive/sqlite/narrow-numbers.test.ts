import fc from 'fast-check';
import { NumberReader, NumberWriter } from './narrow-numbers';

const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.integer({ min: 0, max: 1e9 }).map((value) => value / 1e4),
  fc.constant(NaN),
  fc.constant(1_750_000_000_000)
);

test('columns of any numbers come back as they were, near to another column or not', () => {
  const columns = fc.integer({ min: 0, max: 40 }).chain((length) => {
    const column = fc.oneof(
      fc.array(number, { minLength: length, maxLength: length }),
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: length, maxLength: length }),
      number.map((value) => Array.from({ length }, () => value))
    );
    return fc.tuple(column, column, column);
  });
  fc.assert(
    fc.property(columns, ([a, b, c]) => {
      const { length } = a;
      const given = [a, b, c].map((values) => Float64Array.from(values));
      const blob = new NumberWriter(length).add(given[0]!).add(given[1]!, given[0]).add(given[2]!).take();
      // As SQLite may hand it over: anywhere in memory.
      for (const shift of [0, 3]) {
        const moved = Buffer.alloc(blob.length + shift);
        blob.copy(moved, shift);
        const reader = new NumberReader(moved.subarray(shift), length);
        const read = given.map(() => new Float64Array(length));
        reader.into(read[0]!);
        reader.into(read[1]!, read[0]);
        reader.into(read[2]!);
        expect(read.map((values) => [...values].map((value) => value + 0))).toEqual(
          given.map((values) => [...values].map((value) => value + 0))
        );
      }
    }),
    { numRuns: 500 }
  );
});

test('whole numbers near each other, times of one hour and decimals take a few bytes each', () => {
  const length = 1_000;
  const bytesOf = (make: (i: number) => number, reference?: Float64Array) => {
    const writer = new NumberWriter(length);
    if (reference !== undefined) {
      writer.add(reference);
    }
    const before = writer.take().length;
    return (
      writer
        .add(
          Float64Array.from({ length }, (_, i) => make(i)),
          reference
        )
        .take().length -
      before -
      32
    );
  };
  const times = Float64Array.from({ length }, (_, i) => 1_750_000_000_000 + i * 3_600);
  expect(bytesOf(() => 7)).toBe(0);
  expect(bytesOf(() => NaN)).toBe(0);
  expect(bytesOf((i) => i % 200)).toBe(length);
  expect(bytesOf((i) => times[i]!)).toBe(4 * length);
  expect(bytesOf((i) => times[i]! + (i % 9), times)).toBe(length);
  expect(bytesOf((i) => i / 2_000)).toBe(2 * length);
  expect(bytesOf((i) => Math.sqrt(i))).toBe(8 * length);
});
