import { readFileSync } from 'fs';
import { join } from 'path';
import type { RunPage } from '../../model/answer';
import { NO_FILTER } from '../../model/task-query';
import type { TaskRun } from '../../model/task-run';
import type { HttpResponse } from '../connector';
import { createDagster } from './connector';

interface Recorded {
  now: number;
  range: { from: number; to: number };
  answers: Array<HttpResponse & { path: string }>;
}

const signal = new AbortController().signal;

/** What a recorded Dagster (`npm run recordings:dagster`) is shown as. */
async function recorded(situation: string) {
  const { now, range, answers } = JSON.parse(
    readFileSync(join(__dirname, 'fixtures', `${situation}.json`), 'utf8')
  ) as Recorded;
  const http = async (path: string) => answers.find((one) => one.path === path) ?? { status: 404, body: '' };
  const connector = createDagster({ http }, () => now);
  const page: RunPage = await connector.runs({ filter: NO_FILTER, range, limit: 50 }, signal);
  const assets = await connector.assets?.(signal);
  return {
    page,
    assets,
    workers: await connector.workers?.(NO_FILTER, range, signal),
    version: await connector.check(signal),
  };
}

/** One line a row: what a person would read. */
function line(run: TaskRun): string {
  const { task, attempt, state, substate, nativeState, error, signal: by, labels } = run;
  const told = [
    run.queuedAt !== undefined && 'queued',
    run.startedAt !== undefined && 'started',
    run.finishedAt !== undefined && 'finished',
    run.parentId !== undefined && 'below another',
  ].filter(Boolean);
  const why = [error?.type, error?.message, by, labels?.['mapping_key']].filter(Boolean).join(' | ');
  return `${task} #${attempt} ${state}/${substate} (${nativeState}), ${told.join(' ')} ${why}`.trim();
}

const rowsOf = ({ runs }: RunPage, task: string) => runs.filter((run) => run.task === task);

test('each way a run, a step, a check and a tick waits, runs and ends is told in the words of the model', async () => {
  const { page } = await recorded('every-end-of-a-run');
  expect(page.skipped).toBe(0);
  expect([...new Set(page.runs.map(line))].sort()).toMatchSnapshot();
});

test('a code location is a world: jobs of the same name in two of them are two tasks', async () => {
  const { page } = await recorded('every-end-of-a-run');
  const jobs = new Set(page.runs.filter(({ kind }) => kind === 'job').map(({ task }) => task));
  expect([jobs.has('shop/order'), jobs.has('billing/order'), jobs.has('order')]).toEqual([true, true, false]);
});

test('a step that was retried has a row for each try, with its own error and the wait between them', async () => {
  const { page } = await recorded('every-end-of-a-run');
  const [first, second] = rowsOf(page, 'shop/mail.send_mail');
  expect(first).toMatchObject({
    attempt: 1,
    state: 'failed',
    error: { type: 'ConnectionError', message: 'mail server away' },
  });
  expect(first?.error?.stack).toMatch(/^Traceback .*dagster_shop\.py.*ConnectionError: mail server away$/s);
  expect(second).toMatchObject({ attempt: 2, state: 'completed', queuedAt: first?.finishedAt, runId: first?.runId });
  expect((second?.startedAt ?? 0) - (second?.queuedAt ?? 0)).toBeGreaterThanOrEqual(1000);
});

test('the steps of a mapped op are runs of one task', async () => {
  const { page } = await recorded('every-end-of-a-run');
  const mapped = rowsOf(page, 'shop/thumbnails.resize');
  expect(mapped.map(({ labels }) => labels?.['mapping_key']).sort()).toEqual(['p0', 'p1', 'p2']);
  expect(new Set(mapped.map(({ parentId }) => parentId)).size).toBe(1);
});

test('a run whose process was killed is lost, and so is the step that Dagster leaves in progress', async () => {
  const { page } = await recorded('every-end-of-a-run');
  const [run] = rowsOf(page, 'shop/killed_run');
  const [step] = rowsOf(page, 'shop/killed_run.die');
  expect(run).toMatchObject({
    state: 'failed',
    substate: 'lost',
    evidence: expect.stringMatching(/Dagster says: This run has been marked as failed/),
  });
  expect(step).toMatchObject({
    state: 'failed',
    substate: 'lost',
    nativeState: 'IN_PROGRESS',
    finishedAt: run?.finishedAt,
  });
});

test('a step whose own process was killed names the signal, and its run failed, but is not lost', async () => {
  const { page } = await recorded('every-end-of-a-run');
  expect(rowsOf(page, 'shop/killed_step.die')).toMatchObject([
    { state: 'failed', substate: 'killed', signal: 'SIGKILL' },
  ]);
  expect(rowsOf(page, 'shop/killed_step')).toMatchObject([{ state: 'failed', substate: 'error' }]);
});

test('a run that was cancelled in the queue has no start, although Dagster says that it started when it ended', async () => {
  const { page } = await recorded('every-end-of-a-run');
  const held = rowsOf(page, 'shop/order').filter(({ labels }) => labels?.['team'] === 'web');
  expect(held).toMatchObject([{ state: 'cancelled', substate: 'revoked', nativeState: 'CANCELED' }]);
  expect(held[0]?.startedAt).toBeUndefined();
});

test('a step that ran when its run was cancelled was cancelled with it, although Dagster calls it failed', async () => {
  const { page } = await recorded('every-end-of-a-run');
  const [run] = rowsOf(page, 'shop/report').filter(({ state }) => state === 'cancelled');
  const steps = page.runs.filter(({ parentId, kind }) => parentId === run?.runId && kind === 'task');
  expect(steps).toMatchObject([{ state: 'cancelled', substate: 'terminated', nativeState: 'FAILURE' }]);
  expect(steps[0]?.finishedAt).toBeLessThanOrEqual(run?.finishedAt ?? 0);
});

