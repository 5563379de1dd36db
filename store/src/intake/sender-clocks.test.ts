import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from '../../../src/model/answer';
import type { TaskEvent } from '../../../src/model/task-event';
import type { TaskRun } from '../../../src/model/task-run';
import { DEFAULT_CONFIG } from '../config/config';
import { InProcessArchive } from '../threads/in-process';
import { openSqlite } from '../archive/sqlite/open';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let folder: string;
let archive: InProcessArchive;
const clock = { wall: NOW, steady: 0 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  clock.wall = NOW;
  clock.steady = 0;
  const time = { now: () => clock.wall, steady: () => clock.steady };
  archive = new InProcessArchive(openSqlite(join(folder, 'archive.sqlite')), DEFAULT_CONFIG, time);
});

afterEach(async () => {
  await archive.close();
  rmSync(folder, { recursive: true });
});

async function tell(events: ReadonlyArray<Partial<TaskEvent>>, clockAheadMs?: number): Promise<void> {
  const lines = events.map((event) => JSON.stringify({ source: 'shop', runId: '1', task: 'mail', ...event }));
  await archive.ingest(Buffer.from(lines.join('\n')), clockAheadMs);
}

async function run(): Promise<TaskRun> {
  const range = { from: NOW - 12 * HOUR, to: clock.wall };
  const filter = { matches: [] };
  const text = await archive.query({ view: 'runs', filter, range, step: HOUR, limit: 10, now: clock.wall });
  const { runs } = JSON.parse(text) as Extract<Answer, { view: 'runs' }>;
  expect(runs).toHaveLength(1);
  return runs[0]!;
}

const PENDING = { at: NOW - 10 * MINUTE, state: 'pending', queue: 'q' } as const;

test('the end that a worker tells whose clock is an hour ahead is believed at once, and its clock is said to be ahead', async () => {
  await tell([
    PENDING,
    { at: NOW + 50 * MINUTE + 1_000, state: 'running', worker: 'w' },
    { at: NOW + 50 * MINUTE + 5_000, state: 'completed' },
  ]);
  // It came ten minutes late, so that the clock is ahead by 50 minutes at least; by an hour, nothing began too early.
  expect(await run()).toMatchObject({
    state: 'completed',
    queuedAt: PENDING.at,
    startedAt: PENDING.at + 1_000,
    finishedAt: PENDING.at + 5_000,
    clockAheadMs: HOUR,
  });
});

test('a clock that is ahead by no whole half hour is taken to be so by as much as its events', async () => {
  await tell([
    { ...PENDING, at: NOW - 1_000 },
    { at: NOW + 17 * MINUTE, state: 'running', worker: 'w' },
    { at: NOW + 17 * MINUTE + 30_000, state: 'completed' },
  ]);
  expect(await run()).toMatchObject({
    state: 'completed',
    startedAt: NOW - 30_000,
    finishedAt: NOW,
    clockAheadMs: 17 * MINUTE + 30_000,
  });
});

test('what such a worker tells as it happens is moved by the same each time, so that durations stay', async () => {
  await tell([PENDING]);
  await tell([{ at: NOW + HOUR, state: 'running', worker: 'w' }]);
  clock.wall += 20 * MINUTE + 300;
  await tell([{ at: NOW + HOUR + 20 * MINUTE, state: 'completed', worker: 'w' }]);
  expect(await run()).toMatchObject({ startedAt: NOW, finishedAt: NOW + 20 * MINUTE, clockAheadMs: HOUR });
});

test('an event that comes again changes nothing, though our clock has caught up with it meanwhile', async () => {
  const events = [
    { at: NOW + HOUR, state: 'running', worker: 'w' },
    { at: NOW + HOUR + 5_000, state: 'completed' },
  ] as const;
  await tell(events);
  const before = await run();
  for (const later of [MINUTE, 2 * HOUR]) {
    clock.wall = NOW + later;
    await tell(events);
    expect(await run()).toEqual(before);
  }
});

test.each([HOUR, -HOUR])(
  'a sender that has compared the clocks (ahead by %d ms) is moved by what it found',
  async (ahead) => {
    // It was an hour in the spool, so that its instants alone say nothing of the clock.
    const began = NOW - 2 * HOUR;
    await tell([{ ...PENDING, at: began }]);
    await tell(
      [
        { at: began + 1_000 + ahead, state: 'running', worker: 'w', startedAt: began + 1_000 + ahead },
        { at: began + 5_000 + ahead, state: 'failed', finishedAt: began + 5_000 + ahead },
      ],
      ahead
    );
    expect(await run()).toMatchObject({
      state: 'failed',
      startedAt: began + 1_000,
      finishedAt: began + 5_000,
      clockAheadMs: ahead,
    });
  }
);

test('clocks that differ by seconds are left as they are', async () => {
  await tell([{ at: NOW + 5_000, state: 'running' }]);
  clock.wall += MINUTE;
  expect(await run()).toMatchObject({ startedAt: NOW + 5_000 });
  expect(await run()).not.toHaveProperty('clockAheadMs');
});

test('a sign of life of a worker whose clock is behind takes the conclusion back that it is lost', async () => {
  await tell([{ at: NOW - HOUR, state: 'running', worker: 'w', heartbeatMs: 10_000 }]);
  clock.wall += 2 * MINUTE;
  clock.steady += 2 * MINUTE;
  expect(archive.tend().lost).toBe(1);
  clock.wall += 5_000;
  await tell([{ at: clock.wall - HOUR }]);
  expect(await run()).toMatchObject({ state: 'running' });
});
