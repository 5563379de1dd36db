import { wallClock, zoneOffset } from './zoned-clock';

const AT = Date.UTC(2026, 6, 1, 22, 30, 5);

test('a clock shows the date and time of its zone', () => {
  expect(wallClock(AT, 'utc')).toEqual({ date: '2026-07-01', time: '22:30:05' });
  expect(wallClock(AT, 'Asia/Shanghai')).toEqual({ date: '2026-07-02', time: '06:30:05' });
  expect(wallClock(Date.UTC(2026, 6, 1), 'utc').time).toBe('00:00:00');
});

test('offsets follow summer time', () => {
  expect(zoneOffset(AT, 'Europe/Berlin')).toBe(2 * 3_600_000);
  expect(zoneOffset(Date.UTC(2026, 0, 1), 'Europe/Berlin')).toBe(3_600_000);
  expect(zoneOffset(AT, 'Asia/Kathmandu')).toBe(5.75 * 3_600_000);
});

test('a zone that nobody knows counts as UTC, an instant that no calendar has shows dashes', () => {
  expect(zoneOffset(AT, 'Mars/Olympus')).toBe(0);
  expect(wallClock(NaN, 'utc').date).toBe('-');
  expect(wallClock(1e300, 'utc').time).toBe('-');
});
