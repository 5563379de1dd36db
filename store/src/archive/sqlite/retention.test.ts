import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Answer } from '../../../../src/model/answer';
import type { TaskEvent } from '../../../../src/model/task-event';
import { NO_FILTER } from '../../../../src/model/task-query';
import type { TaskFilter } from '../../../../src/model/task-query';
import { DEFAULT_CONFIG } from '../../config/config';
import type { RetentionConfig } from '../archive';
import { InProcessArchive } from '../../threads/in-process';
import { openSqlite } from './open';
import { SEGMENT_SIZE } from '../columns';

const NOW = 1_750_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EVER = 1e12;

let folder: string;
let archive: InProcessArchive;
const clock = { wall: NOW, steady: 0 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  clock.wall = NOW;
  clock.steady = 0;
});

afterEach(async () => {
  await archive.close();
  rmSync(folder, { recursive: true });
});

function open(retention: RetentionConfig): InProcessArchive {
  const time = { now: () => clock.wall, steady: () => clock.steady };
  archive = new InProcessArchive(openSqlite(join(folder, 'archive.sqlite')), { ...DEFAULT_CONFIG, retention }, time);
  return archive;
}

function pass(ms: number): void {
  clock.wall += ms;
  clock.steady += ms;
}

function run(runId: string, at: number, more: Partial<TaskEvent> = {}): TaskEvent {
  return { source: 'shop', runId, attempt: 1, at, task: 'mail', state: 'completed', ...more };
}

