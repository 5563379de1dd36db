import fc from 'fast-check';
import { firstPlace } from './first-place';

test('finds what looking at one place after the other finds, within its bounds', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(50), fc.nat(60), fc.nat(60), (numbers, least, a, b) => {
      const ascending = numbers.sort((x, y) => x - y);
      const from = Math.min(a, b, numbers.length);
      const to = Math.min(Math.max(a, b), numbers.length);
      const found = ascending.findIndex((number, place) => place >= from && place < to && number >= least);
      expect(firstPlace(from, to, (place) => ascending[place]! >= least)).toBe(found < 0 ? to : found);
    })
  );
});

test('asks only about places between the two', () => {
  const asked: number[] = [];
  firstPlace(3, 9, (place) => asked.push(place) < 0);
  expect(Math.min(...asked)).toBeGreaterThanOrEqual(3);
  expect(Math.max(...asked)).toBeLessThan(9);
  expect(firstPlace(4, 4, () => true)).toBe(4);
});

test('finds an instant among all that there are', () => {
  const born = 1_750_000_000_123;
  expect(firstPlace(0, 8.64e15, (at) => at >= born)).toBe(born);
});
