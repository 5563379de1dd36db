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
  expect(valuesOf('alerts', 'runbook')).toEqual(['https://docs/runbooks/abnormal-exit.md', null, null]);
  expect(fieldOf('alerts', 'runbook')?.config.links).toMatchObject([{ title: 'Runbook', url: '${__value.raw}' }]);
});

test('the number counts what fires now, and the lanes show how long each lasted', () => {
  expect(valuesOf('firing', 'value')).toEqual([1]);
  expect(valuesOf('alert times', 'runId')).toEqual(['mail: SIGKILL', 'report', 'backup']);
  expect(valuesOf('alert times', 'finished')).toEqual([NOW, NOW, NOW - 30 * MINUTE]);
});

test('that there are more is said', () => {
  expect(frames[0]?.meta?.notices).toHaveLength(1);
});
