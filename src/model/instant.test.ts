import { reportedInstant } from './instant';

test.each([
  ['epoch zero', 0],
  ['minus one', -1],
  ['epoch zero in the local time of Auckland, and of Honolulu', 13 * 3_600_000],
  ['epoch zero west of Greenwich', -10 * 3_600_000],
  ['the zero time of Go, in milliseconds', -62_135_596_800_000],
  ['the zero time of Go, in seconds', -62_135_596_800],
  ['a day of a spreadsheet', -2_209_161_600_000],
])('%s is no instant', (_name, ms) => {
  expect(reportedInstant(ms)).toBeUndefined();
});

test('what is no number is none either, and an instant stays as it is', () => {
  expect(reportedInstant(NaN)).toBeUndefined();
  expect(reportedInstant(undefined)).toBeUndefined();
  expect(reportedInstant(1_750_000_000_000.25)).toBe(1_750_000_000_000.25);
});
