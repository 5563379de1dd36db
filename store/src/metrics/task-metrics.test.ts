import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskEvent } from '../../../src/model/task-event';
import { DEFAULT_CONFIG } from '../config/config';
import type { ArchiveSettings } from '../archive/archive';
import { InProcessArchive } from '../threads/in-process';
import { openSqlite } from '../archive/sqlite/open';

const NOW = 1_750_000_000_000;
const KEY = { source: 'shop', runId: '1', attempt: 1 };
const TASK = { task: 'mail', queue: 'q' };
const LABELS = 'source="shop",task="mail",queue="q"';

let folder: string;
let archive: InProcessArchive;
const clock = { wall: NOW, steady: 0 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  clock.wall = NOW;
  clock.steady = 0;
  archive = open();
});

afterEach(async () => {
  await archive.close();
  rmSync(folder, { recursive: true });
});

function open(settings: Partial<ArchiveSettings> = {}): InProcessArchive {
  return new InProcessArchive(
    openSqlite(join(folder, 'archive.sqlite')),
    { ...DEFAULT_CONFIG, ...settings },
    { now: () => clock.wall, steady: () => clock.steady }
  );
}

async function restart(): Promise<void> {
  await archive.close();
  archive = open();
}

function run(runId: string, at: number, event: Partial<TaskEvent>): TaskEvent {
  return { ...KEY, ...TASK, runId, at, ...event };
}

/** The value of the one sample of that name and these labels; `undefined` when there is none. */
async function value(name: string, labels = LABELS): Promise<number | undefined> {
  const wanted = labels === '' ? `${name} ` : `${name}{${labels}} `;
  const found = (await archive.metrics()).split('\n').filter((line) => line.startsWith(wanted));
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0] === undefined ? undefined : Number(found[0].slice(wanted.length));
}

test('creation, start and retries are counted once, however often and late they are told', async () => {
  await archive.append([
    run('1', NOW - 5_000, { state: 'running' }),
    run('1', NOW - 9_000, { state: 'pending', substate: 'created' }),
    run('1', NOW - 9_000, { state: 'pending', substate: 'created' }),
  ]);
  await archive.append([
    run('1', NOW - 8_000, { state: 'pending', substate: 'queued' }),
    run('1', NOW - 6_000, { startedAt: NOW - 6_000 }),
    run('1', NOW - 4_000, { state: 'failed', exitCode: 1 }),
    run('1', NOW - 3_000, { attempt: 2, state: 'pending', substate: 'retrying' }),
  ]);
  expect(await value('runlane_task_runs_created_total')).toBe(2);
  expect(await value('runlane_task_runs_started_total')).toBe(1);
  // Waiting to be tried again is no attempt yet.
  expect(await value('runlane_task_retries_total')).toBe(0);
  await archive.append([run('1', NOW - 2_000, { attempt: 2, state: 'running' })]);
  expect(await value('runlane_task_runs_started_total')).toBe(2);
  expect(await value('runlane_task_retries_total')).toBe(1);
});

test('the run that has been running longest is told while it runs', async () => {
  expect(await value('runlane_task_oldest_running_timestamp_seconds')).toBeUndefined();
  await archive.append([
    run('1', NOW - 8_000, { state: 'running' }),
    run('2', NOW - 9_000, { state: 'running' }),
    run('3', NOW - 9_500, { state: 'pending' }),
  ]);
  expect(await value('runlane_task_oldest_running_timestamp_seconds')).toBe((NOW - 9_000) / 1000);
  await archive.append([run('2', NOW - 1_000, { state: 'completed' })]);
  expect(await value('runlane_task_oldest_running_timestamp_seconds')).toBe((NOW - 8_000) / 1000);
  await archive.append([run('1', NOW - 1_000, { state: 'unknown' })]);
  expect(await value('runlane_task_oldest_running_timestamp_seconds')).toBeUndefined();
});

