import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Answer } from '../../../src/model/answer';
import type { TaskEvent } from '../../../src/model/task-event';
import { toFormat5 } from '../archive/sqlite/older-file.kit';
import { openSqlite } from '../archive/sqlite/open';
import { DEFAULT_CONFIG } from '../config/config';
import { bundleWorker } from './engines.kit';
import { InProcessArchive } from './in-process';
import { ThreadedArchive } from './threaded';

// What is older than retention allows is deleted, by the real clock.
const NOW = Date.now();
const SEGMENTS = 5;
const RUNS = 4_500;

let bundle: Awaited<ReturnType<typeof bundleWorker>>;
let folder: string;
let file: string;

beforeAll(async () => {
  bundle = await bundleWorker('worker.ts');
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  file = join(folder, 'archive.sqlite');
});

afterEach(() => rmSync(folder, { recursive: true }));

afterAll(() => bundle.remove());

function run(i: number, more: Partial<TaskEvent> = {}): TaskEvent {
  const at = NOW - 3_600_000 + i * 10;
  return { source: 'shop', runId: `run-${i}`, attempt: 1, at, task: `task.${i % 5}`, state: 'completed', ...more };
}

/** An archive of the format before, of so many segments with some runs each. */
async function olderArchive(): Promise<void> {
  const archive = new InProcessArchive(openSqlite(file), DEFAULT_CONFIG, { now: () => NOW, steady: () => 0 });
  await archive.append(Array.from({ length: SEGMENTS * RUNS }, (_, i) => run(i)));
  await archive.close();
  toFormat5(file);
  const db = new Database(file);
  for (let segment = SEGMENTS - 1; segment > 0; segment--) {
    db.prepare('UPDATE runs SET id = id + ? WHERE id > ? AND id <= ?').run(
      segment * 65_536,
      segment * RUNS,
      (segment + 1) * RUNS
    );
  }
  db.exec(`
    INSERT OR REPLACE INTO segments (segment, first, last, open, rows, gone)
    SELECT id >> 16, min(observed), max(observed), 0, count(*), 0 FROM runs GROUP BY 1
  `);
  db.close();
}

function lying(): { loose: number; sealed: number[] } {
  const db = new Database(file, { readonly: true });
  const loose = db.prepare<[], number>('SELECT count(*) FROM runs').pluck().get()!;
  const sealed = db.prepare<[], number>('SELECT segment FROM sealed ORDER BY segment').pluck().all();
  db.close();
  return { loose, sealed };
}

async function total(archive: ThreadedArchive): Promise<number> {
  const query = { range: { from: NOW - 7_200_000, to: NOW + 60_000 }, step: 60_000, limit: 10, now: NOW + 60_000 };
  const text = await archive.query({ view: 'runs', filter: { matches: [] }, ...query });
  return (JSON.parse(text) as Extract<Answer, { view: 'runs' }>).total!;
}

test('an archive of the format before is sealed while the store is at work: nobody waits, and nothing is lost or doubled', async () => {
  await olderArchive();
  const archive = await ThreadedArchive.open(file, DEFAULT_CONFIG, bundle.script);
  try {
    expect(await total(archive)).toBe(SEGMENTS * RUNS);
    let late = 0;
    // Events about runs of all segments come all the time, and new ones.
    do {
      late++;
      const [old, fresh] = [run(late * 97, { exitCode: late }), run(SEGMENTS * RUNS + late)];
      expect(await archive.append([old, fresh])).toMatchObject({ accepted: 2 });
      await archive.tend();
      expect(await total(archive)).toBe(SEGMENTS * RUNS + late);
      // Only the two newest segments stay as they are.
    } while (lying().sealed.length < SEGMENTS - 2 || lying().loose > 2 * RUNS + 3 * late);
    expect(lying().sealed).toEqual([0, 1, 2]);
    for (let i = 1; i <= late; i++) {
      expect(JSON.parse((await archive.run(`shop\nrun-${i * 97}\n1`))!)).toMatchObject({ run: { exitCode: i } });
    }
    expect(archive.trouble()).toBeUndefined();
  } finally {
    await archive.close();
  }
  const again = await ThreadedArchive.open(file, DEFAULT_CONFIG, bundle.script);
  const { accepted, duplicates } = await again.append([run(5), run(2 * RUNS + 5)]);
  expect([accepted, duplicates]).toEqual([2, 2]);
  await again.close();
});

test('runs that cannot be sealed stay as they are, and that is told once; then it goes on', async () => {
  await olderArchive();
  const change = (sql: string) => {
    const db = new Database(file);
    db.exec(sql);
    db.close();
  };
  // Carried over to the format of today, and nothing sealed yet.
  const { writes, reads } = openSqlite(file, { sealing: { stay: 100, least: 1 } });
  reads.close();
  writes.close();
  change("CREATE TRIGGER fails BEFORE INSERT ON sealed BEGIN SELECT RAISE(FAIL, 'no way'); END");
  const warned: string[] = [];
  const archive = await ThreadedArchive.open(file, DEFAULT_CONFIG, bundle.script, Date.now, (text) =>
    warned.push(text)
  );
  try {
    while (archive.sealing().failures < 2) {
      await archive.tend();
    }
    expect(warned).toEqual([archive.sealing().problem]);
    expect(warned[0]).toMatch(/^\[archive\] Old runs cannot be sealed: .*no way/);
    expect(archive.trouble()).toBeUndefined();
    expect(await archive.append([run(SEGMENTS * RUNS)])).toMatchObject({ accepted: 1 });
    change('DROP TRIGGER fails');
    while (lying().sealed.length < SEGMENTS - 2 || archive.sealing().failures > 0) {
      await archive.tend();
    }
    expect([archive.sealing(), warned.length]).toEqual([{ failures: 0 }, 1]);
  } finally {
    await archive.close();
  }
}, 60_000);
