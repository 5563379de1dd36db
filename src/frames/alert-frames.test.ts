import type { FiringAlert } from '../model/answer';
import { alertsFrames } from './alert-frames';
import { ENGLISH } from './frame-context';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;
const RANGE = { from: NOW - 60 * MINUTE, to: NOW + MINUTE };

const alerts: FiringAlert[] = [
  { name: 'run-missed', state: 'resolved', task: 'backup', since: NOW - 40 * MINUTE, endedAt: NOW - 30 * MINUTE },
  {
    name: 'abnormal-exit',
    state: 'firing',
    task: 'mail',
    cause: 'SIGKILL',
    since: NOW - 90 * MINUTE,
    summary: 'mail: SIGKILL',
    runbook: 'https://docs/runbooks/abnormal-exit.md',
  },
  { name: 'task-stuck', state: 'pending', task: 'report', since: NOW - MINUTE },
];

const frames = alertsFrames(
  { view: 'alerts', alerts, truncated: true },
  { range: RANGE, now: NOW, shade: 'dark', words: ENGLISH }
);

function fieldOf(frame: string, field: string) {
  return frames.find(({ name }) => name === frame)?.fields.find(({ name }) => name === field);
}

const valuesOf = (frame: string, field: string): unknown[] => [...(fieldOf(frame, field)?.values ?? [])];

test('what fires comes before what will and what did; its runbook is a link', () => {
  expect(valuesOf('alerts', 'alertState')).toEqual(['firing', 'pending', 'resolved']);
  expect(valuesOf('alerts', 'finished')).toEqual([null, null, NOW - 30 * MINUTE]);
  expect(valuesOf('alerts', 'summary')).toEqual(['mail: SIGKILL', null, null]);
  expect(valuesOf('alerts', 'runbook')).toEqual(['abnormal-exit', null, null]);
  expect(valuesOf('alerts', 'runbookUrl')).toEqual(['https://docs/runbooks/abnormal-exit.md', null, null]);
  expect(fieldOf('alerts', 'runbook')?.config.links).toMatchObject([
    { title: 'Runbook', url: '${__data.fields.runbookUrl:raw}' },
  ]);
});

test.each(['docs/runbooks/p99-latency.md', 'p99-latency'])('the runbook %s is a page of the app', (runbook) => {
  const [table] = alertsFrames(
    { view: 'alerts', alerts: [{ name: 'a', state: 'firing', since: NOW, runbook }], truncated: false },
    { range: RANGE, now: NOW, shade: 'dark', words: ENGLISH }
  );
  const value = (name: string) => table?.fields.find((field) => field.name === name)?.values[0] as unknown;
  expect([value('runbook'), value('runbookUrl')]).toEqual(['p99-latency', '/a/runlane-app/runbooks/p99-latency']);
});

test('links from an alert show its own time: around it, and up to now while it fires', () => {
  expect(valuesOf('alerts', 'to').map(String)).toEqual(['now', 'now', String(NOW - 25 * MINUTE)]);
  const [since] = valuesOf('alerts', 'since');
  expect(valuesOf('alerts', 'from')[0]).toBe(String(Number(since) - 5 * MINUTE));
});

test('the number counts what fires now, and the lanes show how long each lasted', () => {
  expect(valuesOf('firing', 'value')).toEqual([1]);
  expect(valuesOf('alert times', 'runId')).toEqual(['mail: SIGKILL', 'report', 'backup']);
  expect(valuesOf('alert times', 'finished')).toEqual([NOW, NOW, NOW - 30 * MINUTE]);
});

test('that there are more is said', () => {
  expect(frames[0]?.meta?.notices).toHaveLength(1);
});
