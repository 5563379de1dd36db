import { createAirflow } from '../../src/connectors/airflow/connector';
import type { RunPage } from '../../src/model/answer';
import { NO_FILTER } from '../../src/model/task-query';
import type { TaskRun } from '../../src/model/task-run';
import { startAirflowServer } from '../systems/airflow-server';
import type { AirflowServer } from '../systems/airflow-server';
import { eventually } from '../systems/eventually';

/** Airflow 3.3 on PostgreSQL: each kind of end, read as the data source reads it and compared with what Airflow says itself. */
let airflow: AirflowServer;
let page: RunPage;
const ids: Record<string, string> = {};
const signal = new AbortController().signal;

function read(): Promise<RunPage> {
  const now = Date.now();
  const connector = createAirflow({ http: airflow.http });
  return connector.runs({ filter: NO_FILTER, range: { from: now - 3_600_000, to: now }, limit: 1000 }, signal);
}

/** The attempts of a task of a DAG, the first one first. `double[2]`: of a mapped one. */
function attempts(dag: string, task: string, { runs } = page): TaskRun[] {
  return runs.filter(({ runId }) => runId === `${dag}/${ids[dag]}/${task}`).sort((a, b) => a.attempt - b.attempt);
}

/** Its only or last attempt. */
const last = (dag: string, task: string, from = page) => attempts(dag, task, from).at(-1) as TaskRun;
const job = (dag: string, from = page) => from.runs.find(({ runId }) => runId === `${dag}/${ids[dag]}`) as TaskRun;

beforeAll(async () => {
  airflow = await startAirflowServer();
  ids['ends'] = await airflow.trigger('ends');
  ids['times_out'] = await airflow.trigger('times_out');
  await Promise.all(['ends', 'times_out'].map((dag) => airflow.ended(dag, ids[dag] as string)));
  ids['long'] = await airflow.trigger('long');
  await airflow.running('long', ids['long'], 'hold');
  page = await read();
}, 900_000);

afterAll(() => airflow?.stop(), 60_000);

test.each([
  ['charge', 'completed', 'success', undefined],
  ['refund', 'failed', 'error', 'ValueError: no such order 4711'],
  ['tell_customer', 'failed', 'upstream_failed', undefined],
  ['ship', 'completed', 'success', undefined],
  ['gift_wrap', 'completed', 'skipped', undefined],
  ['double[0]', 'completed', 'success', undefined],
  ['double[1]', 'completed', 'success', undefined],
  ['double[2]', 'completed', 'success', undefined],
  ['pack', 'failed', 'timed_out', 'AirflowTaskTimeout: Timeout'],
  ['bill', 'failed', 'killed', 'SIGKILL: Process terminated by signal.'],
])('the task %s is %s, %s', (task, state, substate, error) => {
  const run = last('ends', task);
  expect(run).toMatchObject({
    state,
    substate,
    parentId: `ends/${ids['ends']}`,
    labels: { dag: 'ends', owner: 'shop' },
  });
  expect(`${run.error?.type}: ${run.error?.message}`).toContain(error ?? 'undefined');
  expect(run.signal).toBe(task === 'bill' ? 'SIGKILL' : undefined);
  expect(run.queue).toBe(task === 'charge' ? 'small' : 'default_pool');
  // What never ran was on no worker.
  expect(run.worker === undefined).toBe(task === 'tell_customer');
});

test('an error has its traceback, down to the line of the DAG', () => {
  expect(last('ends', 'refund').error?.stack).toMatch(
    /ends\.py", line \d+, in refund\nValueError: no such order 4711$/
  );
});

test('a run that was tried again has both attempts', () => {
  expect(attempts('ends', 'ship').map(({ attempt, state, maxAttempts }) => [attempt, state, maxAttempts])).toEqual([
    [1, 'failed', 2],
    [2, 'completed', 2],
  ]);
  expect(attempts('ends', 'ship')[0]?.error?.type).toBe('ConnectionError');
});

test('a dag run that ran out of time took its tasks with it', () => {
  expect(job('times_out')).toMatchObject({ state: 'failed', substate: 'timed_out', kind: 'job' });
  const slow = last('times_out', 'slow');
  expect(slow.nativeState).toBe('skipped');
  expect(slow.finishedAt).toBe(job('times_out').finishedAt);
  // On a busy machine it may not have started when the time was up.
  expect(slow.state).toBe(slow.startedAt === undefined ? 'completed' : 'cancelled');
  expect(last('times_out', 'never')).toMatchObject({ state: 'completed', substate: 'skipped' });
});