test('a check that failed is a failed run below a step that succeeded, whatever its severity', async () => {
  const { page } = await recorded('every-end-of-a-run');
  const checks = page.runs.filter(({ labels }) => labels?.['check'] !== undefined);
  expect(
    checks.map(({ task, state, error, labels }) => [task, state, error?.message, labels?.['severity']]).sort()
  ).toEqual([
    ['orders:not_empty', 'completed', undefined, 'ERROR'],
    ['orders:recent', 'failed', '3 days old', 'WARN'],
    ['orders:sums_up', 'failed', 'the sum differs by 4', 'ERROR'],
  ]);
  for (const { parentId } of checks) {
    expect(page.runs.find(({ runId }) => runId === parentId)).toMatchObject({
      state: 'completed',
      nativeState: 'SUCCESS',
    });
  }
});

test('what is executed again is below the run that failed, and what a schedule starts below its tick', async () => {
  const { page } = await recorded('every-end-of-a-run');
  const again = rowsOf(page, 'shop/refund_order').filter(({ parentId }) => parentId !== undefined);
  expect(page.runs.find(({ runId }) => runId === again[0]?.parentId)).toMatchObject({
    task: 'shop/refund_order',
    state: 'failed',
  });
  const scheduled = rowsOf(page, 'shop/order').find(({ labels }) => labels?.['dagster/schedule_name'] !== undefined);
  expect(page.runs.find(({ runId }) => runId === scheduled?.parentId)).toMatchObject({
    task: 'shop/every_minute',
    state: 'completed',
  });
});

test('a sensor that raises has failed ticks, with the error', async () => {
  const { page } = await recorded('every-end-of-a-run');
  const ticks = rowsOf(page, 'shop/new_files');
  expect(ticks.filter(({ state }) => state === 'failed')[0]).toMatchObject({
    error: { type: 'LookupError', message: 'no such bucket' },
  });
  expect(ticks.some(({ state }) => state === 'completed')).toBe(true);
});

test('daemons are alive while they beat, and dead two minutes after, whatever Dagster says', async () => {
  const before = await recorded('every-end-of-a-run');
  expect(before.workers?.filter(({ alive }) => alive).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['SCHEDULER', 'SENSOR', 'QUEUED_RUN_COORDINATOR'])
  );
  expect(before.page.notices).toBeUndefined();
  const after = await recorded('host-of-runs-and-daemon-killed');
  expect(after.workers?.some(({ alive }) => alive)).toBe(false);
  expect(after.page.notices?.join(' ')).toMatch(/daemons .*SCHEDULER.* were last heard .*Start dagster-daemon\./);
});

test('a run whose host was killed goes on for Dagster: it is shown as it is told, with what is known', async () => {
  const { page, version } = await recorded('host-of-runs-and-daemon-killed');
  expect(rowsOf(page, 'shop/report').map(({ state, nativeState }) => `${state} ${nativeState}`)).toContain(
    'running STARTED'
  );
  expect(version.summary).toMatch(/of 2 code locations are loaded\./);
});

test('whoever may query a webserver that takes mutations is told so by "Save & test"', async () => {
  const { version } = await recorded('nothing-ran-yet');
  expect(version).toMatchObject({ product: 'Dagster', version: '1.13.28' });
  expect(version.summary).toMatch(/started with --read-only\.$/);
});

test('a run that could not be launched never started, and is not lost: it says why', async () => {
  const { page } = await recorded('host-of-runs-and-daemon-killed');
  const unlaunched = rowsOf(page, 'shop/order').filter(({ state }) => state === 'failed');
  expect(unlaunched.length).toBeGreaterThan(0);
  for (const run of unlaunched) {
    expect(run).toMatchObject({ substate: 'error', error: { type: expect.stringMatching(/Error$/) } });
    expect(run.startedAt).toBeUndefined();
  }
});

test('an asset tells whether it is fresh, what its checks found, and what it is made from', async () => {
  const { assets, page } = await recorded('every-end-of-a-run');
  const told = new Map(assets?.assets.map((asset) => [asset.name, asset]));
  expect(told.get('orders')).toMatchObject({
    group: 'sales',
    location: 'shop',
    freshness: 'fresh',
    checksPassed: 1,
    checksFailed: 2,
    upstream: [],
  });
  // Nobody said how fresh it must be.
  expect(told.get('revenue')).toMatchObject({ upstream: ['orders'], checksPassed: 0, checksFailed: 0 });
  expect(told.get('revenue')?.freshness).toBeUndefined();
  expect(told.get('stock')?.freshness).toBe('overdue');
  expect(page.runs.find(({ runId }) => runId === told.get('orders')?.runId)).toMatchObject({ task: 'shop/sales' });
  expect(assets?.skipped).toBe(0);
});

test('assets that nobody has made yet say so by what they lack, and that the daemon which judges them is dead', async () => {
  const before = await recorded('nothing-ran-yet');
  expect(before.assets?.assets.map(({ name, madeAt, runId }) => [name, madeAt, runId])).toEqual([
    ['orders', undefined, undefined],
    ['revenue', undefined, undefined],
    ['stock', undefined, undefined],
  ]);
  const after = await recorded('host-of-runs-and-daemon-killed');
  expect(after.assets?.notices?.join(' ')).toMatch(/FRESHNESS_DAEMON.* were last heard/);
});
