import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { windBack } from './write-ahead-log';

let folder: string;
let file: string;
let writer: Database.Database;
let reader: Database.Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  file = join(folder, 'archive.sqlite');
  writer = new Database(file, { timeout: 7_000 });
  writer.pragma('journal_mode = WAL');
  writer.pragma('wal_autocheckpoint = 10');
  writer.exec('CREATE TABLE t (x TEXT)');
  reader = new Database(file, { readonly: true });
});

afterEach(() => {
  reader.close();
  writer.close();
  rmSync(folder, { recursive: true });
});

function write(times: number): void {
  const insert = writer.prepare('INSERT INTO t (x) VALUES (?)');
  for (let i = 0; i < times; i++) {
    insert.run('x'.repeat(3_000));
  }
}

const logBytes = () => statSync(`${file}-wal`).size;
const read = () => reader.prepare<[], number>('SELECT count(*) FROM t').pluck().get();

test('a log that readers have kept from ending is wound back as soon as they leave', () => {
  reader.exec('BEGIN');
  read();
  write(300);
  expect(logBytes()).toBeGreaterThan(1_000_000);
  expect(windBack(writer, file, 500_000)).toBe(false);
  expect(read()).toBe(0);
  reader.exec('COMMIT');
  expect(windBack(writer, file, 500_000)).toBe(true);
  expect(logBytes()).toBe(0);
  expect(read()).toBe(300);
  expect(writer.pragma('busy_timeout', { simple: true })).toBe(7_000);
});

test('a log of usual length is left alone', () => {
  write(5);
  const before = logBytes();
  expect(windBack(writer, file, 500_000)).toBe(false);
  expect(logBytes()).toBe(before);
});
