import { settleCorrections } from './corrections';

test('a retry in a later bucket takes the failure back where it was counted', () => {
  expect(settleCorrections([2, 0, null, -1, 1])).toEqual([1, 0, null, 0, 1]);
  expect(settleCorrections([1, 2, -3])).toEqual([0, 0, 0]);
});

test('what was counted before the range is passed over, and hides no failure that comes later', () => {
  expect(settleCorrections([-1, 0, 2])).toEqual([0, 0, 2]);
});
