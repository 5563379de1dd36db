import type { TaskRun } from '../../../src/model/task-run';
import { TaskMetrics } from './task-metrics';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;
const OTHER = 'source="(other)",task="(other)",queue="(other)"';

let metrics: TaskMetrics;
let nextId: number;

beforeEach(() => {
  metrics = new TaskMetrics();
  nextId = 1;
});

function runOf(task: string, at: number, state: TaskRun['state'], startedAt = at): TaskRun {
  const ended = state === 'completed' || state === 'failed';
  return {
    source: 'shop',
    runId: String(nextId),
    attempt: 1,
    task,
    state,
    startedAt,
    observedAt: at,
    ...(ended && { finishedAt: at }),
    ...(state === 'failed' && { exitCode: 3 }),
  };
}

/** A run from its start to its end. */
function ran(task: string, at: number, end: 'completed' | 'failed'): void {
  const id = nextId++;
  const running = { ...runOf(task, at, 'running'), runId: String(id) };
  metrics.observe(undefined, running, id);
  metrics.observe(running, { ...runOf(task, at + 1_000, end, at), runId: String(id) }, id);
}

function runs(task: string, at: number): { end: (state: 'completed' | 'failed') => void } {
  const id = nextId++;
  const running = { ...runOf(task, at, 'running'), runId: String(id) };
  metrics.observe(undefined, running, id);
  return {
    end: (state) => metrics.observe(running, { ...runOf(task, at + 1_000, state, at), runId: String(id) }, id),
  };
}

function value(name: string, labels: string): number | undefined {
  const line = metrics
    .text()
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}{${labels}} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

const of = (task: string) => `source="shop",task="${task}",queue=""`;
const failed = (labels: string) => value('runlane_task_runs_finished_total', `${labels},outcome="failed"`);

/** The sum over all series of what ended. */
function ended(): number {
  return [...metrics.text().matchAll(/^runlane_task_runs_finished_total\{.*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0
  );
}

test('a task that always fails has series of its own, whatever names were there before', () => {
  for (let i = 0; i < 600; i++) {
    ran(`sync.customer_${i}`, NOW - 20 * MINUTE + i * 10, 'completed');
  }
  expect(value('runlane_task_runs_started_total', of('sync.customer_499'))).toBe(1);
  expect(value('runlane_task_runs_started_total', of('sync.customer_500'))).toBeUndefined();
  for (let i = 0; i < 10; i++) {
    ran('core.billing', NOW - 9 * MINUTE + i * 30_000, 'failed');
  }
  expect(failed(of('core.billing'))).toBe(10);
  expect(failed(OTHER)).toBe(0);
  expect(ended()).toBe(609);
});

test('what runs takes the place of what has been idle, and not of what ran just now', () => {
  for (let i = 0; i < 500; i++) {
    ran(`once.${i}`, NOW - 20 * MINUTE + i * 2_000, 'completed');
  }
  ran('hourly', NOW, 'completed');
  expect(value('runlane_task_runs_started_total', of('hourly'))).toBe(1);
  expect(value('runlane_task_runs_started_total', of('once.0'))).toBeUndefined();
  for (let i = 0; i < 500; i++) {
    ran(`again.${i}`, NOW + i, 'completed');
  }
  expect(value('runlane_task_runs_started_total', of('once.499'))).toBe(1);
  expect(value('runlane_task_runs_started_total', OTHER)).toBeGreaterThan(0);
});

test('runs going on are told where their task is told, before and after it gains or loses its place', () => {
  const open = Array.from({ length: 500 }, (_, i) => runs(`busy.${i}`, NOW + i));
  const late = runs('late', NOW + 1_000);
  expect(value('runlane_task_runs', `${OTHER},state="running"`)).toBe(1);
  expect(value('runlane_task_runs_started_total', OTHER)).toBe(1);
  late.end('failed');
  // It takes the place of the running task that was heard of longest ago; that one's run is told with the others.
  expect(failed(of('late'))).toBe(1);
  expect(value('runlane_task_runs', `${of('late')},state="running"`)).toBe(0);
  expect(value('runlane_task_runs', `${of('busy.0')},state="running"`)).toBeUndefined();
  expect(value('runlane_task_runs', `${OTHER},state="running"`)).toBe(1);
  open[0]!.end('completed');
  expect(value('runlane_task_runs', `${OTHER},state="running"`)).toBe(0);
  expect(value('runlane_task_runs_finished_total', `${OTHER},outcome="completed"`)).toBe(1);
});

test('counters of a series never go back, and nothing is counted under two names', () => {
  for (let i = 0; i < 500; i++) {
    ran(`failing.${i}`, NOW + i, 'failed');
  }
  ran('late', NOW + 1_000, 'failed');
  ran('late', NOW + 2_000, 'failed');
  expect(failed(of('late'))).toBeUndefined();
  expect(failed(OTHER)).toBe(2);
  // Recovers, and so makes room.
  ran('failing.7', NOW + 3_000, 'completed');
  ran('late', NOW + 4_000, 'failed');
  expect(failed(of('late'))).toBe(1);
  expect(failed(OTHER)).toBe(2);
});
