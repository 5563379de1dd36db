import { readFileSync } from 'fs';
import { join } from 'path';
import type { TaskRun } from '../../model/task-run';
import { auditOf, NO_AUDIT } from './audit';
import type { Audit } from './audit';
import { withoutPlaceholders } from './identity';
import { dagRunToRun } from './to-job-run';
import { earlierAttempts, lastAttempts } from './to-task-runs';
import type { Around } from './to-task-runs';
import { readAuditEvents, readDagRun, readTaskInstances } from './wire';
import type { TaskInstance } from './wire';

type Recorded = Record<'retry' | 'rows' | 'dagRuns', Record<string, unknown>> & { tries: Record<string, unknown[]> };

const RECORDED = JSON.parse(
  readFileSync(join(__dirname, 'fixtures', 'rows', 'airflow-3.3.2.json'), 'utf8')
) as Recorded;
const NOW = Date.parse('2026-11-29T19:10:00Z');
const LONG_AGO = NOW - 86_400_000;

function instances(rows: unknown[]): TaskInstance[] {
  return readTaskInstances({ task_instances: rows, total_entries: rows.length }).rows;
}

const row = (name: string) => instances([RECORDED.rows[name]])[0] as TaskInstance;
const retry = (state: string) => instances([RECORDED.retry[state]])[0] as TaskInstance;
const tries = (name: string) => instances(RECORDED.tries[name] ?? []);

function around(part: Partial<Around> = {}): Around {
  return { now: NOW, audit: NO_AUDIT, pools: new Map(), ownersOf: () => undefined, timedOut: new Map(), ...part };
}

function auditFrom(lines: object[]): Audit {
  const whole = lines.map((line) => ({ when: '2026-11-29T18:41:07Z', map_index: null, try_number: null, ...line }));
  return auditOf(readAuditEvents({ event_logs: whole, total_entries: whole.length }).rows, LONG_AGO);
}

/** `#1 failed/error 9.6 s`: what a person reads first. */
function line({ attempt, state, substate, startedAt, finishedAt }: TaskRun): string {
  const lasted =
    startedAt === undefined
      ? ''
      : finishedAt === undefined
        ? ' …'
        : ` ${((finishedAt - startedAt) / 1000).toFixed(1)} s`;
  return `#${attempt} ${state}/${substate ?? '–'}${lasted}`;
}

const lines = (runs: readonly TaskRun[]) => runs.map(line);

test.each([
  ['nothing yet', ['#1 pending/created']],
  ['queued', ['#1 pending/queued']],
  ['running', ['#1 running/executing …']],
  ['up_for_retry', ['#1 failed/error 9.6 s', '#2 pending/retrying']],
  // Its duration is still that of the try before.
  ['running again', ['#2 running/executing …']],
  ['success', ['#2 completed/success 13.7 s']],
])('a task that is tried twice, %s', (state, expected) => {
  expect(lines(lastAttempts(retry(state), around()))).toEqual(expected);
});

test('all its moments are of one run, though its uuid changes', () => {
  const states = Object.keys(RECORDED.retry);
  expect(new Set(states.flatMap((state) => lastAttempts(retry(state), around()).map(({ runId }) => runId))).size).toBe(
    1
  );
});

test('while the next try is queued, the times of the last one are not its own', () => {
  const stale = { ...retry('up_for_retry'), state: 'queued', tryNumber: 2 };
  const [run] = lastAttempts(stale, around());
  expect(run).toMatchObject({ attempt: 2, state: 'pending', substate: 'queued' });
  expect(run).not.toHaveProperty('startedAt');
  expect(run).not.toHaveProperty('finishedAt');
});

test('a try is closed by the next one', () => {
  const again = retry('running again');
  expect(lines(earlierAttempts(tries('retry running again'), again, around()))).toEqual(['#1 failed/error 9.6 s']);
});

test('a try that Airflow repeats beyond its retries was lost with its scheduler', () => {
  const [first] = earlierAttempts(tries('lost'), row('lost'), around());
  expect(line(first as TaskRun)).toBe('#1 failed/lost 123.3 s');
  expect(first?.evidence).toContain('no retry left');
  expect(lastAttempts(row('lost'), around())[0]).not.toHaveProperty('maxAttempts');
});

