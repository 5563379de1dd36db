import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, HealthScore } from '../../../src/model/answer';
import type { TaskEvent } from '../../../src/model/task-event';
import { DEFAULT_CONFIG } from '../config/config';
import { InProcessArchive } from '../threads/in-process';
import { openSqlite } from '../archive/sqlite/open';

const NOW = 1_750_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let folder: string;
let archive: InProcessArchive;
const clock = { wall: NOW, steady: 0 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  // It has listened for long when the tests begin.
  clock.wall = NOW - 2 * HOUR;
  clock.steady = 0;
  archive = open();
  clock.wall = NOW;
});

function open(): InProcessArchive {
  // Runs count as lost so late that silence shows first.
  const lost = { afterMs: 10 * MINUTE };
  return new InProcessArchive(
    openSqlite(join(folder, 'archive.sqlite')),
    { ...DEFAULT_CONFIG, lost },
    { now: () => clock.wall, steady: () => clock.steady }
  );
}

/** The store stops, and starts again after this time. */
async function restartAfter(ms: number): Promise<void> {
  await archive.close();
  pass(ms);
  archive = open();
}

function pass(ms: number): void {
  clock.wall += ms;
  clock.steady += ms;
}

afterEach(async () => {
  await archive.close();
  rmSync(folder, { recursive: true });
});

function run(runId: string, worker: string, at: number, event: Partial<TaskEvent> = {}): TaskEvent {
  return { source: 'shop', runId, attempt: 1, at, task: 'mail', worker, ...event };
}

function beat(runId: string, worker: string, at: number): TaskEvent {
  return { source: 'shop', runId, attempt: 1, at, worker };
}

/** Health of the task over the last half hour of the clock. */
async function health(task = 'mail'): Promise<HealthScore> {
  const text = await archive.query({
    view: 'health',
    filter: { matches: [{ field: 'task', operator: '=', values: [task] }] },
    range: { from: clock.wall - 30 * MINUTE, to: clock.wall },
    step: MINUTE,
    groupBy: 'task',
    limit: 10,
    now: clock.wall,
  });
  const [group] = (JSON.parse(text) as Extract<Answer, { view: 'health' }>).groups;
  if (group === undefined) {
    throw new Error('no group');
  }
  return group;
}

async function silent(task?: string): Promise<string[] | 'fine' | 'unchecked'> {
  const { deductions, fine } = await health(task);
  const deduction = deductions.find(({ reason }) => reason === 'silent_workers');
  return deduction?.runKeys ?? (fine.includes('silent_workers') ? 'fine' : 'unchecked');
}

/** What the list of workers says of each. */
async function alive(): Promise<Record<string, boolean | undefined>> {
  const text = await archive.query({
    view: 'workers',
    filter: { matches: [] },
    range: { from: clock.wall - 30 * MINUTE, to: clock.wall },
    step: MINUTE,
    groupBy: 'worker',
    limit: 10,
    now: clock.wall,
  });
  const { workers } = JSON.parse(text) as Extract<Answer, { view: 'workers' }>;
  return Object.fromEntries(workers.map((worker) => [worker.name, worker.alive]));
}

test('a worker is silent when a run on it gave signs of life and gives none any more', async () => {
  await archive.append([
    run('1', 'w1', NOW - 5 * MINUTE, { state: 'running' }),
    beat('1', 'w1', NOW - 5 * MINUTE),
    run('2', 'w2', NOW - 5 * MINUTE, { state: 'running' }),
    beat('2', 'w2', NOW - 80 * SECOND),
  ]);
  const { deductions } = await health();
  expect(deductions).toMatchObject([{ reason: 'silent_workers', found: 1, of: 2, runKeys: ['w1'] }]);
  await archive.append([beat('1', 'w1', NOW - SECOND)]);
  expect(await silent()).toBe('fine');
});

test('an idle worker is not silent, however long it has nothing to do, and counts among the workers', async () => {
  await archive.append([
    run('1', 'idle', NOW - 29 * MINUTE, { state: 'running' }),
    beat('1', 'idle', NOW - 29 * MINUTE),
    run('1', 'idle', NOW - 28 * MINUTE, { state: 'completed' }),
  ]);
  expect(await silent()).toBe('fine');
  await archive.append([run('2', 'busy', NOW - 4 * MINUTE, { state: 'running' }), beat('2', 'busy', NOW - 3 * MINUTE)]);
  expect((await health()).deductions).toMatchObject([{ reason: 'silent_workers', found: 1, of: 2 }]);
});

test('a worker whose run was lost stays silent until it is heard of again, whatever task it works on then', async () => {
  await archive.append([run('1', 'w1', NOW, { state: 'running' }), beat('1', 'w1', NOW)]);
  pass(11 * MINUTE);
  expect(archive.tend()).toEqual({ lost: 1 });
  expect(await silent()).toEqual(['w1']);
  await archive.append([
    { ...run('2', 'w1', clock.wall - 5_000, { state: 'running' }), task: 'other' },
    beat('2', 'w1', clock.wall - 4_000),
    { ...run('2', 'w1', clock.wall - 3_000, { state: 'completed' }), task: 'other' },
  ]);
  expect(await silent()).toBe('fine');
});

