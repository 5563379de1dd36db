import type { Profile } from '../../src/prometheus/profile';
import { PM2_PROM_MODULE } from '../../src/prometheus/profiles/pm2-prom-module';
import { SIDEKIQ } from '../../src/prometheus/profiles/sidekiq';
import { SIDEKIQ_YABEDA } from '../../src/prometheus/profiles/sidekiq-yabeda';
import { SUPERVISORD_EXPORTER } from '../../src/prometheus/profiles/supervisord-exporter';
import { Asked } from '../systems/ask-connector';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { replayed } from '../systems/replay';
import type { Replayed } from '../systems/replay';
import { brokenRules } from '../systems/rules-on-scrape';

/** Exporters that no package registry has: scrapes of real ones (`tests/systems/scrapes`), scraped again by Prometheus. */
let prometheus: Replayed;
/** The timeline's shortest: a process is drawn that runs at one of these instants. */
const STEP_MS = 15_000;
const PROFILES = [SIDEKIQ, SIDEKIQ_YABEDA, SUPERVISORD_EXPORTER, PM2_PROM_MODULE];

beforeAll(async () => {
  prometheus = await replayed(PROFILES, STEP_MS);
}, 300_000);

afterAll(() => prometheus?.stop(), 60_000);

test.each<{ profile: Profile; lacking: string[] }>([
  { profile: SIDEKIQ, lacking: [] },
  // It has by a setting.
  { profile: SIDEKIQ_YABEDA, lacking: ['counters.failed: sidekiq_jobs_failed_total has no label error'] },
  {
    profile: SUPERVISORD_EXPORTER,
    // Nobody scraped while one was started.
    lacking: ['gauges.pending: supervisor_process_info never matches {"state":"STARTING|BACKOFF"}'],
  },
  { profile: PM2_PROM_MODULE, lacking: [] },
])('$profile.name: what its profile names is there', async ({ profile, lacking }) => {
  expect(await lackingOnScrape(prometheus.url, profile)).toEqual(lacking);
});

test.each(PROFILES)('$name: rules made from its profile can be evaluated', async (profile) => {
  expect(await brokenRules(prometheus.url, profile)).toEqual([]);
});

function asked({ id }: Profile): Asked {
  const { from, to } = prometheus.range;
  const range = { from: from - STEP_MS, to };
  return new Asked(prometheus.url, id, { range, step: STEP_MS });
}

async function runsOf(profile: Profile): Promise<Record<string, unknown>> {
  const runs = await asked(profile).runs();
  return Object.fromEntries(runs.map(({ task, state, nativeState }) => [task, [state, nativeState]]));
}

test('sidekiq-prometheus-exporter: all jobs together, each try counted; what waits, by queue', async () => {
  expect(await asked(SIDEKIQ).counts()).toEqual({
    '': { completed: 9, failed: 7, running: 2, pending: 1 },
    reports: { pending: 3 },
  });
  const { queues } = await asked(SIDEKIQ).view('queues');
  expect(queues.map(({ name, pending }) => [name, pending])).toEqual([
    ['reports', 3],
    ['mail', 0],
    ['orders', 0],
  ]);
  const { oldestPendingAt = 0 } = queues[0] ?? {};
  expect(prometheus.range.to - oldestPendingAt).toBeGreaterThan(12_000);
});

test('yabeda: jobs by class, each try counted', async () => {
  expect(await asked(SIDEKIQ_YABEDA).counts()).toEqual({
    OrdersJob: { completed: 2 },
    ChargeJob: { completed: 5 },
    RefundJob: { failed: 3 },
    MailJob: { completed: 2, failed: 4 },
    // Neither what waits nor what runs is told by class.
    '': { running: 2, pending: 4 },
  });
  const { queues } = await asked(SIDEKIQ_YABEDA).view('queues');
  expect(queues[0]).toMatchObject({ name: 'reports', pending: 3 });
});

test('yabeda: durations are of all tries, in seconds', async () => {
  const { series } = await asked(SIDEKIQ_YABEDA).view('durations');
  const durations = series.filter(({ what }) => what === 'duration');
  const counted = durations.map(({ group, count }) => [group, count.reduce((sum, one) => sum + one, 0)]);
  expect(Object.fromEntries(counted)).toEqual({ OrdersJob: 2, ChargeJob: 5, RefundJob: 3, MailJob: 6 });
  // Each slept for 50 ms.
  const { p50 } = durations.find(({ group }) => group === 'ChargeJob') ?? { p50: [] };
  const median = Math.max(...p50.map((ms) => ms ?? 0));
  expect(median).toBeGreaterThan(50);
  expect(median).toBeLessThanOrEqual(100);
});

test('supervisord_exporter: how a process ended that exited is unknown; one that cannot be started has failed', async () => {
  expect(await asked(SUPERVISORD_EXPORTER).counts()).toEqual({ web: { running: 1 }, fatal: { failed: 1 } });
  expect(await runsOf(SUPERVISORD_EXPORTER)).toEqual({
    web: ['running', 'RUNNING'],
    resting: ['cancelled', 'STOPPED'],
    report: ['unknown', 'EXITED'],
    // No scrape saw it start.
    fatal: ['failed', 'FATAL'],
    broken: ['unknown', 'EXITED'],
  });
});

test('pm2-prom-module: what was stopped is told from what failed', async () => {
  expect(await asked(PM2_PROM_MODULE).counts()).toEqual({ web: { running: 1 }, broken: { failed: 1 } });
  expect(await runsOf(PM2_PROM_MODULE)).toEqual({
    web: ['running', 'running'],
    resting: ['cancelled', 'stopped'],
    // No scrape saw it start.
    broken: ['failed', 'errored'],
  });
});