test('what runs and what waits for its pool is told', () => {
  expect(last('long', 'hold')).toMatchObject({ state: 'running', substate: 'executing', queue: 'small' });
  expect(last('long', 'wait_for_room')).toMatchObject({
    state: 'pending',
    substate: 'scheduled',
    evidence: 'Its pool small is full: all of its 1 slots are taken.',
  });
  expect(job('long').state).toBe('running');
});

test('every task instance and dag run is there, at the times that Airflow gives it', async () => {
  const { task_instances: rows } = (await airflow.api('GET', '/dags/~/dagRuns/~/taskInstances')) as {
    task_instances: Array<Record<'dag_id' | 'task_id' | 'start_date' | 'end_date', string> & Record<string, number>>;
  };
  expect(rows).toHaveLength(14);
  for (const { dag_id, task_id, map_index = -1, start_date, end_date, try_number } of rows) {
    const run = last(dag_id, map_index < 0 ? task_id : `${task_id}[${map_index}]`);
    expect(run.attempt).toBe(Math.max(1, try_number ?? 0));
    if (run.startedAt !== undefined) {
      expect(Math.abs(run.startedAt - Date.parse(start_date))).toBeLessThan(1000);
    }
    if (end_date !== null) {
      expect(Math.abs((run.finishedAt ?? 0) - Date.parse(end_date))).toBeLessThan(1000);
    }
  }
  // One attempt more than rows, and the three dag runs.
  expect(page.runs).toHaveLength(14 + 1 + 3);
  expect(page).toMatchObject({ truncated: false, skipped: 0 });
});

test('a save and test says which Airflow it is', async () => {
  const found = await createAirflow({ http: airflow.http }).check(signal);
  expect(found).toMatchObject({ product: 'Apache Airflow', version: '3.3.2' });
  expect(found.summary).toBe('14 task instances changed in the last 24 h.');
});

test('what a user did is told as his act: marked, cleared, run again', async () => {
  const long = `/dags/long/dagRuns/${encodeURIComponent(ids['long'] as string)}`;
  await airflow.api('PATCH', long, { state: 'failed' });
  const run = ids['ends'] as string;
  const refund = `/dags/ends/dagRuns/${encodeURIComponent(run)}/taskInstances/refund`;
  await airflow.api('PATCH', refund, { new_state: 'success' });
  const only = { dry_run: false, dag_run_id: run, task_ids: ['charge'], only_failed: false, reset_dag_runs: true };
  await airflow.api('POST', '/dags/ends/clearTaskInstances', only);
  const after = await eventually(
    'the second charge',
    async () => {
      const now = await read();
      return last('ends', 'charge', now).state === 'completed' && last('ends', 'charge', now).attempt === 2
        ? now
        : undefined;
    },
    { seconds: 120, everyMs: 1000 }
  );
  expect(last('long', 'hold', after)).toMatchObject({
    state: 'cancelled',
    substate: 'terminated',
    nativeState: 'failed',
    evidence: 'Marked as failed by admin.',
  });
  expect(job('long', after)).toMatchObject({ state: 'cancelled', evidence: 'Marked as failed by admin.' });
  expect(last('ends', 'refund', after)).toMatchObject({ state: 'completed', evidence: 'Marked as success by admin.' });
  // The first charge is as it was.
  const [first] = attempts('ends', 'charge', after);
  expect(first).toEqual({ ...attempts('ends', 'charge')[0], maxAttempts: 1 });
  expect(job('ends', after).evidence).toBe('Run again by admin: Airflow forgets what the run was before.');
});

test('while the scheduler is dead, that is said', async () => {
  await airflow.scheduler.stop();
  const { notices } = await eventually(
    'the silence',
    async () => {
      const now = await read();
      return now.notices === undefined ? undefined : now;
    },
    { seconds: 90, everyMs: 1000 }
  );
  expect(notices?.join()).toMatch(/^Airflow's scheduler is not healthy, its last sign of life was at 20/);
});
