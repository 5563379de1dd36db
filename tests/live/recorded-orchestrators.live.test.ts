import type { Profile } from '../../src/prometheus/profile';
import { CADVISOR } from '../../src/prometheus/profiles/cadvisor';
import { DAGSTER } from '../../src/prometheus/profiles/dagster';
import { KUBE_JOBS } from '../../src/prometheus/profiles/kube-jobs';
import { NODE_SYSTEMD } from '../../src/prometheus/profiles/node-systemd';
import { SYSTEMD_EXPORTER } from '../../src/prometheus/profiles/systemd-exporter';
import { Asked } from '../systems/ask-connector';
import { query } from '../systems/ask-prometheus';
import { lackingOnScrape } from '../systems/profile-on-scrape';
import { replayed } from '../systems/replay';
import type { Replayed } from '../systems/replay';
import { brokenRules } from '../systems/rules-on-scrape';

/** Dagster, Kubernetes, systemd and cAdvisor, which tests cannot start everywhere: recorded scrapes, scraped again by Prometheus. */
const PROFILES = [DAGSTER, KUBE_JOBS, NODE_SYSTEMD, SYSTEMD_EXPORTER, CADVISOR];
/** The timeline's shortest. */
const STEP_MS = 15_000;
/** Jobs of Kubernetes began up to so long before the recording. */
const BEFORE_MS = 20 * 60_000;
let prometheus: Replayed;

beforeAll(async () => {
  prometheus = await replayed(PROFILES, STEP_MS);
}, 300_000);

afterAll(() => prometheus?.stop(), 60_000);

function asked({ id }: Profile, of = prometheus.range): Asked {
  return new Asked(prometheus.url, id, { range: of, step: STEP_MS });
}

test.each<{ profile: Profile; lacking: string[] }>([
  { profile: DAGSTER, lacking: [] },
  { profile: KUBE_JOBS, lacking: [] },
  { profile: NODE_SYSTEMD, lacking: [] },
  // Versions after 0.5.0 do not measure it.
  { profile: SYSTEMD_EXPORTER, lacking: ['cpuSeconds: no systemd_unit_cpu_seconds_total'] },
  // Without Docker control groups have an id and no name.
  {
    profile: CADVISOR,
    lacking: [
      'counters.abnormal: container_oom_events_total',
      'gauges.limitMemory: container_spec_memory_limit_bytes',
      'timestamps.workerSeen: container_last_seen',
      'cpuSeconds: container_cpu_usage_seconds_total',
      'rssBytes: container_memory_working_set_bytes',
    ].map((metric) => `${metric} never matches {"name":".+"}`),
  },
])('$profile.name: what its profile names is there', async ({ profile, lacking }) => {
  expect(await lackingOnScrape(prometheus.url, profile)).toEqual(lacking);
});

test.each(PROFILES)('$name: every rule can be evaluated', async (profile) => {
  expect(await brokenRules(prometheus.url, profile)).toEqual([]);
});

test('Dagster: how runs ended, what runs and what waits', async () => {
  expect(await asked(DAGSTER).counts()).toEqual({
    send_mail: { completed: 1 },
    charge_orders: { failed: 1 },
    build_report: { running: 2, pending: 1 },
  });
});

test('Dagster: its daemons are the workers', async () => {
  const { workers } = await asked(DAGSTER).view('workers');
  expect(workers.map(({ name, alive }) => [name, alive])).toEqual(
    expect.arrayContaining([
      ['QUEUED_RUN_COORDINATOR', true],
      ['SCHEDULER', true],
    ])
  );
});

test('Dagster: where nothing runs or waits, the age is 0', async () => {
  const ages = await query(prometheus.url, 'dagster_active_run_duration_seconds == 0');
  expect(ages.map(({ metric }) => `${metric['job_name']} ${metric['status']}`)).toContain('send_mail started');
});

test('Kubernetes: a job whose pods fail while it tries on runs; one that gave up has failed, and why', async () => {
  const { from, to } = prometheus.range;
  const whole = { from: from - BEFORE_MS, to };
  const runs = await asked(KUBE_JOBS, whole).runs();
  expect(Object.fromEntries(runs.map(({ runId, task, state, error }) => [runId, [task, state, error?.type]]))).toEqual({
    'shop/backup-29925780': ['backup', 'completed', undefined],
    'shop/backup-29925795': ['backup', 'running', undefined],
    'shop/migrate': ['migrate', 'completed', undefined],
    'shop/report-once': ['report-once', 'failed', 'BackoffLimitExceeded'],
    'shop/resize': ['resize', 'pending', undefined],
    'shop/retrying': ['retrying', 'running', undefined],
  });
  const backup = runs.find(({ runId }) => runId === 'shop/backup-29925780');
  expect((backup?.finishedAt ?? 0) - (backup?.startedAt ?? 0)).toBe(120_000);
});

test('Kubernetes: what has failed is counted when it is given up', async () => {
  expect(await asked(KUBE_JOBS).counts()).toMatchObject({
    'report-once': { failed: 1 },
    retrying: { running: 1 },
    backup: { running: 1 },
  });
});

test.each([NODE_SYSTEMD, SYSTEMD_EXPORTER])('$name: a oneshot service that is activating runs', async (profile) => {
  const counts = await asked(profile).counts();
  expect(counts).toMatchObject({
    'web.service': { running: 1 },
    'slow-start.service': { running: 1 },
    'broken.service': { failed: 1 },
  });
  // It waits to be started again, which only the type tells.
  expect(counts['flapping.service']).toMatchObject(profile === NODE_SYSTEMD ? { pending: 1 } : { running: 1 });
  const runs = await asked(profile).runs();
  expect(runs.find(({ task }) => task === 'slow-start.service')?.state).toBe('running');
});
