import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskEvent } from '../../../src/model/task-event';
import { DEFAULT_CONFIG } from '../config/config';
import { TEND_EVERY_MS, Tending } from './tending';
import { SqliteWrites } from '../archive/sqlite/writes';
import { Intake } from './intake';

const NOW = 1_750_000_000_000;
const clock = { wall: NOW, steady: 0 };
const time = { now: () => clock.wall, steady: () => clock.steady };

let folder: string;
let engine: SqliteWrites;
let intake: Intake;
let tending: Tending;
let returns: number[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  clock.wall = NOW;
  clock.steady = 0;
  returns = [];
  engine = new SqliteWrites(join(folder, 'archive.sqlite'));
  intake = new Intake(engine, { ...DEFAULT_CONFIG, lost: { afterMs: 60_000 } }, time);
  tending = new Tending(intake, time, (at) => returns.push(at));
  take({ state: 'running', heartbeatMs: 10_000 });
});

afterEach(() => {
  engine.close();
  rmSync(folder, { recursive: true });
});

function take(event: Partial<TaskEvent>): void {
  intake.take({ events: [{ source: 'shop', runId: '1', attempt: 1, at: clock.wall, task: 'mail', ...event }] });
  intake.commit();
}

function pass(ms: number): void {
  clock.wall += ms;
  clock.steady += ms;
}

/** The store is at work for so long. Returns how many runs were concluded to be lost. */
function work(ms: number): number {
  let lost = 0;
  for (let passed = 0; passed < ms; passed += TEND_EVERY_MS) {
    pass(TEND_EVERY_MS);
    lost += tending.tend();
  }
  return lost;
}

test('who is silent while the store listens is lost', () => {
  expect(work(55_000)).toBe(0);
  expect(work(5_000)).toBe(1);
  expect(returns).toEqual([]);
});

test.each([
  ['stopped, or held up by its disk', () => pass(300_000)],
  ['on a machine that slept, whose steady clock stood still', () => (clock.wall += 300_000)],
  ['on a machine whose wall clock was set back meanwhile', () => (clock.steady += 300_000)],
])(
  'a store that was itself away (%s) has heard nobody, and judges nobody before they could come back',
  (_how, away) => {
    away();
    expect(tending.tend()).toBe(0);
    expect(returns).toEqual([clock.wall]);
    // What had waited comes in, and the run goes on.
    expect(work(30_000)).toBe(0);
    take({ rssBytes: 1 });
    expect(work(55_000)).toBe(0);
    expect(work(5_000)).toBe(1);
  }
);

test('who does not come back after the absence of the store is lost all the same', () => {
  pass(300_000);
  tending.tend();
  expect(work(55_000)).toBe(0);
  expect(work(5_000)).toBe(1);
});
