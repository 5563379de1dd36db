import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { RunDetail } from '../../../../src/model/answer';
import type { TaskEvent } from '../../../../src/model/task-event';
import type { TaskRun } from '../../../../src/model/task-run';
import { DEFAULT_CONFIG } from '../../config/config';
import type { ArchiveSettings } from '../archive';
import { ArchiveError } from '../archive';
import { ended, HOUR, KEY, NOW, runsIn } from '../contract.kit';
import { InProcessArchive } from '../../threads/in-process';
import { withoutSealed } from './older-file.kit';
import { openSqlite } from './open';

let folder: string;
let file: string;
let open: InProcessArchive[];
const clock = { wall: NOW, steady: 0 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  file = join(folder, 'archive.sqlite');
  open = [];
  clock.wall = NOW;
  clock.steady = 0;
});

afterEach(async () => {
  await Promise.all(open.map((archive) => archive.close()));
  rmSync(folder, { recursive: true });
});

function openArchive(settings: Partial<ArchiveSettings> = {}, options: { maxPages?: number } = {}): InProcessArchive {
  const archive = new InProcessArchive(
    openSqlite(file, options),
    { ...DEFAULT_CONFIG, ...settings },
    { now: () => clock.wall, steady: () => clock.steady }
  );
  open.push(archive);
  return archive;
}

async function closeArchive(archive: InProcessArchive): Promise<void> {
  open = open.filter((other) => other !== archive);
  await archive.close();
}

const allRuns = (archive: InProcessArchive): Promise<TaskRun[]> => runsIn(archive, clock.wall);

function refusal(work: () => unknown): ArchiveError {
  try {
    work();
  } catch (error) {
    if (error instanceof ArchiveError) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

test('a second store on the same file is refused, and may have it when the first is gone', async () => {
  const first = openArchive();
  expect(refusal(() => openArchive())).toMatchObject({
    kind: 'locked',
    message: expect.stringContaining('in use by another program') as string,
  });
  await closeArchive(first);
  openArchive();
});

test('a file that is no archive, or of another program, is refused and left as it is', () => {
  writeFileSync(file, 'this is a diary, not a database. '.repeat(100));
  expect(refusal(() => openArchive())).toMatchObject({ kind: 'corrupt' });
  rmSync(file);
  const other = new Database(file);
  other.exec('CREATE TABLE diary (entry TEXT)');
  other.close();
  expect(refusal(() => openArchive())).toMatchObject({
    kind: 'corrupt',
    message: expect.stringContaining('another program') as string,
  });
});

test('whatever a first start that died has left, the next one makes an archive of it', async () => {
  // A whole draft, to cut off here and there: all that a kill or a full disk can leave of it.
  await closeArchive(openArchive());
  const whole = readFileSync(file);
  for (let length = 0; length <= whole.length; length += 3_000) {
    rmSync(file);
    writeFileSync(`${file}.new`, whole.subarray(0, length));
    writeFileSync(`${file}.new-journal`, whole.subarray(0, length));
    const archive = openArchive();
    await archive.append([ended(1)]);
    expect(await allRuns(archive)).toHaveLength(1);
    await closeArchive(archive);
    expect(readdirSync(folder).filter((name) => name.includes('.new'))).toEqual([]);
  }
});

test.each([
  ['an empty file', () => writeFileSync(file, '')],
  ['a few bytes of the first page', () => writeFileSync(file, 'SQLite for')],
  ['room without content', () => writeFileSync(file, Buffer.alloc(100))],
  ['a file without tables', () => new Database(file).pragma('journal_mode = WAL')],
  ['the log of a file that never came', () => writeFileSync(`${file}-wal`, Buffer.alloc(10_000, 0x5a))],
])('a first start of an earlier version that died and left %s is begun again', async (_what, leave) => {
  leave();
  const archive = openArchive();
  await archive.append([ended(1)]);
  await closeArchive(archive);
  expect(await allRuns(openArchive())).toHaveLength(1);
});

test('a damaged archive is refused with what to do', async () => {
  const archive = openArchive();
  await archive.append(Array.from({ length: 500 }, (_, i) => ended(i)));
  await closeArchive(archive);
  const handle = openSync(file, 'r+');
  for (let page = 2; page < 30; page += 3) {
    writeSync(handle, Buffer.alloc(2_000, 0xa5), 0, 2_000, page * 4_096 + 50);
  }
  closeSync(handle);
  expect(refusal(() => openArchive())).toMatchObject({
    kind: 'corrupt',
    message: expect.stringContaining('.recover') as string,
  });
});

test('an archive of a newer format is refused and not touched', async () => {
  await closeArchive(openArchive());
  const db = new Database(file);
  db.pragma('user_version = 99');
  db.close();
  expect(refusal(() => openArchive())).toMatchObject({
    kind: 'newer-format',
    message: expect.stringContaining('format 99') as string,
  });
});

test('an archive of an earlier format is taken over whole: what it has is counted, and may be deleted', async () => {
  const first = openArchive();
  await first.append(Array.from({ length: 20 }, (_, i) => ended(i, NOW - (i < 5 ? 20 : 1) * HOUR)));
  await closeArchive(first);
  const db = new Database(file);
  withoutSealed(db);
  db.exec(`
    DROP INDEX names_added; ALTER TABLE names DROP COLUMN added; DROP TABLE marks;
    ALTER TABLE segments DROP COLUMN rows; ALTER TABLE segments DROP COLUMN gone; PRAGMA user_version = 3;
  `);
  db.close();
  const archive = openArchive({ retention: { maxAgeMs: 10 * HOUR, maxBytes: 1e12 } });
  expect((await archive.size()).attempts).toBe(20);
  await archive.append([{ ...ended(21), worker: 'w-new' }]);
  expect(
    await archive.values({
      field: 'worker',
      filter: { matches: [] },
      range: { from: 0, to: NOW * 2 },
      limit: 5,
      now: NOW,
    })
  ).toEqual(['w-new']);
  archive.tend();
  expect((await archive.size()).attempts).toBe(16);
});

test('a folder that cannot be written is refused with the fact', () => {
  file = '/proc/runlane/archive.sqlite';
  expect(refusal(() => openArchive()).kind).toBe('unreachable');
  file = '/proc/archive.sqlite';
  expect(['read-only', 'unreachable']).toContain(refusal(() => openArchive()).kind);
});

test('a full disk refuses the batch whole, says so, and what was acknowledged before stays; with room it goes on', async () => {
  const archive = openArchive({}, { maxPages: 60 });
  await archive.append([ended(1)]);
  const tooMuch = Array.from({ length: 500 }, (_, i) => ({ ...ended(1_000 + i), result: 'x'.repeat(1_000) }));
  await expect(archive.append(tooMuch)).rejects.toMatchObject({ kind: 'full' });
  expect(archive.trouble()).toContain('cannot grow');
  expect((await allRuns(archive)).map(({ runId }) => runId)).toEqual(['run-1']);
  await archive.append([ended(2)]);
  expect(archive.trouble()).toBeUndefined();
  expect((await allRuns(archive)).map(({ runId }) => runId).sort()).toEqual(['run-1', 'run-2']);
});

test('a log that a crash left half-written is passed over up to the last commit', async () => {
  const archive = openArchive();
  await archive.append([ended(1)]);
  await closeArchive(archive);
  mkdirSync(join(folder, 'x'));
  appendFileSync(`${file}-wal`, Buffer.alloc(10_000, 0x5a));
  expect(await allRuns(openArchive())).toHaveLength(1);
});
