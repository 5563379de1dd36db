import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShapeError } from '../../../../src/model/read-shape';
import type { TaskRun } from '../../../../src/model/task-run';
import { readJob } from './job';
import type { RqRecord } from './job';
import { toTaskRuns } from './to-task-runs';

const { jobs, now } = JSON.parse(readFileSync(join(__dirname, 'fixtures', 'every-end.json'), 'utf8')) as {
  jobs: Record<string, RqRecord>;
  now: number;
};
const runsOf = (situation: string, at = now) => toTaskRuns(readJob(jobs[situation]!), at);
const say = ({ attempt, task, state, substate }: TaskRun) => `${attempt} ${task} ${state}/${substate}`;

test.each([
  ['succeeded', ['1 rq_jobs.charge completed/success']],
  ['failed', ['1 rq_jobs.refund failed/error']],
  ['upstream', ['1 rq_jobs.charge pending/deferred']],
  // Of the try that failed nothing is left.
  ['retried', ['1 rq_jobs.send_mail completed/success']],
  ['polled', ['1 rq_jobs.poll failed/error', '2 rq_jobs.poll failed/error', '3 rq_jobs.poll completed/success']],
  ['limited', ['1 rq_jobs.build failed/timed_out']],
  ['killed', ['1 rq_jobs.killed failed/killed']],
  ['scheduled', ['1 rq_jobs.charge pending/scheduled']],
  ['dependent', ['1 rq_jobs.charge completed/success']],
  ['cancelled', ['1 rq_jobs.charge cancelled/revoked']],
  ['unconsumed', ['1 rq_jobs.charge pending/queued']],
  // RQ's own result says that it failed.
  ['stopped', ['1 rq_jobs.build cancelled/stopped']],
  ['running', ['1 rq_jobs.build running/executing']],
])('a job that is %s', (situation, wanted) => {
  expect(runsOf(situation).map(say)).toEqual(wanted);
});

test('errors, signals, and the worker that RQ forgets', () => {
  expect(runsOf('failed')[0]?.error).toMatchObject({ type: 'LookupError', message: 'no such order: 7' });
  expect(runsOf('killed')[0]).toMatchObject({ signal: 'SIGKILL', worker: 'worker-1', queue: 'orders' });
  expect(runsOf('limited')[0]?.error?.type).toBe('JobTimeoutException');
});

test('a stopped job ends when its result says so, because RQ sets no end', () => {
  const [run] = runsOf('stopped');
  expect(jobs['stopped']?.fields['ended_at']).toBe('');
  expect(run?.finishedAt).toBeGreaterThanOrEqual(run?.startedAt ?? Infinity);
});

test('a job whose worker vouches for it no longer is lost', () => {
  expect(jobs['running']?.aliveUntil).toBeGreaterThan(0);
  const [lost] = runsOf('running', (jobs['running']?.aliveUntil ?? 0) * 1000 + 1);
  expect(lost).toMatchObject({
    state: 'failed',
    substate: 'lost',
    worker: 'worker-1',
    evidence: expect.stringMatching(/^worker-1 vouched for it until .* and not since/),
  });
});

test('a job that waits for a failed one will not start by itself, and says so', () => {
  const failed = jobs['failed']!.id;
  const [run] = toTaskRuns(readJob({ ...jobs['upstream']!, failedDependencies: [failed] }), now);
  expect(run).toMatchObject({ state: 'pending', substate: 'deferred', parentId: failed });
  expect(run?.evidence).toContain(`waits for ${failed}, which failed`);
});

test('secrets in the call are hidden', () => {
  expect(runsOf('succeeded')[0]?.args).toBe('(7, password=***)');
});

test('a description of the user is the name of the task, where the call is not told', () => {
  const record = jobs['succeeded']!;
  const [run] = toTaskRuns(readJob({ ...record, fields: { ...record.fields, description: 'Charge it' } }), now);
  expect(run?.task).toBe('Charge it');
});

test('what is no job is refused, for the connector to count', () => {
  const record = jobs['succeeded']!;
  expect(() => readJob({ ...record, fields: { ...record.fields, created_at: 'noon' } })).toThrow(ShapeError);
  expect(() => readJob({ ...record, fields: {} })).toThrow(ShapeError);
});