function many(count: number, make: (i: number) => TaskEvent): TaskEvent[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

async function ask<V extends Answer['view']>(
  view: V,
  filter: TaskFilter = NO_FILTER
): Promise<Extract<Answer, { view: V }>> {
  const text = await archive.query({
    view: view as never,
    filter,
    range: { from: 0, to: NOW * 2 },
    step: NOW * 2,
    limit: 100,
    now: clock.wall,
  });
  return JSON.parse(text) as Extract<Answer, { view: V }>;
}

const total = async () => (await ask('runs')).total;

test('a run that goes on for ever does not keep what came after it', async () => {
  open({ maxAgeMs: 10 * HOUR, maxBytes: EVER });
  await archive.append([run('daemon', NOW - 20 * HOUR, { state: 'running' })]);
  await archive.append(many(3_000, (i) => run(`old-${i}`, NOW - 20 * HOUR + i)));
  await archive.append([run('daemon', NOW, { state: 'running' }), run('new', NOW)]);
  expect(await total()).toBe(3_002);
  archive.tend();
  expect((await ask('runs')).runs.map(({ runId }) => runId).sort()).toEqual(['daemon', 'new']);
  expect((await archive.size()).attempts).toBe(2);
  expect(await archive.run('shop\nold-5\n1')).toBeUndefined();
});

test('runs that wait, however many, do not keep the ended ones when the file is too large', async () => {
  open({ maxAgeMs: EVER, maxBytes: 4_000_000 });
  await archive.append(many(2_500, (i) => run(`waits-${i}`, NOW, { state: 'pending' })));
  await archive.append(many(8_000, (i) => run(`ended-${i}`, NOW, { result: 'x'.repeat(500) })));
  archive.tend();
  const waiting: TaskFilter = { matches: [{ field: 'state', operator: '=', values: ['pending'] }] };
  expect((await ask('runs', waiting)).total).toBe(2_500);
  expect(await total()).toBeLessThan(8_500);
  expect(await archive.run('shop\nended-0\n1')).toBeUndefined();
  expect(await archive.run('shop\nended-7999\n1')).toBeDefined();
});

test('a run that is seen again grows old from then on', async () => {
  open({ maxAgeMs: 10 * HOUR, maxBytes: EVER });
  await archive.append([run('1', NOW - 9 * HOUR), run('2', NOW - 9 * HOUR)]);
  archive.tend();
  await archive.append([run('2', NOW - HOUR)]);
  pass(2 * HOUR);
  archive.tend();
  expect((await ask('runs')).runs.map(({ runId }) => runId)).toEqual(['2']);
});

test('what is left of a stretch of old runs moves to the end, is told once, and goes on', async () => {
  open({ maxAgeMs: 10 * HOUR, maxBytes: EVER });
  await archive.append([
    run('daemon', NOW, { state: 'running', worker: 'w1' }),
    { source: 'shop', runId: 'daemon', attempt: 1, at: NOW + 1, rssBytes: 7 },
  ]);
  await archive.append(many(SEGMENT_SIZE, (i) => run(`old-${i}`, NOW - 20 * HOUR)));
  expect(await total()).toBeGreaterThan(SEGMENT_SIZE);
  archive.tend();
  expect((await archive.size()).attempts).toBe(1);
  expect((await ask('runs')).runs).toMatchObject([{ runId: 'daemon', state: 'running' }]);
  expect(JSON.parse((await archive.run('shop\ndaemon\n1'))!)).toMatchObject({ samples: [{ rssBytes: 7 }] });
  const { cursor } = await archive.size();
  await archive.append([run('daemon', NOW + 2)]);
  expect((await ask('runs')).runs).toMatchObject([{ runId: 'daemon', state: 'completed' }]);
  expect((await archive.changes(cursor, 10)).runs).toHaveLength(1);
});

test('numbers of changes go on after a restart, though the newest change is deleted', async () => {
  open({ maxAgeMs: 10 * HOUR, maxBytes: EVER });
  await archive.append(many(5, (i) => run(`${i}`, NOW)));
  pass(20 * HOUR);
  archive.tend();
  await archive.close();
  open({ maxAgeMs: 10 * HOUR, maxBytes: EVER });
  await archive.append([run('new', clock.wall)]);
  expect((await archive.changes(5, 10)).runs).toHaveLength(1);
});

test('names that no run has any more go, and those that come after are told right', async () => {
  open({ maxAgeMs: 10 * HOUR, maxBytes: EVER });
  const pods = (prefix: string, at: number) =>
    archive.append(many(12_000, (i) => run(`${prefix}-${i}`, at, { worker: `${prefix}-pod-${i}`, queue: 'q' })));
  await pods('old', NOW);
  await archive.append([run('stays', NOW + 15 * HOUR, { worker: 'stays-pod' })]);
  expect((await ask('workers')).workers.length).toBe(100);
  pass(20 * HOUR);
  archive.tend();
  for (let i = 0; i < 5; i++) {
    archive.tend();
  }
  const names = () => {
    const db = new Database(join(folder, 'archive.sqlite'), { readonly: true });
    const texts = db.prepare<[], string>('SELECT text FROM names').pluck().all();
    db.close();
    return texts;
  };
  expect(names().sort()).toEqual(['mail', 'shop', 'stays-pod']);
  // Their numbers are given to others, which a reader that knew the old ones must not mix up.
  await archive.append(many(50, (i) => run(`new-${i}`, clock.wall, { worker: `new-pod-${i}` })));
  const { workers } = await ask('workers');
  expect(workers.map(({ name }) => name).sort()).toEqual(
    ['stays-pod', ...many(50, (i) => run('', i)).map((_, i) => `new-pod-${i}`)].sort()
  );
});

describe('a clock that jumps three years ahead', () => {
  const retention = { maxAgeMs: 30 * DAY, maxBytes: EVER };

  test('does not take the history, though events come with its time, nor after a restart', async () => {
    open(retention);
    await archive.append(many(100, (i) => run(`${i}`, NOW - i * HOUR)));
    archive.tend();
    clock.wall += 3 * 365 * DAY;
    await archive.append([run('future', clock.wall)]);
    pass(HOUR);
    archive.tend();
    await archive.close();
    open(retention);
    pass(HOUR);
    archive.tend();
    expect(await total()).toBe(101);
  });

  test('and is the right one after all: then history goes twice as fast as time passes', async () => {
    open(retention);
    await archive.append([run('1', NOW)]);
    archive.tend();
    clock.wall += 3 * 365 * DAY;
    for (let day = 0; day < 16; day++) {
      expect(await total()).toBe(1);
      pass(DAY);
      archive.tend();
    }
    expect(await total()).toBe(0);
  });

  test('and is set right: then it has done no harm', async () => {
    open(retention);
    await archive.append([run('1', NOW)]);
    archive.tend();
    clock.wall += 3 * 365 * DAY;
    pass(DAY);
    archive.tend();
    clock.wall -= 3 * 365 * DAY;
    pass(27 * DAY);
    archive.tend();
    expect(await total()).toBe(1);
    pass(4 * DAY);
    archive.tend();
    expect(await total()).toBe(0);
  });
});