test('the last failure is the newest, also when an older one is told later, and is taken back with a wrong conclusion', async () => {
  await archive.append([run('1', NOW - 9_000, { state: 'failed' })]);
  await archive.append([run('2', NOW - 20_000, { state: 'failed' })]);
  expect(await value('runlane_task_last_failure_timestamp_seconds')).toBe((NOW - 9_000) / 1000);
  await archive.append([run('3', NOW - 8_000, { state: 'running' }), run('3', NOW - 7_000, {})]);
  clock.steady += DEFAULT_CONFIG.lost.afterMs;
  expect(archive.tend()).toEqual({ lost: 1 });
  expect(await value('runlane_task_last_failure_timestamp_seconds')).toBe((NOW - 7_000) / 1000);
  expect(await value('runlane_task_abnormal_exits_total', `${LABELS},reason="lost"`)).toBe(1);
  await archive.append([run('3', NOW + 1_000, {})]);
  expect(await value('runlane_task_last_failure_timestamp_seconds')).toBe((NOW - 9_000) / 1000);
  expect(await value('runlane_task_runs', `${LABELS},state="running"`)).toBe(1);
  await archive.append([run('3', NOW + 2_000, { state: 'completed' })]);
  expect(await value('runlane_task_last_success_timestamp_seconds')).toBe((NOW + 2_000) / 1000);
  // What was counted stays counted.
  expect(await value('runlane_task_runs_finished_total', `${LABELS},outcome="failed"`)).toBe(3);
  expect(await value('runlane_task_runs_finished_total', `${LABELS},outcome="completed"`)).toBe(1);
});

test('a failure of which the cause is told later is one failed run, with both reasons', async () => {
  await archive.append([run('1', NOW - 9_000, { state: 'failed', exitCode: 137 })]);
  await archive.append([run('1', NOW - 8_000, { state: 'failed', substate: 'oom', exitCode: 137 })]);
  expect(await value('runlane_task_runs_finished_total', `${LABELS},outcome="failed"`)).toBe(1);
  expect(await value('runlane_task_abnormal_exits_total', `${LABELS},reason="oom"`)).toBe(1);
});

test('CPU, memory and their limits are those of running runs, by their newest samples', async () => {
  await archive.append([
    run('1', NOW - 10_000, { state: 'running', memoryLimitBytes: 1_000, cpuLimitCores: 2 }),
    run('1', NOW - 8_000, { cpuSeconds: 1, rssBytes: 300 }),
    run('1', NOW - 4_000, { cpuSeconds: 3, rssBytes: 900 }),
    run('1', NOW - 6_000, { cpuSeconds: 2, rssBytes: 9_999 }),
    run('2', NOW - 10_000, { state: 'running', memoryLimitBytes: 4_000 }),
    run('2', NOW - 8_000, { rssBytes: 1_000, cpuSeconds: 3 }),
    run('3', NOW - 10_000, { state: 'running' }),
  ]);
  const told = async () => ({
    cores: await value('runlane_task_cpu_cores'),
    bytes: await value('runlane_task_resident_memory_bytes'),
    memoryLimit: await value('runlane_task_memory_limit_bytes'),
    cpuLimit: await value('runlane_task_cpu_limit_cores'),
    memoryUsed: await value('runlane_task_memory_limit_used_ratio'),
    cpuUsed: await value('runlane_task_cpu_limit_used_ratio'),
  });
  const all = { cores: 2, bytes: 1_900, memoryLimit: 1_000, cpuLimit: 2, memoryUsed: 0.9, cpuUsed: 0.25 };
  expect(await told()).toEqual(all);
  expect(await value('runlane_task_cpu_seconds_total')).toBe(6);
  await restart();
  // What is, is told at once; what has happened is counted from now on.
  expect(await told()).toEqual(all);
  expect(await value('runlane_task_cpu_seconds_total')).toBe(0);
  await archive.append([run('1', NOW, { state: 'completed', cpuSeconds: 5, maxRssBytes: 950 })]);
  expect(await told()).toEqual({
    cores: 1.5,
    bytes: 1_000,
    memoryLimit: 4_000,
    cpuLimit: undefined,
    memoryUsed: 0.25,
    cpuUsed: undefined,
  });
  expect(await value('runlane_task_cpu_seconds_total')).toBe(2);
});

