import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Answer } from '../../../../src/model/answer';
import type { TaskEvent } from '../../../../src/model/task-event';
import type { TaskFilter } from '../../../../src/model/task-query';
import { DEFAULT_CONFIG } from '../../config/config';
import { InProcessArchive } from '../../threads/in-process';
import type { RetentionConfig } from '../archive';
import { toFormat5, toFormat6 } from './older-file.kit';
import { openSqlite } from './open';
import { Sealer } from './seal';
import { SqliteWrites } from './writes';
import type { SealingPolicy } from './writes';

const NOW = 1_750_000_000_000;
const HOUR = 3_600_000;
const EVER: RetentionConfig = { maxAgeMs: 1e12, maxBytes: 1e12 };
/** All that has ended is sealed, whenever the archive is tended. */
const ALL: SealingPolicy = { stay: 0, least: 1, leastOfClass: 20 };
/** Nothing is. */
const NONE: SealingPolicy = { stay: 1_000, least: 1 };

let folder: string;
let file: string;
let opened: InProcessArchive | undefined;
const clock = { wall: NOW, steady: 0 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  file = join(folder, 'archive.sqlite');
  clock.wall = NOW;
  clock.steady = 0;
});

afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

function open(sealing = ALL, { retention = EVER, maxPages }: { retention?: RetentionConfig; maxPages?: number } = {}) {
  opened = new InProcessArchive(
    openSqlite(file, { sealing, ...(maxPages !== undefined && { maxPages }) }),
    { ...DEFAULT_CONFIG, retention },
    { now: () => clock.wall, steady: () => clock.steady }
  );
  return opened;
}

async function close(): Promise<void> {
  await opened?.close();
  opened = undefined;
}

const ERRORS = ['timeout after 30 s', 'connection refused', 'no such user'];

/** Runs of all kinds, in three events each, as many as wanted. */
function lives(count: number, first = 0): TaskEvent[] {
  return Array.from({ length: count }, (_, k) => first + k).flatMap((i): TaskEvent[] => {
    const at = NOW - 20 * HOUR + i * 1_000;
    const key = { source: i % 5 === 0 ? 'erp' : 'shop', runId: `run-${i}`, attempt: 1 };
    const more = i % 3 === 0 ? { labels: { zone: `z${i % 4}` }, rootId: `root-${i % 20}`, traceId: `trace-${i}` } : {};
    return [
      { ...key, at, state: 'pending', task: `task.${i % 7}`, queue: `q${i % 2}`, ...more },
      { ...key, at: at + 300, state: 'running', worker: `worker-${i % 11}`, rssBytes: 1e6 + i, cpuSeconds: i / 10 },
      i % 10 === 0
        ? { ...key, at: at + 900 + i, state: 'failed', exitCode: 1, error: { type: 'Error', message: ERRORS[i % 3]! } }
        : { ...key, at: at + 900 + i, state: 'completed', maxRssBytes: 2e6 + i },
    ];
  });
}

const FILTERS: Array<[string, TaskFilter]> = [
  ['all runs', { matches: [] }],
  ['a task', { matches: [{ field: 'task', operator: '=', values: ['task.3'] }] }],
  ['a label', { matches: [{ field: 'label:zone', operator: '=', values: ['z2'] }] }],
  ['a family', { matches: [{ field: 'rootId', operator: '=', values: ['root-9'] }] }],
  ['a trace', { matches: [{ field: 'traceId', operator: '=', values: ['trace-9'] }] }],
  ['a run', { matches: [{ field: 'runId', operator: '=', values: ['run-17'] }] }],
  ['a text', { matches: [], text: 'refused' }],
];
const VIEWS = ['runs', 'states', 'failures', 'resources', 'timeline', 'health'] as const;

/** All that the archive tells. */
async function told(archive: InProcessArchive): Promise<unknown> {
  const query = { range: { from: NOW - 24 * HOUR, to: NOW }, step: HOUR, limit: 1_000, now: NOW };
  const answers: unknown[] = [];
  for (const [, filter] of FILTERS) {
    for (const view of VIEWS) {
      answers.push(JSON.parse(await archive.query({ view, filter, ...query })));
    }
  }
  const { bytes: _bytes, ...summary } = await archive.summary();
  const changes = await archive.changes(0, 100_000);
  const page = await archive.changes(25, 10);
  return { answers, summary, changes, page, run: JSON.parse((await archive.run('shop\nrun-17\n1'))!) as unknown };
}

async function runs(archive: InProcessArchive): Promise<Extract<Answer, { view: 'runs' }>['runs']> {
  const query = { range: { from: 0, to: NOW * 2 }, step: NOW, limit: 10_000, now: clock.wall };
  const text = await archive.query({ view: 'runs', filter: { matches: [] }, ...query });
  return (JSON.parse(text) as Extract<Answer, { view: 'runs' }>).runs;
}

/** The runs and their changes. */
async function listed(archive: InProcessArchive): Promise<unknown> {
  return [await runs(archive), await archive.changes(0, 100_000), (await archive.size()).cursor];
}

