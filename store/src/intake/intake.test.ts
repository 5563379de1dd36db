import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskEvent } from '../../../src/model/task-event';
import { DEFAULT_CONFIG } from '../config/config';
import { SqliteWrites } from '../archive/sqlite/writes';
import { Intake } from './intake';

const NOW = 1_750_000_000_000;
const clock = { wall: NOW, steady: 0 };

let folder: string;
let engine: SqliteWrites;
let intake: Intake;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  clock.steady = 0;
  const time = { now: () => clock.wall, steady: () => clock.steady };
  engine = new SqliteWrites(join(folder, 'archive.sqlite'), { maxPages: 60 });
  intake = new Intake(engine, DEFAULT_CONFIG, time);
});

afterEach(() => {
  engine.close();
  rmSync(folder, { recursive: true });
});

function ended(runId: string, result = ''): TaskEvent {
  return { source: 'shop', runId, attempt: 1, at: NOW, task: 'mail', state: 'completed', result };
}

const TOO_MUCH = Array.from({ length: 500 }, (_, i) => ended(`large-${i}`, 'x'.repeat(1_000)));

test('what was taken is written by the next commit, once', () => {
  expect(intake.take({ events: [ended('1')] })).toMatchObject({ accepted: 1, duplicates: 0 });
  expect(intake.cursor).toBe(0);
  intake.commit();
  expect(intake.cursor).toBe(1);
  intake.commit();
  expect(intake.cursor).toBe(1);
});

test('a loss that the disk could not take is concluded again once it can', () => {
  intake.take({ events: [{ ...ended('silent'), state: 'running', heartbeatMs: 10_000 }] });
  intake.commit();
  clock.steady = DEFAULT_CONFIG.lost.afterMs + 1;
  intake.take({ events: TOO_MUCH });
  expect(() => intake.concludeLost()).toThrow('cannot grow');
  expect(() => intake.commit()).toThrow('cannot grow');
  expect(intake.concludeLost()).toBe(1);
});

test('batches that were lost to the failure of other work are refused by their commit, and can be sent again', () => {
  intake.take({ events: [{ ...ended('beats'), state: 'running' }] });
  intake.take({ events: [{ source: 'shop', runId: 'beats', attempt: 1, at: NOW, rssBytes: 1 }] });
  intake.commit();
  const before = intake.cursor;
  clock.steady = DEFAULT_CONFIG.lost.afterMs + 1;
  intake.take({ events: TOO_MUCH });
  // Writing that the silent run is lost takes along all that is not written yet, and the disk is full.
  expect(() => intake.concludeLost()).toThrow('cannot grow');
  expect(() => intake.commit()).toThrow('cannot grow');
  expect(intake.cursor).toBe(before);
  intake.take({ events: [ended('2')] });
  intake.commit();
  expect(intake.cursor).toBe(before + 1);
});
