import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShapeError } from '../../../../src/model/read-shape';
import type { TaskRun } from '../../../../src/model/task-run';
import { readJob } from './job';
import type { BullRecord } from './job';
import { toTaskRun } from './to-task-run';

const { jobs } = JSON.parse(readFileSync(join(__dirname, 'fixtures', 'every-end.json'), 'utf8')) as {
  jobs: Record<string, BullRecord>;
};
const runOf = (situation: string) => toTaskRun(readJob(jobs[situation]!));
const say = ({ attempt, task, state, substate }: TaskRun) => `${attempt} ${task} ${state}/${substate}`;

test.each([
  ['succeeded', '1 orders.charge completed/success'],
  ['failed', '1 orders.refund failed/error'],
  ['unrecoverable', '1 orders.void failed/error'],
  ['retried', '2 mail.send completed/success'],
  ['waiting_again', '2 mail.wait pending/retrying'],
  ['delayed', '1 orders.charge pending/scheduled'],
  ['parent', '1 orders.charge completed/success'],
  ['child', '1 orders.charge completed/success'],
  ['waits_for_child', '1 orders.charge pending/deferred'],
  ['unconsumed', '1 orders.charge pending/queued'],
  ['prioritized', '1 orders.charge pending/queued'],
  ['running', '1 report.build running/executing'],
  ['stalled', '1 report.build failed/lost'],
])('a job that is %s', (situation, wanted) => {
  expect(say(runOf(situation))).toBe(wanted);
});

test('a job that is removed as it completes has left nothing', () => {
  expect(jobs['removed']).toBeUndefined();
});

test('ids are told apart by their queue, and flows are families', () => {
  const child = runOf('child');
  expect(child.runId).toMatch(/^orders:/);
  expect(child.parentId).toBe(runOf('parent').runId);
});

test('errors are of the class that the stack names', () => {
  expect(runOf('failed').error).toMatchObject({ type: 'RangeError', message: 'no such order: 7' });
  expect(runOf('unrecoverable').error?.type).toBe('UnrecoverableError');
});

test('worker, times, and a lost job says why', () => {
  const run = runOf('succeeded');
  expect(run).toMatchObject({ worker: 'worker-1', queue: 'orders' });
  expect(run.queuedAt).toBeLessThanOrEqual(run.startedAt ?? 0);
  expect(run.startedAt).toBeLessThanOrEqual(run.finishedAt ?? 0);
  expect(runOf('stalled').evidence).toMatch(/Nobody holds its lock: worker-1 is gone or hangs/);
  expect(runOf('retried').maxAttempts).toBe(3);
});

test('secrets in data are hidden', () => {
  expect(runOf('succeeded').args).toBe('{"amount":7,"password":***}');
});

test('what is no job is refused, for the connector to count', () => {
  const record = jobs['succeeded']!;
  const without = (field: string, value: string | null) => () =>
    readJob({ ...record, fields: { ...record.fields, [field]: value } });
  expect(without('timestamp', null)).toThrow(ShapeError);
  expect(without('opts', '{')).toThrow(ShapeError);
  expect(without('processedOn', 'noon')).toThrow(ShapeError);
});
