import { NO_FILTER } from '../../model/task-query';
import type { TaskFilter } from '../../model/task-query';
import type { TaskRun } from '../../model/task-run';
import type { Http } from '../connector';
import { createAirflow } from './connector';
import { fakeAirflow, instanceRow, json } from './fake-airflow.kit';

const NOW = Date.parse('2026-11-29T19:10:00Z');
const HOUR = 3_600_000;
const RANGE = { from: NOW - HOUR, to: NOW };
const LIST = '/api/v2/dags/~/dagRuns/~/taskInstances';
const signal = new AbortController().signal;

const rows = (count: number, part: object = {}) =>
  Array.from({ length: count }, (_, index) => instanceRow(index, part));

function ask(http: Http, { limit = 5000, range = RANGE, filter = NO_FILTER as TaskFilter, cursor = '' } = {}) {
  return createAirflow({ http }, () => NOW).runs({ filter, range, limit, ...(cursor !== '' && { cursor }) }, signal);
}

/** Asks page after page, as the data source does. */
async function all(http: Http, limit: number): Promise<Map<string, TaskRun>> {
  const connector = createAirflow({ http }, () => NOW);
  const found = new Map<string, TaskRun>();
  let cursor: string | undefined;
  do {
    const page = await connector.runs({ filter: NO_FILTER, range: RANGE, limit, ...(cursor && { cursor }) }, signal);
    page.runs.forEach((run) => found.set(`${run.runId}#${run.attempt}`, run));
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

test.each([
  ['clamps pages to 100', 100, 250],
  ['gives as many as are asked for, as 3.0 and 3.1 do', 10_000, 30],
  ['clamps pages to 7', 7, 50],
])('all rows come, each once, from an Airflow that %s', async (_, largestPage, count) => {
  const { http, asked } = fakeAirflow({ instances: rows(count), largestPage });
  expect((await all(http, 5000)).size).toBe(count);
  const pages = asked.filter((path) => path.startsWith(LIST) && !path.includes('state='));
  expect(pages).toHaveLength(Math.ceil(count / largestPage));
});

test('5,000 task instances take a fifth of the requests, or less, that asking each of their dag runs takes', async () => {
  const { http, asked } = fakeAirflow({ instances: rows(5000) });
  expect((await all(http, 5000)).size).toBe(5000);
  // They are of 500 dag runs, which themselves come in ten pages of fifty.
  expect(asked.length).toBeLessThanOrEqual((500 + 10) / 5);
});

test('pages go on behind the last one', async () => {
  const { http } = fakeAirflow({ instances: rows(130), largestPage: 20 });
  const first = await ask(http, { limit: 50 });
  expect(first.runs).toHaveLength(50);
  expect(first.truncated).toBe(true);
  const last = await ask(http, { limit: 100, cursor: first.next });
  expect(last.runs).toHaveLength(80);
  expect(last).not.toHaveProperty('next');
});

test('a page of another source is refused', async () => {
  await expect(ask(fakeAirflow({}).http, { cursor: 'abc' })).rejects.toThrow('The page "abc" is none of Airflow\'s.');
});

test('rows that repeat whatever the offset are one clear error', async () => {
  const body = json({ task_instances: rows(10), total_entries: 1_000_000 });
  const { http } = fakeAirflow({ answers: { [LIST]: body } });
  await expect(ask(http)).rejects.toThrow('Look for a proxy that drops what follows the ? of an address.');
});

test('a list that promises more than it gives ends where it ends', async () => {
  const { http, asked } = fakeAirflow({ answers: { [LIST]: json({ task_instances: [], total_entries: 500 }) } });
  expect((await ask(http)).runs).toEqual([]);
  expect(asked.length).toBeLessThan(15);
});

test('rows that cannot be read are counted, and the others are shown', async () => {
  const broken = [
    { task_id: 4 },
    'row',
    instanceRow(7, { start_date: 'yesterday' }),
    instanceRow(8, { try_number: '1' }),
  ];
  const { http } = fakeAirflow({ instances: [...rows(3), ...broken] });
  const page = await ask(http);
  expect(page.runs).toHaveLength(3);
  expect(page.skipped).toBe(4);
});

test('a range of the past is asked for up to its end, and times go with their zone', async () => {
  const { http, asked } = fakeAirflow({});
  await ask(http, { range: { from: NOW - 48 * HOUR, to: NOW - 24 * HOUR } });
  const [changed] = asked.filter((path) => path.startsWith(LIST));
  expect(changed).toContain('updated_at_gte=2026-11-27T19%3A10%3A00.000Z&start_date_lte=2026-11-28T19%3A10%3A00.000Z');
});

test('what failed in a range and was tried again after it is found by the audit log', async () => {
  const line = { dag_id: 'shop', run_id: 'run-1', task_id: 'charge', map_index: -1, try_number: 1, event_log_id: 1 };
  const when = '2026-11-28T12:00:02Z';
  const tried = (part: object) => instanceRow(0, { dag_run_id: 'run-1', task_id: 'charge', ...part });
  const first = { state: 'failed', start_date: '2026-11-28T12:00:00Z', end_date: when, queued_when: null };
  const { http } = fakeAirflow({
    answers: {
      '/api/v2/eventLogs': json({ event_logs: [{ ...line, when, event: 'failed' }], total_entries: 1 }),
      '/api/v2/dags/shop/dagRuns/run-1/taskInstances/charge/tries': json({
        task_instances: [tried(first), tried({ try_number: 2 })],
        total_entries: 2,
      }),
    },
  });
  const { runs } = await ask(http, { range: { from: NOW - 48 * HOUR, to: NOW - 24 * HOUR } });
  expect(runs).toMatchObject([{ runId: 'shop/run-1/charge', attempt: 1, state: 'failed', task: 'shop.charge' }]);
});

test('what waits is shown, however little is known of when it began', async () => {
  const states = ['deferred', 'up_for_reschedule', null];
  const waiting = states.map((state, index) => instanceRow(index, { state, try_number: 1, end_date: null }));
  const { http } = fakeAirflow({ instances: waiting });
  // A panel's range ends a moment before its question is asked.
  const { runs } = await ask(http, { range: { from: NOW - HOUR, to: NOW - 50 } });
  expect(runs.map(({ substate }) => substate).sort()).toEqual(['created', 'deferred', 'rescheduled']);
});

test('failures that are on a later page are not asked for twice', async () => {
  const failed = { dag_id: 'shop', run_id: 'run-0', task_id: 'task_0', map_index: -1, try_number: 1, event: 'failed' };
  const log = json({ event_logs: [{ ...failed, when: '2026-11-29T19:00:02Z' }], total_entries: 1 });
  const { http, asked } = fakeAirflow({ instances: rows(300).reverse(), answers: { '/api/v2/eventLogs': log } });
  await ask(http, { limit: 100 });
  expect(asked.filter((path) => path.endsWith('/tries'))).toEqual([]);
});

test('where tries cannot be read, the audit log tells their ends, and that is said', async () => {
  const line = { dag_id: 'shop', run_id: 'run-0', task_id: 'task_0', map_index: -1, try_number: 1, event_log_id: 1 };
  const logged = { ...line, when: '2026-11-29T18:59:00Z', event: 'up_for_retry' };
  const { http } = fakeAirflow({
    instances: [instanceRow(0, { try_number: 2, max_tries: 1 })],
    answers: { '/api/v2/eventLogs': json({ event_logs: [logged], total_entries: 1 }) },
  });
  const { runs, notices } = await ask(http);
  expect(runs.map(({ attempt, state, startedAt }) => [attempt, state, startedAt !== undefined])).toEqual([
    [2, 'completed', true],
    [1, 'failed', false],
  ]);
  expect(notices?.join()).toMatch(
    /^Of 1 runs that were tried again, earlier tries are as Airflow's audit log has them/
  );
});

test('the newest errors are read, each once, and it is said how many were not', async () => {
  const logs = Object.fromEntries(
    rows(40).map((_, number) => [
      `/api/v2/dags/shop/dagRuns/run-${Math.floor(number / 10)}/taskInstances/task_${number % 10}/logs/1`,
      json({ content: [{ event: 'Task failed', error_detail: [{ exc_type: 'ValueError', exc_value: 'no' }] }] }),
    ])
  );
  const { http, asked } = fakeAirflow({ instances: rows(40, { state: 'failed' }), answers: logs });
  const connector = createAirflow({ http }, () => NOW);
  const query = { filter: NO_FILTER, range: RANGE, limit: 100 };
  const first = await connector.runs(query, signal);
  expect(first.runs.slice(0, 25).every(({ error }) => error?.type === 'ValueError')).toBe(true);
  expect(first.runs.filter(({ error }) => error !== undefined)).toHaveLength(25);
  expect(first.notices?.join()).toContain('Of 15 failed attempts, the errors were not read');
  const second = await connector.runs(query, signal);
  expect(second).not.toHaveProperty('notices');
  expect(asked.filter((path) => path.includes('/logs/'))).toHaveLength(40);
});

test('parts that are down, and files that cannot be imported, are said beside the runs', async () => {
  const { http } = fakeAirflow({
    answers: {
      '/api/v2/monitor/health': json({
        metadatabase: { status: 'healthy' },
        triggerer: { status: null, latest_triggerer_heartbeat: null },
        dag_processor: { status: 'unhealthy', latest_dag_processor_heartbeat: '2026-11-29T18:40:00+00:00' },
      }),
      '/api/v2/importErrors': json({ import_errors: [{ filename: '/opt/dags/orders.py' }], total_entries: 2 }),
    },
  });
  expect((await ask(http)).notices).toEqual([
    "Airflow's dag processor is not healthy, its last sign of life was at 2026-11-29T18:40:00.000Z.",
    'Airflow cannot import 2 files of DAGs: /opt/dags/orders.py.',
  ]);
});

test('Airflow 2 is asked in its own words', async () => {
  const asked: string[] = [];
  const http: Http = async (path) => {
    asked.push(path);
    const lists: Record<string, object> = {
      '/api/v1/version': { version: '2.11.0' },
      '/api/v1/dags/~/dagRuns/~/taskInstances': { task_instances: [instanceRow(0)], total_entries: 1 },
      '/api/v1/dags/~/dagRuns': { dag_runs: [], total_entries: 0 },
    };
    const found = lists[path.split('?', 1)[0] ?? ''];
    return found === undefined ? { status: 404, body: '' } : json(found);
  };
  expect((await ask(http)).runs).toHaveLength(1);
  // It has no order for task instances, and takes its list of events as one.
  expect(asked.filter((path) => path.includes('taskInstances') && path.includes('order_by'))).toEqual([]);
  expect(asked.find((path) => path.startsWith('/api/v1/eventLogs'))).toContain('included_events=failed%2Cup_for_retry');
  expect(asked).toContain('/api/v1/health');
});

test('a filter is left to whoever asks', async () => {
  const { http } = fakeAirflow({ instances: rows(3) });
  const filter: TaskFilter = { matches: [{ field: 'task', operator: '=', values: ['shop.task_1'] }] };
  expect(await ask(http, { filter })).toMatchObject({ unfiltered: true });
  expect(await ask(http)).not.toHaveProperty('unfiltered');
});

test('a token of another secret, which is 403, says what to do as an expired one does', async () => {
  const bad: Http = async () => json({ detail: 'Invalid JWT token' }, 403);
  await expect(ask(bad)).rejects.toThrow('POST /auth/token');
  const forbidden: Http = async (path) => (path.endsWith('/version') ? json({ version: '3.3.2' }) : json({}, 403));
  await expect(ask(forbidden)).rejects.toThrow('The user may not read this');
});

test('an audit log that this user may not read is told with the permission that it wants', async () => {
  const lacks = ({ http }: { http: Http }) => createAirflow({ http }, () => NOW).lacks?.(signal);
  const forbidden = { status: 403, body: '{"detail":"Forbidden"}' };
  expect(await lacks(fakeAirflow({ answers: { '/api/v2/eventLogs': forbidden } }))).toMatchObject([
    { setting: 'can read on Audit Logs' },
  ]);
  const empty = json({ event_logs: [], total_entries: 0 });
  expect(await lacks(fakeAirflow({ answers: { '/api/v2/eventLogs': empty } }))).toEqual([]);
});
