import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskEvent } from '../../../src/model/task-event';
import { DEFAULT_CONFIG } from '../config/config';
import { Writer } from './intake';

const NOW = 1_750_000_000_000;
const clock = { wall: NOW, steady: 0 };

let folder: string;
let writer: Writer;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  clock.steady = 0;
  const time = { now: () => clock.wall, steady: () => clock.steady };
  writer = new Writer(join(folder, 'archive.sqlite'), DEFAULT_CONFIG, time, { maxPages: 60 });
});

afterEach(() => {
  writer.close();
  rmSync(folder, { recursive: true });
});

function ended(runId: string, result = ''): TaskEvent {
  return { source: 'shop', runId, attempt: 1, at: NOW, task: 'mail', state: 'completed', result };
}

const TOO_MUCH = Array.from({ length: 500 }, (_, i) => ended(`large-${i}`, 'x'.repeat(1_000)));

test('what was taken is written by the next commit, once', () => {
  expect(writer.take({ events: [ended('1')] })).toMatchObject({ accepted: 1, duplicates: 0 });
  expect(writer.cursor).toBe(0);
  writer.commit();
  expect(writer.cursor).toBe(1);
  writer.commit();
  expect(writer.cursor).toBe(1);
});

test('a loss that the disk could not take is concluded again once it can', () => {
  writer.take({ events: [{ ...ended('silent'), state: 'running', heartbeatMs: 10_000 }] });
  writer.commit();
  clock.steady = DEFAULT_CONFIG.lost.afterMs + 1;
  writer.take({ events: TOO_MUCH });
  expect(() => writer.concludeLost()).toThrow('cannot grow');
  expect(() => writer.commit()).toThrow('cannot grow');
  expect(writer.concludeLost()).toBe(1);
});

test('batches that were lost to the failure of other work are refused by their commit, and can be sent again', () => {
  writer.take({ events: [{ ...ended('beats'), state: 'running' }] });
  writer.take({ events: [{ source: 'shop', runId: 'beats', attempt: 1, at: NOW, rssBytes: 1 }] });
  writer.commit();
  const before = writer.cursor;
  clock.steady = DEFAULT_CONFIG.lost.afterMs + 1;
  writer.take({ events: TOO_MUCH });
  // Writing that the silent run is lost takes along all that is not written yet, and the disk is full.
  expect(() => writer.concludeLost()).toThrow('cannot grow');
  expect(() => writer.commit()).toThrow('cannot grow');
  expect(writer.cursor).toBe(before);
  writer.take({ events: [ended('2')] });
  writer.commit();
  expect(writer.cursor).toBe(before + 1);
});