test('a try that told no end was lost, where the audit log reaches back to its start', () => {
  const retried = [tries('lost and retried'), row('lost and retried')] as const;
  expect(lines(earlierAttempts(...retried, around({ audit: auditFrom([]) })))).toEqual(['#1 failed/lost 124.0 s']);
  expect(lines(earlierAttempts(...retried, around()))).toEqual(['#1 failed/error 124.0 s']);
  const { dag, run, task } = retried[1];
  const told = auditFrom([
    { event: 'up_for_retry', dag_id: dag, run_id: run, task_id: task, map_index: -1, try_number: 1 },
  ]);
  expect(lines(earlierAttempts(...retried, around({ audit: told })))).toEqual(['#1 failed/error 124.0 s']);
});

test.each([
  ['3', { run_id: row('just cleared').run, extra: '{"task_ids": ["broken"]}' }],
  ['2', { run_id: null, extra: JSON.stringify({ task_ids: ['broken'], dag_run_id: row('just cleared').run }) }],
])('who cleared a task is told, of a line of Airflow %s', (major, line) => {
  const event = major === '2' ? 'api.post_clear_task_instances' : 'post_clear_task_instances';
  const audit = auditFrom([{ event, dag_id: 'fails', task_id: null, owner: 'ada', ...line }]);
  const said = (one: TaskInstance) => lastAttempts(one, around({ audit }))[0]?.evidence;
  expect(said(row('just cleared'))).toBe('Cleared by ada.');
  expect(said({ ...row('just cleared'), task: 'another' })).toBeUndefined();
});

test('a task that was cleared keeps its tries, and waits for the next one', () => {
  const [waiting] = lastAttempts(row('just cleared'), around());
  expect(line(waiting as TaskRun)).toBe('#2 pending/created');
  // Right after a clear, /tries has the try twice: as it ended, and without a state.
  const twice = [...tries('cleared').slice(0, 1), row('just cleared')];
  expect(lines(earlierAttempts(twice, row('just cleared'), around()))).toEqual(['#1 failed/error 115.3 s']);
  expect(lines(earlierAttempts(tries('cleared'), row('cleared'), around()))).toEqual(['#1 failed/error 115.3 s']);
});

test('what was cleared before it ever ran has no tries', () => {
  expect(lines(lastAttempts(row('cleared before it ran'), around()))).toEqual(['#1 pending/created']);
  expect(earlierAttempts(tries('cleared before it ran'), row('cleared before it ran'), around())).toEqual([]);
});

test('what Airflow decides without running it has an end and no start', () => {
  const [run] = lastAttempts(row('skipped by rule'), around());
  expect(line(run as TaskRun)).toBe('#1 completed/skipped');
  expect(run?.finishedAt).toBe(Date.parse('2026-11-29T18:29:57.379Z'));
  expect(run).not.toHaveProperty('worker');
});

test('a task that its dag run took with it ended with the dag run', () => {
  const dagRun = readDagRun(RECORDED.dagRuns['timed out']);
  const ended = dagRun.ended as number;
  const timedOut = new Map([[`${dagRun.dag}/${dagRun.run}`, ended]]);
  const [killed] = lastAttempts(row('timed out with its dag run'), around({ timedOut }));
  expect(killed).toMatchObject({
    state: 'cancelled',
    substate: 'terminated',
    nativeState: 'skipped',
    finishedAt: ended,
  });
  const [never] = lastAttempts(row('never ran'), around({ timedOut }));
  expect(never).toMatchObject({ state: 'completed', substate: 'skipped', finishedAt: ended });
  expect(never).not.toHaveProperty('startedAt');
  expect(dagRunToRun(dagRun, around({ timedOut }))).toMatchObject({ state: 'failed', substate: 'timed_out' });
});

test('a task that was removed from its DAG after it ran is not cancelled', () => {
  const { dag, run, task } = row('removed');
  const said = (audit: Audit) => lines(lastAttempts(row('removed'), around({ audit })));
  expect(said(NO_AUDIT)).toEqual(['#1 unknown/– …']);
  expect(said(auditFrom([]))).toEqual(['#1 completed/success 3.7 s']);
  const failed = { event: 'failed', dag_id: dag, run_id: run, task_id: task, map_index: -1, try_number: 1 };
  expect(said(auditFrom([failed]))).toEqual(['#1 failed/error 3.7 s']);
});