test('of workers that never give signs of life in between, nothing is known', async () => {
  await archive.append([
    run('1', 'celery@a', NOW - 20 * MINUTE, { state: 'running' }),
    run('2', 'celery@b', NOW - 20 * MINUTE, { state: 'completed' }),
  ]);
  expect(await silent()).toBe('unchecked');
  expect((await health()).uncheckedWhy?.silent_workers).toBe('not_reported');
});

test('a worker that is gone for longer than the spec remembers is forgotten', async () => {
  await archive.append([
    run('1', 'w1', NOW, { state: 'running' }),
    beat('1', 'w1', NOW),
    run('2', 'w2', NOW + 60 * MINUTE, { state: 'running' }),
    beat('2', 'w2', NOW + 61 * MINUTE),
  ]);
  clock.wall = NOW + 61 * MINUTE;
  expect(await silent()).toBe('fine');
});

test('nobody is silent who could not be heard: after a restart silence counts from the start', async () => {
  await archive.append([run('1', 'w1', NOW, { state: 'running' }), beat('1', 'w1', NOW)]);
  await restartAfter(20 * MINUTE);
  expect(await silent()).toBe('fine');
  pass(90 * SECOND);
  expect(await silent()).toBe('fine');
  pass(SECOND);
  expect(await silent()).toEqual(['w1']);
  await archive.append([beat('1', 'w1', clock.wall)]);
  expect(await silent()).toBe('fine');
});

test('nobody is silent while the store itself was away: silence counts from its return', async () => {
  await archive.append([run('1', 'w1', NOW, { state: 'running' }), beat('1', 'w1', NOW)]);
  pass(20 * MINUTE);
  archive.listenAgain();
  expect(archive.tend()).toEqual({ lost: 0 });
  expect(await silent()).toBe('fine');
  pass(91 * SECOND);
  expect(await silent()).toEqual(['w1']);
});

test('a worker whose run was lost before the restart is not heard by it', async () => {
  await archive.append([run('1', 'w1', NOW, { state: 'running' }), beat('1', 'w1', NOW)]);
  pass(11 * MINUTE);
  expect(archive.tend()).toEqual({ lost: 1 });
  await restartAfter(MINUTE);
  expect(await silent()).toEqual(['w1']);
});

test('a worker that vanished while the store was away is silent, and forgotten, by the time since the start', async () => {
  await archive.append([run('1', 'w1', NOW, { state: 'running' }), beat('1', 'w1', NOW)]);
  await restartAfter(5 * HOUR);
  expect(archive.tend()).toEqual({ lost: 0 });
  pass(11 * MINUTE);
  expect(archive.tend()).toEqual({ lost: 1 });
  await archive.append([run('2', 'w1', clock.wall - SECOND, { state: 'pending' })]);
  expect(await silent()).toEqual(['w1']);
  pass(50 * MINUTE);
  await archive.append([run('3', 'w1', clock.wall - SECOND, { state: 'pending' })]);
  expect(await silent()).toBe('unchecked');
});

test('runs near their limits are told with the runs that came nearest; without limits nothing is', async () => {
  const ended = { state: 'completed' as const, startedAt: NOW - 3 * MINUTE };
  await archive.append([run('0', 'w1', NOW - 2 * MINUTE, { ...ended, maxRssBytes: 999 })]);
  expect((await health()).uncheckedWhy?.resource_pressure).toBe('not_reported');
  await archive.append([
    run('1', 'w1', NOW - 2 * MINUTE, { ...ended, maxRssBytes: 960, memoryLimitBytes: 1_000 }),
    run('2', 'w1', NOW - 2 * MINUTE, { ...ended, maxRssBytes: 500, memoryLimitBytes: 1_000 }),
    run('3', 'w1', NOW - 2 * MINUTE, { ...ended, cpuSeconds: 57, cpuLimitCores: 1 }),
    // Too short a life to say anything.
    run('4', 'w1', NOW - MINUTE, { ...ended, startedAt: NOW - MINUTE - 20, cpuSeconds: 0.03, cpuLimitCores: 1 }),
  ]);
  const { deductions } = await health();
  expect(deductions).toMatchObject([
    { reason: 'resource_pressure', found: 0.96, of: 3, runKeys: ['shop\n1\n1', 'shop\n3\n1', 'shop\n2\n1'] },
  ]);
  expect(deductions[0]?.points).toBeCloseTo(6, 9);
});

test('who was heard of is alive, who owes a sign is silent, and of who has nothing to do nobody knows', async () => {
  await archive.append([
    run('1', 'busy', NOW - SECOND, { state: 'running' }),
    beat('1', 'busy', NOW),
    run('2', 'idle', NOW - SECOND, { state: 'running' }),
    beat('2', 'idle', NOW - SECOND),
    run('2', 'idle', NOW, { state: 'completed' }),
  ]);
  expect(await alive()).toEqual({ busy: true, idle: true });
  pass(91 * SECOND);
  expect(await alive()).toEqual({ busy: false, idle: undefined });
});
