import { timeScale, zoomAt } from './time-scale';
import { timeTicks } from './draw/time-ticks';

const NINE = Date.UTC(2026, 10, 23, 9);
const HOUR = 3_600_000;

test('an instant becomes a pixel and the pixel the instant again', () => {
  const scale = timeScale(NINE, NINE + HOUR, 1200);
  expect(scale.x(NINE + HOUR / 2)).toBe(600);
  expect(scale.time(scale.x(NINE + 1234))).toBeCloseTo(NINE + 1234, 3);
});

test('a range without length and a plot without width still have a scale', () => {
  const scale = timeScale(NINE, NINE, 0);
  expect(scale.msPerPx).toBe(1);
});

test('zooming keeps the instant under the pointer and ends at ten milliseconds', () => {
  const scale = timeScale(NINE, NINE + HOUR, 1000);
  const at = scale.time(250);
  const { from, to } = zoomAt(scale, at, 0.5);
  expect(timeScale(from, to, 1000).x(at)).toBeCloseTo(250, 6);
  const deep = zoomAt(scale, at, 1e-12);
  expect(deep.to - deep.from).toBeCloseTo(10, 2);
});

test('ticks are round in the time zone and far enough apart', () => {
  const ticks = timeTicks(timeScale(NINE, NINE + HOUR, 1000), 'utc');
  expect(ticks.map((tick) => tick.label).slice(0, 3)).toEqual(['09:00', '09:10', '09:20']);
  const kathmandu = timeTicks(timeScale(NINE, NINE + 6 * HOUR, 700), 'Asia/Kathmandu');
  expect(kathmandu.map((tick) => tick.label)).toEqual(['15:00', '16:00', '17:00', '18:00', '19:00', '20:00']);
});

test('midnight is told by its date, days and months by theirs', () => {
  const day = timeTicks(timeScale(Date.UTC(2026, 10, 22, 18), Date.UTC(2026, 10, 23, 6), 600), 'utc');
  expect(day.map((tick) => tick.label)).toContain('11-23');
  const year = timeTicks(timeScale(Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1), 1000), 'utc');
  expect(year[0]?.label).toMatch(/^2026-0/);
});

test('deep in, ticks show milliseconds', () => {
  const ticks = timeTicks(timeScale(NINE, NINE + 100, 1000), 'utc');
  expect(ticks[1]?.label).toBe('09:00:00.010');
});