test('a restart keeps gauges and instants, and begins to count anew', async () => {
  await archive.append([
    run('1', NOW - 60_000, { state: 'completed', startedAt: NOW - 90_000, worker: 'w1', labels: { owner: 'ann' } }),
    run('2', NOW - 50_000, { state: 'failed', exitCode: 1, worker: 'w2', labels: { owner: 'bob' } }),
    run('3', NOW - 40_000, { state: 'running', worker: 'w1' }),
    run('4', NOW - 30_000, { state: 'pending' }),
    { ...run('5', NOW - 20_000, { state: 'completed' }), source: 'etl', task: 'load' },
  ]);
  const gauges = async () => ({
    running: await value('runlane_task_runs', `${LABELS},state="running"`),
    pending: await value('runlane_task_runs', `${LABELS},state="pending"`),
    oldest: await value('runlane_task_oldest_running_timestamp_seconds'),
    success: await value('runlane_task_last_success_timestamp_seconds'),
    failure: await value('runlane_task_last_failure_timestamp_seconds'),
    owner: await value('runlane_task_owner_info', 'source="shop",task="mail",owner="bob"'),
    shop: await value('runlane_source_last_seen_timestamp_seconds', 'source="shop"'),
    etl: await value('runlane_source_last_seen_timestamp_seconds', 'source="etl"'),
    w1: await value('runlane_worker_last_seen_timestamp_seconds', 'source="shop",worker="w1"'),
    w2: await value('runlane_worker_last_seen_timestamp_seconds', 'source="shop",worker="w2"'),
    waiting: await value('runlane_task_oldest_pending_timestamp_seconds'),
    queue: await value('runlane_queue_oldest_pending_timestamp_seconds', 'source="shop",queue="q"'),
  });
  const before = await gauges();
  expect(before).toEqual({
    running: 1,
    pending: 1,
    oldest: (NOW - 40_000) / 1000,
    success: (NOW - 60_000) / 1000,
    failure: (NOW - 50_000) / 1000,
    owner: 1,
    shop: (NOW - 30_000) / 1000,
    etl: (NOW - 20_000) / 1000,
    w1: (NOW - 40_000) / 1000,
    w2: (NOW - 50_000) / 1000,
    waiting: (NOW - 30_000) / 1000,
    queue: (NOW - 30_000) / 1000,
  });
  await restart();
  expect(await gauges()).toEqual(before);
  for (const counter of [
    'runlane_task_runs_created_total',
    'runlane_task_runs_started_total',
    'runlane_task_retries_total',
    'runlane_task_run_wait_seconds_count',
    'runlane_task_run_duration_seconds_count',
  ]) {
    expect(await value(counter)).toBe(0);
  }
  for (const outcome of ['completed', 'failed', 'cancelled']) {
    expect(await value('runlane_task_runs_finished_total', `${LABELS},outcome="${outcome}"`)).toBe(0);
  }
});

test('the owner is that of the newest run, one per task', async () => {
  await archive.append([
    run('1', NOW - 5_000, { state: 'completed', labels: { owner: 'bob' } }),
    run('2', NOW - 9_000, { state: 'completed', labels: { owner: 'ann' } }),
    run('3', NOW - 1_000, { state: 'completed', queue: 'other', labels: { team: 'x' } }),
    run('4', NOW - 2_000, { state: 'completed', queue: 'other', labels: { owner: 'c"d' } }),
  ]);
  const lines = (await archive.metrics()).split('\n').filter((line) => line.startsWith('runlane_task_owner_info{'));
  expect(lines).toEqual(['runlane_task_owner_info{source="shop",task="mail",owner="c\\"d"} 1']);
});