/** How many segments are summed up. */
function summed(): number {
  const db = new Database(file, { readonly: true });
  const count = db.prepare<[], number>('SELECT count(sums) FROM sealed_sums').pluck().get()!;
  db.close();
  return count;
}

/** How many runs are loose rows of the table, and how many segments are sealed. */
function lying(): { loose: number; sealed: number } {
  const db = new Database(file, { readonly: true });
  const count = (table: string) => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()!;
  const found = { loose: count('runs'), sealed: count('sealed') };
  db.close();
  return found;
}

test('what is sealed is told as before, and takes a fraction of the room', async () => {
  const archive = open();
  await archive.append(lives(3_000));
  await archive.append([
    { source: 'shop', runId: 'open', attempt: 1, at: NOW - HOUR, state: 'running', task: 'daemon' },
  ]);
  const before = await told(archive);
  const { bytes } = await archive.size();
  archive.tend();
  expect(lying()).toEqual({ loose: 1, sealed: 1 });
  expect(await told(archive)).toEqual(before);
  expect((await archive.size()).bytes).toBeLessThan(bytes / 2);
  await close();
  expect(await told(open())).toEqual(before);
});

test('what comes for a sealed run counts, before and after it is sealed again', async () => {
  const archive = open();
  await archive.append(lives(100));
  archive.tend();
  const key = { source: 'shop', runId: 'run-17', attempt: 1 };
  await archive.append([
    { ...key, at: NOW - HOUR, state: 'failed', exitCode: 3 },
    { ...key, attempt: 2, at: NOW - HOUR / 2, state: 'completed' },
  ]);
  const settled = async (from: InProcessArchive) => {
    const attempts = (await runs(from)).filter(({ runId }) => runId === 'run-17');
    return attempts.map(({ attempt, state, exitCode, retried }) => [attempt, state, exitCode, retried]);
  };
  const expected = [
    [2, 'completed', undefined, undefined],
    [1, 'failed', 3, true],
  ];
  expect(await settled(archive)).toEqual(expected);
  expect(lying()).toEqual({ loose: 2, sealed: 1 });
  archive.tend();
  expect(lying()).toEqual({ loose: 0, sealed: 1 });
  expect(await settled(archive)).toEqual(expected);
  expect(await runs(archive)).toHaveLength(101);
  // The same again tells nothing new: the archive knows what it has sealed.
  expect(await archive.append([{ ...key, at: NOW - HOUR, state: 'failed', exitCode: 3 }])).toMatchObject({
    duplicates: 1,
  });
});

test('retention takes sealed runs as they come of age, then the segment; numbers of runs and changes go on', async () => {
  const retention = { maxAgeMs: 20 * HOUR, maxBytes: 1e12 };
  const archive = open(ALL, { retention });
  await archive.append(lives(3_000));
  archive.tend();
  expect(await runs(archive)).toHaveLength(3_000);
  const { cursor } = await archive.size();
  // Half of them are older by now.
  clock.wall += 1_500_000;
  clock.steady += 1_500_000;
  archive.tend();
  const left = await runs(archive);
  expect(left.length).toBeGreaterThan(1_000);
  expect(left.length).toBeLessThan(2_000);
  expect(left.every(({ observedAt }) => observedAt >= clock.wall - retention.maxAgeMs)).toBe(true);
  expect(await archive.run('shop\nrun-17\n1')).toBeUndefined();
  expect((await archive.changes(0, 10_000)).runs).toHaveLength(left.length);
  // One that was deleted comes again: it is a new one.
  await archive.append([
    { source: 'shop', runId: 'run-17', attempt: 1, at: clock.wall, state: 'completed', task: 't' },
  ]);
  expect((await archive.changes(cursor, 10)).runs).toHaveLength(1);
  clock.wall += 30 * HOUR;
  clock.steady += 30 * HOUR;
  archive.tend();
  expect(await runs(archive)).toHaveLength(0);
  await close();
  const again = open(ALL, { retention });
  await again.append([{ source: 'shop', runId: 'new', attempt: 1, at: clock.wall, state: 'completed', task: 't' }]);
  expect((await again.changes(cursor + 1, 10)).runs).toHaveLength(1);
  expect(await runs(again)).toHaveLength(1);
});

test('a store that dies anywhere while it seals loses nothing and doubles nothing', async () => {
  open(NONE);
  await opened!.append(lives(5_000));
  const before = await listed(opened!);
  await close();
  const writes = new SqliteWrites(file, { sealing: ALL });
  const sealer = new Sealer(file);
  const copies: string[] = [];
  const die = () => {
    const copy = join(folder, `died-${copies.length}`);
    for (const suffix of ['', '-wal']) {
      if (existsSync(file + suffix)) {
        copyFileSync(file + suffix, copy + suffix);
      }
    }
    copies.push(copy);
  };
  die();
  const parts = sealer.seal(writes.sealable!)!;
  writes.takeSealed(parts);
  die();
  for (let steps = 0; writes.unload(); steps++) {
    if (steps < 2) {
      die();
    }
  }
  die();
  sealer.close();
  writes.close();
  expect(copies.length).toBe(5);
  const whole = file;
  for (const copy of copies) {
    file = copy;
    const archive = open();
    expect(await listed(archive)).toEqual(before);
    archive.tend();
    expect(lying()).toEqual({ loose: 0, sealed: 1 });
    expect(await listed(archive)).toEqual(before);
    await close();
  }
  file = whole;
});

