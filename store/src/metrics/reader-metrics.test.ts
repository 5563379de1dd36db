import { ReaderMetrics } from './reader-metrics';

test('a scrape gets what was computed last while the readers are busy, with its age, until it is too old', async () => {
  let at = 0;
  let answer: (text: string) => void = () => undefined;
  const metrics = new ReaderMetrics(
    () => new Promise((resolve) => (answer = resolve)),
    () => at,
    0
  );
  expect(await metrics.text()).toBe('');
  answer('runlane_health_score 90\n');
  await new Promise((resolve) => setImmediate(resolve));
  at = 20_000;
  expect(await metrics.text()).toMatch(/runlane_store_health_age_seconds 20\nrunlane_health_score 90\n$/);
  at = 61_000;
  expect(await metrics.text()).toMatch(/runlane_store_health_age_seconds 61\n$/);
  answer('runlane_health_score 80\n');
  await new Promise((resolve) => setImmediate(resolve));
  expect(await metrics.text()).toMatch(/age_seconds 0\nrunlane_health_score 80\n$/);
});
