import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_HEALTH_SPEC } from '../../../src/health/spec';
import type { HealthSpec } from '../../../src/health/spec';
import type { Answer } from '../../../src/model/answer';
import type { TaskEvent } from '../../../src/model/task-event';
import { DEFAULT_CONFIG } from '../config/config';
import { InProcessArchive } from '../threads/in-process';
import { openSqlite } from '../archive/sqlite/open';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;

let folder: string;
let archive: InProcessArchive;
const clock = { wall: NOW };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runlane-'));
  archive = open({ expected: [{ task: 'mail', everyMs: MINUTE, phaseMs: 0, graceMs: 10_000 }] });
});

/** A store that has listened for an hour. */
function open(health: Partial<HealthSpec>): InProcessArchive {
  clock.wall = NOW - 60 * MINUTE;
  const opened = new InProcessArchive(
    openSqlite(join(folder, 'archive.sqlite')),
    { ...DEFAULT_CONFIG, health: { ...DEFAULT_HEALTH_SPEC, ...health } },
    { now: () => clock.wall, steady: () => 0 }
  );
  clock.wall = NOW;
  return opened;
}

afterEach(async () => {
  await archive.close();
  rmSync(folder, { recursive: true });
});

/** Two sources with one task of the same name, some trouble of every kind, and a past that says what is usual. */
function lives(): TaskEvent[] {
  const events: TaskEvent[] = [];
  for (let i = 0; i < 400; i++) {
    const finishedAt = NOW - i * 9_000;
    const took = i < 60 ? 9_000 : 1_000 + (i % 7) * 100;
    const failed = i % 11 === 0;
    events.push({
      source: i % 3 === 0 ? 'etl' : 'shop',
      runId: String(i),
      attempt: 1,
      at: finishedAt,
      task: i % 2 === 0 ? 'mail' : 'report',
      queue: 'q',
      worker: `w${i % 4}`,
      queuedAt: finishedAt - took - i * 900,
      startedAt: finishedAt - took,
      finishedAt,
      state: failed ? 'failed' : 'completed',
      ...(failed && i % 2 === 0 && { exitCode: 3 }),
    });
  }
  events.push({ source: 'shop', runId: 'waits', attempt: 1, at: NOW - 5 * MINUTE, task: 'mail', state: 'pending' });
  return events;
}

async function healthOf(source: string): Promise<Extract<Answer, { view: 'health' }>> {
  const text = await archive.query({
    view: 'health',
    filter: { matches: [{ field: 'source', operator: '=', values: [source] }] },
    range: { from: NOW - 15 * MINUTE, to: NOW },
    step: MINUTE,
    groupBy: 'task',
    limit: 50,
    now: NOW,
  });
  return JSON.parse(text) as Extract<Answer, { view: 'health' }>;
}

test('score and deductions are those of the view of health for the last 15 minutes', async () => {
  await archive.append(lives());
  const lines = (await archive.metrics()).split('\n').filter((line) => line.startsWith('runlane_health_'));
  const wanted: string[] = [];
  for (const source of ['etl', 'shop']) {
    for (const { group, score, deductions } of (await healthOf(source)).groups) {
      wanted.push(`runlane_health_score{source="${source}",task="${group}"} ${score}`);
      for (const { reason, points } of deductions) {
        wanted.push(`runlane_health_deduction{source="${source}",task="${group}",reason="${reason}"} ${points}`);
      }
    }
  }
  expect(lines.sort()).toEqual(wanted.sort());
  expect(new Set(wanted.map((line) => /reason="(\w+)"/.exec(line)?.[1]))).toEqual(
    new Set([undefined, 'failures', 'abnormal_exits', 'too_slow', 'wait', 'oldest_pending', 'missed_runs'])
  );
});

test('workers of a task are told as the check of silent workers judges them, by the override of the task', async () => {
  await archive.close();
  archive = open({ overrides: [{ match: 'patient', checks: { silentWorkers: { silentAfterMs: 10 * MINUTE } } }] });
  const running = (task: string, worker: string, silentMs: number): TaskEvent[] => {
    const run = { source: 'shop', runId: `${task} ${worker}`, attempt: 1, task, worker };
    const at = NOW - 20 * MINUTE;
    return [
      { ...run, at, state: 'running' },
      { ...run, at: NOW - silentMs },
    ];
  };
  await archive.append([
    ...running('mail', 'w1', 2 * MINUTE),
    ...running('mail', 'w2', MINUTE),
    ...running('patient', 'w3', 2 * MINUTE),
    // Judged by its newest sign, whatever task that came with, and by the limit of each task.
    ...running('mail', 'w3', 5 * MINUTE),
    ...running('patient', 'w4', 11 * MINUTE),
    // Of one that gives no signs in between, nothing is known.
    { source: 'shop', runId: 'quiet', attempt: 1, task: 'quiet', worker: 'w5', at: NOW - MINUTE, state: 'running' },
  ]);
  const told = (await archive.metrics()).match(/^runlane_task_workers\{.*$/gm);
  const labels = (task: string, state: string) => `runlane_task_workers{source="shop",task="${task}",state="${state}"}`;
  expect(told?.sort()).toEqual([
    `${labels('mail', 'heard')} 1`,
    `${labels('mail', 'silent')} 2`,
    `${labels('patient', 'heard')} 1`,
    `${labels('patient', 'silent')} 1`,
  ]);
  const mail = (await healthOf('shop')).groups.find(({ group }) => group === 'mail');
  expect(mail?.deductions.find(({ reason }) => reason === 'silent_workers')).toMatchObject({ found: 2, of: 3 });
  // An hour later they are gone for good.
  clock.wall = NOW + 61 * MINUTE;
  expect(await archive.metrics()).not.toMatch(/^runlane_task_workers\{/m);
});

test('expected tasks that do not run have a score, under the source that metrics of expected runs have', async () => {
  await archive.close();
  const every = { everyMs: MINUTE, phaseMs: 0, graceMs: 1_000 };
  archive = open({
    expected: [
      { ...every, task: 'never' },
      { ...every, task: 'named', source: 'etl' },
    ],
  });
  await archive.append(lives());
  const told = (await archive.metrics()).match(
    /^runlane_(health_score|task_missed_runs_total)\{.*task="(never|named)".*$/gm
  );
  expect(told?.sort()).toEqual([
    'runlane_health_score{source="",task="never"} 60',
    'runlane_health_score{source="etl",task="named"} 60',
    'runlane_task_missed_runs_total{source="",task="never"} 60',
    'runlane_task_missed_runs_total{source="etl",task="named"} 60',
  ]);
});

test('what is usual is told where there are enough durations to say so', async () => {
  await archive.append(lives());
  const usual = (await archive.metrics()).match(/^runlane_task_usual_duration_seconds\{.*$/gm) ?? [];
  expect(usual).toHaveLength(12);
  const median = usual.find((line) => line.includes('source="shop",task="report",quantile="0.5"'));
  expect(Number(median?.split(' ')[1])).toBeCloseTo(1.3, 1);
});

test('figures are renewed when they are ten seconds old', async () => {
  const scores = async () => (await archive.metrics()).match(/^runlane_health_score\{source="\w.*$/gm)?.length ?? 0;
  expect(await scores()).toBe(0);
  await archive.append(lives());
  clock.wall += 9_000;
  expect(await scores()).toBe(0);
  clock.wall += 1_000;
  expect(await scores()).toBe(4);
});