test('runs that are deleted or told more of while their segment is sealed are as they were told last', async () => {
  open(NONE);
  await opened!.append([...lives(100), ...lives(100, 10_000)]);
  await close();
  const writes = new SqliteWrites(file, { sealing: ALL });
  const sealer = new Sealer(file);
  const first = sealer.seal(0)!;
  const listener = { deleted: () => undefined, moved: () => undefined };
  while (writes.prune({ maxAgeMs: 19 * HOUR, maxBytes: 1e12 }, NOW, listener)) {
    // A chunk at a time.
  }
  // What was made before runs were deleted is not taken.
  writes.takeSealed(first);
  expect(lying().sealed).toBe(0);
  const second = sealer.seal(0)!;
  const kept = writes.load('shop\nrun-10017\n1')!;
  const run = { ...kept.record.run, exitCode: 9 };
  writes.commit([{ ...kept, record: { ...kept.record, run }, written: kept.record }], []);
  writes.takeSealed(second);
  while (writes.unload()) {
    // All of it.
  }
  sealer.close();
  writes.close();
  expect(lying()).toEqual({ loose: 1, sealed: 1 });
  const archive = open(NONE);
  const found = await runs(archive);
  expect(found).toHaveLength(100);
  expect(found.filter(({ runId }) => runId === 'run-10017')).toMatchObject([{ exitCode: 9 }]);
});

test('where the disk is full, nothing is sealed and nothing is lost; it is sealed once there is room', async () => {
  let archive = open(NONE);
  await archive.append(lives(1_500));
  const before = await told(archive);
  await close();
  archive = open(ALL, { maxPages: Math.ceil(statSync(file).size / 4_096) + 10 });
  expect(() => archive.tend()).toThrow(expect.objectContaining({ kind: 'full' }) as Error);
  expect(await told(archive)).toEqual(before);
  expect(lying()).toEqual({ loose: 1_500, sealed: 0 });
  await close();
  archive = open();
  archive.tend();
  expect(lying()).toEqual({ loose: 0, sealed: 1 });
  expect(await told(archive)).toEqual(before);
});

test('an archive of the format before is carried over whole', async () => {
  let archive = open(NONE);
  await archive.append(lives(1_500));
  const before = await told(archive);
  await close();
  toFormat5(file);
  archive = open();
  expect(await told(archive)).toEqual(before);
  archive.tend();
  expect(lying()).toEqual({ loose: 0, sealed: 1 });
  expect(await told(archive)).toEqual(before);
});

test('what was sealed by the format before is summed up while the store is at work, and told as before', async () => {
  let archive = open();
  await archive.append(lives(3_000));
  archive.tend();
  const before = await told(archive);
  expect(summed()).toBe(1);
  await close();
  toFormat6(file);
  archive = open();
  expect(await told(archive)).toEqual(before);
  expect(summed()).toBe(0);
  archive.tend();
  expect(summed()).toBe(1);
  expect(await told(archive)).toEqual(before);
});

test('sums tell nothing of runs that changed or went since', async () => {
  const retention = { maxAgeMs: 20 * HOUR, maxBytes: 1e12 };
  const plain = async (view: 'states' | 'durations') => {
    const query = { range: { from: NOW - 24 * HOUR, to: NOW }, step: HOUR, limit: 1_000, now: NOW };
    const told: unknown[] = [];
    // A filter by worker is answered run by run; all of its answers together are about all runs.
    for (const values of [['worker-.*'], ['worker-[0-4]'], ['worker-([5-9]|10)']]) {
      const filter: TaskFilter = { matches: [{ field: 'worker', operator: '=~', values }] };
      told.push(JSON.parse(await opened!.query({ view, filter, ...query })));
    }
    const all: unknown = JSON.parse(await opened!.query({ view, filter: { matches: [] }, ...query }));
    expect(all).toEqual(told[0]);
    return all;
  };
  const archive = open(ALL, { retention });
  await archive.append(lives(3_000));
  archive.tend();
  const first = await plain('states');
  // A run that is summed turns out to have failed after all, and others go.
  await archive.append([
    {
      source: 'shop',
      runId: 'run-2999',
      attempt: 2,
      at: NOW - HOUR,
      state: 'completed',
      task: 'task.3',
      worker: 'worker-1',
    },
  ]);
  const second = await plain('states');
  expect(second).not.toEqual(first);
  await plain('durations');
  clock.wall += 1_500_000;
  clock.steady += 1_500_000;
  archive.tend();
  await plain('durations');
  expect(await plain('states')).not.toEqual(second);
});