test('durations and waits are in buckets that tell half a second and a hundredth', async () => {
  const ended = [5, 400, 500, 501, 20_000_000].map((took, i) =>
    run(String(i), NOW, { state: 'completed', startedAt: NOW - took, finishedAt: NOW })
  );
  await archive.append(ended);
  const buckets = (await archive.metrics()).match(/(?<=duration_seconds_bucket\{.*le=")[^"]+"\} \d+/g) ?? [];
  expect(buckets.map((line) => line.replace('"}', ''))).toEqual([
    '0.01 1',
    '0.025 1',
    '0.05 1',
    '0.1 1',
    '0.25 1',
    '0.5 3',
    '1 4',
    '2.5 4',
    '5 4',
    '10 4',
    '30 4',
    '60 4',
    '120 4',
    '300 4',
    '600 4',
    '1800 4',
    '3600 4',
    '14400 4',
    '+Inf 5',
  ]);
});

test('names beyond the limit share one series, and so do reasons', async () => {
  await archive.append(
    Array.from({ length: 600 }, (_, i) =>
      run(String(i), NOW, { task: `task-${i}`, state: 'running', labels: { owner: 'ann' }, rssBytes: 1 })
    )
  );
  await archive.append(
    Array.from({ length: 100 }, (_, i) => run(`x${i}`, NOW, { task: 'task-1', state: 'failed', exitCode: i + 1 }))
  );
  const text = await archive.metrics();
  expect(text).toContain('runlane_store_task_series_folded 100\n');
  const other = 'source="(other)",task="(other)",queue="(other)"';
  expect(text).toContain(`runlane_task_runs{${other},state="running"} 100\n`);
  expect(text).toContain(`runlane_task_resident_memory_bytes{${other}} 100\n`);
  expect(text.match(/^runlane_task_runs_started_total\{/gm)).toHaveLength(501);
  expect(text.match(/^runlane_task_owner_info\{/gm)).toHaveLength(500);
  const reasons = text.match(/^runlane_task_abnormal_exits_total\{source="shop",task="task-1",.*$/gm) ?? [];
  expect(reasons).toHaveLength(31);
  expect(reasons.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(100);
});

describe('a run of several attempts', () => {
  const attempt = (number: number, at: number, event: Partial<TaskEvent>) =>
    run('1', at, { attempt: number, ...event });
  const lives = [
    [attempt(1, NOW - 9_000, { state: 'running' }), attempt(1, NOW - 8_000, { state: 'failed', exitCode: 1 })],
    [attempt(2, NOW - 7_000, { state: 'running' }), attempt(2, NOW - 6_000, { state: 'failed', exitCode: 1 })],
    [attempt(3, NOW - 5_000, { state: 'running' }), attempt(3, NOW - 4_000, { state: 'completed' })],
  ];
  const runs = async (outcome: string) =>
    (await value('runlane_task_runs_finished_total', `${LABELS},outcome="${outcome}"`))! -
    (await value('runlane_task_runs_finished_corrections_total', `${LABELS},outcome="${outcome}"`))!;
  const exits = async () =>
    (await value('runlane_task_abnormal_exits_total', `${LABELS},reason="exit 1"`))! -
    (await value('runlane_task_abnormal_exits_corrections_total', `${LABELS},reason="exit 1"`))!;

  test.each([
    ['in order, each attempt after the failure before was counted', [0, 1, 2]],
    ['the last first', [2, 1, 0]],
    ['the first last', [1, 2, 0]],
  ])('is one run that ended as its last attempt did: %s', async (_, order) => {
    for (const place of order) {
      await archive.append(lives[place]!);
    }
    expect([await runs('completed'), await runs('failed'), await exits()]).toEqual([1, 0, 0]);
    expect(await value('runlane_task_last_failure_timestamp_seconds')).toBeUndefined();
    expect(await value('runlane_task_retries_total')).toBe(2);
    // The next start of the store finds the same: the last failure is one that stands.
    await restart();
    expect(await value('runlane_task_last_failure_timestamp_seconds')).toBeUndefined();
  });

  test('is counted in one batch as in three', async () => {
    await archive.append(lives.flat().reverse());
    expect([await runs('completed'), await runs('failed'), await exits()]).toEqual([1, 0, 0]);
    expect(await value('runlane_task_runs_finished_corrections_total', `${LABELS},outcome="failed"`)).toBe(0);
  });

  test('that fails at its last try is one failed run', async () => {
    await archive.append(lives[0]!);
    await archive.append([
      attempt(2, NOW - 7_000, { state: 'running' }),
      attempt(2, NOW - 6_000, { state: 'failed', exitCode: 1 }),
    ]);
    expect([await runs('completed'), await runs('failed'), await exits()]).toEqual([0, 1, 1]);
  });
});

test('a lost run that lives counts as lost no more', async () => {
  await archive.append([run('1', NOW - 9_000, { state: 'failed', substate: 'lost', derived: true })]);
  await archive.append([run('1', NOW - 5_000, { state: 'completed' })]);
  const failed = `${LABELS},outcome="failed"`;
  expect(await value('runlane_task_runs_finished_total', failed)).toBe(1);
  expect(await value('runlane_task_runs_finished_corrections_total', failed)).toBe(1);
  expect(await value('runlane_task_abnormal_exits_corrections_total', `${LABELS},reason="lost"`)).toBe(1);
});