test('a deferred task waits; when it has run, its second pass through the queue is not its wait', () => {
  expect(lines(lastAttempts(row('deferred'), around()))).toEqual(['#1 pending/deferred']);
  const [ended] = lastAttempts(row('deferred, ended'), around());
  expect(line(ended as TaskRun)).toMatch('#1 failed');
  expect(ended).not.toHaveProperty('queuedAt');
});

test('states of newer versions are taken, or said to be unknown', () => {
  const inState = (state: string) => lines(lastAttempts({ ...retry('queued'), state }, around()));
  expect(inState('awaiting_input')).toEqual(['#1 pending/suspended']);
  expect(inState('up_for_reschedule')).toEqual(['#1 pending/rescheduled']);
  expect(inState('restarting')).toEqual(['#1 running/stopping']);
  expect(inState('meditating')).toEqual(['#1 unknown/–']);
});

test('a run that a user marked as failed was cancelled, and what had ended before was not', () => {
  const failed = { ...row('cleared'), tryNumber: 1 };
  const { dag, run } = failed;
  const at = (ms: number) => new Date((failed.ended as number) + ms).toISOString();
  const patched = (ms: number) =>
    auditFrom([
      {
        event: 'patch_dag_run',
        dag_id: dag,
        run_id: run,
        task_id: null,
        owner: 'ada',
        extra: '{"state": "failed"}',
        when: at(ms),
      },
    ]);
  const said = (audit: Audit) => lastAttempts(failed, around({ audit }))[0];
  expect(said(patched(-40))).toMatchObject({
    state: 'cancelled',
    substate: 'terminated',
    evidence: 'Marked as failed by ada.',
  });
  expect(said(patched(60_000))).toMatchObject({ state: 'failed', substate: 'error' });
});

test('what waits in a full pool says so', () => {
  const pools = new Map([['default_pool', { name: 'default_pool', slots: 4, open: 0 }]]);
  const scheduled = { ...retry('queued'), state: 'scheduled' };
  expect(lastAttempts(scheduled, around({ pools }))[0]?.evidence).toBe(
    'Its pool default_pool is full: all of its 4 slots are taken.'
  );
});

test('the placeholder of a mapped task goes when there are indexes', () => {
  const one = row('cleared');
  const mapped = [-1, 0, 1].map((mapIndex) => ({ ...one, mapIndex }));
  expect(withoutPlaceholders(mapped).map(({ mapIndex }) => mapIndex)).toEqual([0, 1]);
  expect(withoutPlaceholders(mapped.slice(0, 1))).toHaveLength(1);
});

test('a dag run without a logical date is known by its id, and begins when it should run', () => {
  const run = dagRunToRun(readDagRun(RECORDED.dagRuns['asset']), around());
  expect(run).toMatchObject({
    kind: 'job',
    task: 'from_asset',
    state: 'completed',
    labels: { run_type: 'asset_triggered' },
  });
  expect(run.createdAt).toBe(Date.parse('2026-11-29T18:32:50.105Z'));
});

test('a dag run that was cleared waits since then, and says that its first pass is gone', () => {
  const cleared = readDagRun(RECORDED.dagRuns['cleared']);
  const when = '2026-11-29T18:38:47.400Z';
  const audit = auditFrom([
    { event: 'clear_dag_run', dag_id: cleared.dag, run_id: cleared.run, task_id: null, owner: 'ada', when },
  ]);
  const run = dagRunToRun(cleared, around({ audit }));
  expect(run.queuedAt).toBe(Date.parse('2026-11-29T18:38:47.535Z'));
  expect(run).not.toHaveProperty('createdAt');
  expect(run.evidence).toBe('Run again by ada: Airflow forgets what the run was before.');
});

test.each(['logical_date', 'execution_date'])('the schedule that a run is for is a label: %s', (field) => {
  const when = '2026-11-29T00:00:00Z';
  const recorded = { ...(RECORDED.rows['cleared'] as object), [field]: when };
  const [attempt] = lastAttempts(instances([recorded])[0] as TaskInstance, around());
  expect(attempt?.labels).toMatchObject({ logical_date: when });
  const { labels } = dagRunToRun(readDagRun({ ...(RECORDED.dagRuns['asset'] as object), [field]: when }), around());
  expect(labels).toMatchObject({ logical_date: when });
});
