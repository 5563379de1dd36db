import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_HEALTH_SPEC } from '../../../src/health/spec';
import type { ExpectedRuns } from '../../../src/health/spec';
import type { HealthAnswer } from '../../../src/model/answer';
import type { TaskEvent } from '../../../src/model/task-event';
import { DEFAULT_CONFIG } from '../config/config';
import type { StoreConfig } from '../config/config';
import { InProcessArchive } from '../threads/in-process';
import { openSqlite } from '../archive/sqlite/open';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A full hour. */
const START = Math.ceil(1_750_000_000_000 / HOUR) * HOUR;

let folder: string;
let archive: InProcessArchive;
const clock = { wall: START };

function settings(expected: ExpectedRuns[]): StoreConfig {
  return { ...DEFAULT_CONFIG, health: { ...DEFAULT_HEALTH_SPEC, expected } };
}

function open(...expected: ExpectedRuns[]): InProcessArchive {
  return new InProcessArchive(openSqlite(join(folder, 'archive.sqlite')), settings(expected), {
    now: () => clock.wall,
    steady: () => 0,
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  clock.wall = START - 20 * MINUTE;
});

afterEach(async () => {
  await archive.close();
  rmSync(folder, { recursive: true });
});

const HOURLY: ExpectedRuns = {
  task: 'report',
  everyMs: HOUR,
  phaseMs: 0,
  graceMs: 5 * MINUTE,
  deadlineMs: 30 * MINUTE,
};

function run(runId: string, at: number, event: Partial<TaskEvent>): TaskEvent {
  return { source: 'shop', runId, attempt: 1, at, task: 'report', ...event };
}

/** Lets the clock show `at` and reads what is told of the task then. */
async function told(
  at: number,
  labels = 'source="shop",task="report"'
): Promise<{ expected?: number; missed?: number; deadline?: number }> {
  clock.wall = at;
  const lines = (await archive.metrics()).split('\n');
  const value = (name: string): number | undefined => {
    const line = lines.find((candidate) => candidate.startsWith(`${name}{${labels}} `));
    return line === undefined ? undefined : Number(line.split(' ')[1]);
  };
  const deadline = value('runlane_task_deadline_timestamp_seconds');
  return {
    expected: value('runlane_task_expected_runs_total'),
    missed: value('runlane_task_missed_runs_total'),
    ...(deadline !== undefined && { deadline: deadline * 1000 - START }),
  };
}

/** What the view of health says of the task over the last six hours. */
async function missedInView(now: number): Promise<{ found?: number; of?: number } | undefined> {
  clock.wall = now;
  const range = { from: now - 6 * HOUR, to: now };
  const query = { view: 'health' as const, filter: { matches: [] }, range, step: HOUR, limit: 5, now };
  const { groups } = JSON.parse(await archive.query(query)) as HealthAnswer;
  const deductions = groups.find(({ group }) => group === 'report')?.deductions ?? [];
  const missed = deductions.find(({ reason }) => reason === 'missed_runs');
  return missed && { found: missed.found, of: missed.of };
}

test('expected runs are counted once their grace is over, the missed among them too, however often it is asked', async () => {
  archive = open(HOURLY);
  await archive.append([run('0', START - 30 * MINUTE, { state: 'completed' })]);
  expect(await told(START - 10 * MINUTE)).toEqual({ expected: 0, missed: 0 });
  await archive.append([run('1', START + MINUTE, { state: 'running' })]);
  expect(await told(START + 2 * MINUTE)).toMatchObject({ expected: 0, missed: 0 });
  expect(await told(START + 6 * MINUTE)).toMatchObject({ expected: 1, missed: 0 });
  expect(await told(START + 7 * MINUTE)).toMatchObject({ expected: 1, missed: 0 });
  await archive.append([run('1', START + 20 * MINUTE, { state: 'completed' })]);
  expect(await told(START + HOUR + 6 * MINUTE)).toMatchObject({ expected: 2, missed: 1 });
  // It was late; a counter never goes back.
  await archive.append([run('2', START + HOUR, { state: 'running' })]);
  expect(await told(START + HOUR + 8 * MINUTE)).toMatchObject({ expected: 2, missed: 1 });
  // Long nothing was asked: nothing is left out.
  expect(await told(START + 5 * HOUR + 30 * MINUTE)).toMatchObject({ expected: 6, missed: 5 });
});

test('what falls due while senders are not back from a restart is judged when they are', async () => {
  archive = open(HOURLY);
  await archive.close();
  clock.wall = START + 4 * MINUTE + 50_000;
  archive = open(HOURLY);
  expect(await told(START + 5 * MINUTE + 10_000, 'source="",task="report"')).toMatchObject({ expected: 0, missed: 0 });
  await archive.append([run('1', START, { state: 'completed', startedAt: START })]);
  expect(await told(START + 6 * MINUTE)).toMatchObject({ expected: 1, missed: 0 });
});

test('after a restart counting begins at zero, with the instants whose grace is not over', async () => {
  archive = open(HOURLY);
  await archive.append([run('0', START - 30 * MINUTE, { state: 'completed' })]);
  await told(START - MINUTE);
  await archive.close();
  clock.wall = START + 2 * MINUTE;
  archive = open(HOURLY);
  expect(await told(START + 2 * MINUTE)).toMatchObject({ expected: 0, missed: 0 });
  expect(await told(START + 6 * MINUTE)).toMatchObject({ expected: 1, missed: 1 });
});

test('the deadline is that of the run that is due, absent once it is complete', async () => {
  archive = open(HOURLY);
  await archive.append([run('0', START - HOUR + MINUTE, { state: 'completed' })]);
  expect((await told(START - MINUTE)).deadline).toBeUndefined();
  // Nothing has come yet.
  expect((await told(START + MINUTE)).deadline).toBe(30 * MINUTE);
  await archive.append([run('1', START + 2 * MINUTE, { state: 'running' })]);
  expect((await told(START + 40 * MINUTE)).deadline).toBe(30 * MINUTE);
  await archive.append([run('1', START + 41 * MINUTE, { state: 'failed' })]);
  expect((await told(START + 42 * MINUTE)).deadline).toBe(30 * MINUTE);
  // A later attempt counts for the run, however late it comes.
  await archive.append([run('1', START + 61 * MINUTE, { attempt: 2, state: 'completed' })]);
  expect((await told(START + 62 * MINUTE)).deadline).toBe(90 * MINUTE);
  await archive.append([run('2', START + 63 * MINUTE, { state: 'completed' })]);
  expect((await told(START + 64 * MINUTE)).deadline).toBeUndefined();
});

test('a run that still goes on keeps its deadline when the next one is complete; one that never came does not', async () => {
  archive = open(HOURLY);
  await archive.append([run('0', START - HOUR, { state: 'completed' }), run('1', START, { state: 'running' })]);
  expect((await told(START + MINUTE)).deadline).toBe(30 * MINUTE);
  await archive.append([run('3', START + 2 * HOUR, { state: 'completed', startedAt: START + 2 * HOUR })]);
  expect((await told(START + 2 * HOUR + 10 * MINUTE)).deadline).toBe(30 * MINUTE);
  expect((await told(START + 2 * HOUR + 20 * MINUTE)).deadline).toBe(30 * MINUTE);
  await archive.append([run('1', START + 2 * HOUR + 21 * MINUTE, { state: 'completed' })]);
  expect((await told(START + 2 * HOUR + 40 * MINUTE)).deadline).toBeUndefined();
});

test('a new schedule judges nothing of before, but a task that never runs from then on is missed', async () => {
  archive = open();
  clock.wall = START + 10 * MINUTE;
  await archive.configure(settings([HOURLY]));
  const unnamed = 'source="",task="report"';
  expect(await told(START + 11 * MINUTE, unnamed)).toEqual({ expected: 0, missed: 0 });
  expect(await missedInView(START + 11 * MINUTE)).toBeUndefined();
  expect(await told(START + HOUR + MINUTE, unnamed)).toEqual({ expected: 0, missed: 0, deadline: 90 * MINUTE });
  expect(await told(START + HOUR + 6 * MINUTE, unnamed)).toMatchObject({ expected: 1, missed: 1 });
  expect(await missedInView(START + HOUR + 6 * MINUTE)).toEqual({ found: 1, of: 1 });
  // How late a run may be is no other schedule, and a restart is no reason to forget.
  await archive.close();
  archive = open({ ...HOURLY, graceMs: 6 * MINUTE });
  expect(await missedInView(START + 2 * HOUR + 7 * MINUTE)).toEqual({ found: 2, of: 2 });
  // The first run makes nothing of before right.
  await archive.append([run('1', START + 2 * HOUR + 8 * MINUTE, { state: 'completed' })]);
  expect(await missedInView(START + 2 * HOUR + 9 * MINUTE)).toEqual({ found: 2, of: 2 });
  // A schedule that was taken away is new when it is set again.
  await archive.configure(settings([]));
  expect(await missedInView(START + 2 * HOUR + 10 * MINUTE)).toBeUndefined();
  await archive.configure(settings([HOURLY]));
  expect(await missedInView(START + 2 * HOUR + 11 * MINUTE)).toBeUndefined();
});

test('a schedule for one source hears of no other; one for any is told under the source that ran last', async () => {
  archive = open({ ...HOURLY, source: 'etl' }, { task: 'report', cron: '0 * * * *', graceMs: MINUTE });
  await archive.append([run('0', START - HOUR, { state: 'completed' })]);
  await told(START - MINUTE);
  await archive.append([run('1', START, { state: 'completed' })]);
  expect(await told(START + 10 * MINUTE)).toEqual({ expected: 1, missed: 0 });
  expect(await told(START + 10 * MINUTE, 'source="etl",task="report"')).toMatchObject({ expected: 1, missed: 1 });
});

test('figures are those of the view of health: the same instants are missed', async () => {
  archive = open({ task: 'report', everyMs: MINUTE, phaseMs: 0, graceMs: 10_000 });
  await archive.append([run('first', START - 10 * MINUTE, { state: 'completed' })]);
  await told(START);
  for (const minute of [0, 1, 3, 4, 7]) {
    await archive.append([run(String(minute), START + minute * MINUTE + 5_000, { state: 'completed' })]);
  }
  const now = START + 9 * MINUTE + 30_000;
  const { expected, missed } = await told(now);
  const answer = JSON.parse(
    await archive.query({
      view: 'health',
      filter: { matches: [] },
      // A run for the first instant may come a little before it.
      range: { from: START - 21 * MINUTE, to: now },
      step: HOUR,
      limit: 5,
      now,
    })
  ) as { groups: Array<{ deductions: Array<{ reason: string; found: number; of: number }> }> };
  const deduction = answer.groups[0]?.deductions.find(({ reason }) => reason === 'missed_runs');
  expect({ expected, missed }).toEqual({ expected: deduction?.of, missed: deduction?.found });
  expect({ expected, missed }).toEqual({ expected: 30, missed: 24 });
});

test('an interval is counted from the last run, whenever that was, each instant once, over a restart too', async () => {
  const sinceLast = { task: 'report', everyMs: HOUR, graceMs: 5 * MINUTE, deadlineMs: 30 * MINUTE };
  const at = (hour: number, minute = 37): number => START + hour * HOUR + minute * MINUTE;
  archive = open(sinceLast);
  const came = (hour: number, more: object = { state: 'completed' }) =>
    archive.append([run(String(hour), at(hour), { startedAt: at(hour), ...more })]);
  await came(0);
  expect(await told(at(0, 40))).toEqual({ expected: 0, missed: 0 });
  await came(1);
  // The first is expected within an hour of the start, which was at :40.
  expect(await told(at(1, 40))).toMatchObject({ expected: 1, missed: 0 });
  expect(await told(at(1, 43))).toEqual({ expected: 2, missed: 0 });
  expect(await told(at(1, 50))).toEqual({ expected: 2, missed: 0 });
  expect(await told(at(2, 38))).toEqual({ expected: 2, missed: 0, deadline: at(3, 7) - START });
  expect(await told(at(2, 43))).toMatchObject({ expected: 3, missed: 1 });
  await came(3, { state: 'running' });
  expect(await told(at(3, 38))).toEqual({ expected: 3, missed: 1, deadline: at(4, 7) - START });
  await archive.append([run('3', at(3, 39), { state: 'completed' })]);
  expect(await told(at(3, 50))).toEqual({ expected: 4, missed: 1 });
  await archive.close();
  clock.wall = at(4, 10);
  archive = open(sinceLast);
  expect(await told(at(4, 30))).toMatchObject({ expected: 0, missed: 0 });
  expect(await told(at(4, 43))).toMatchObject({ expected: 1, missed: 1 });
});
