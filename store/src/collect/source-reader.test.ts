import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connector } from '../../../src/connectors/connector';
import { createFlower } from '../../../src/connectors/flower/connector';
import type { RunPage, RunsAnswer } from '../../../src/model/answer';
import { NO_FILTER } from '../../../src/model/task-query';
import type { RunsQuery } from '../../../src/model/task-query';
import type { TaskRun } from '../../../src/model/task-run';
import { openSqlite } from '../archive/sqlite/open';
import { InProcessArchive } from '../threads/in-process';
import { DEFAULT_CONFIG } from '../config/config';
import { CollectMetrics } from './collect-metrics';
import type { Cursor } from './cursor';
import { FlowerUnderTest } from './flower.kit';
import { createArchiveLedger } from './ledger';
import type { SourceConfig } from './source-config';
import { SourceReader } from './source-reader';

const BEGIN = 1_795_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const signal = new AbortController().signal;

let now: number;
let folder: string;
let archive: InProcessArchive;
let flower: FlowerUnderTest;

beforeEach(() => {
  now = BEGIN;
  folder = mkdtempSync(join(tmpdir(), 'runlane-collect-'));
  archive = new InProcessArchive(openSqlite(join(folder, 'archive.sqlite')), DEFAULT_CONFIG, {
    now: () => now,
    steady: () => now,
  });
  flower = new FlowerUnderTest();
});

afterEach(async () => {
  await archive.close();
  rmSync(folder, { recursive: true });
});

const CONFIG: SourceConfig = {
  name: 'celery-prod',
  system: 'flower',
  endpoint: { url: 'http://flower' },
  headers: {},
  everyMs: 15_000,
  historyMs: 24 * HOUR,
  overlapMs: 5 * MINUTE,
  timeoutMs: 30_000,
  labels: {},
  maxPages: 20,
  settings: {},
};

const readFlower = () => createFlower({ http: flower.http }, () => now);

function reader(given: { config?: Partial<SourceConfig>; cursor?: Cursor; connector?: Connector } = {}): SourceReader {
  const { config, cursor = {}, connector = readFlower() } = given;
  const ledger = createArchiveLedger(archive);
  return new SourceReader(
    { ...CONFIG, ...config },
    { connector, ledger, metrics: new CollectMetrics(), now: () => now },
    cursor
  );
}

async function archived(): Promise<TaskRun[]> {
  const query = {
    view: 'runs' as const,
    filter: NO_FILTER,
    range: { from: 0, to: now + HOUR },
    step: 2 * now,
    limit: 5_000,
    now,
  };
  return (JSON.parse(await archive.query(query)) as RunsAnswer).runs;
}

const archivedRun = async (runId: string, attempt = 1) =>
  (await archived()).find((run) => run.runId === runId && run.attempt === attempt);

/** What happened so many minutes ago. */
const ago = (minutes: number) => (BEGIN - minutes * MINUTE) / 1000;
const done = (uuid: string, minutes: number) => ({
  uuid,
  name: 'orders.charge',
  state: 'SUCCESS',
  worker: 'w1',
  routing_key: 'orders',
  sent: ago(minutes) - 3,
  received: ago(minutes) - 2,
  started: ago(minutes) - 1,
  succeeded: ago(minutes),
  timestamp: ago(minutes),
  result: '7',
});
const working = (uuid: string, minutes: number) => ({
  uuid,
  name: 'report.build',
  state: 'STARTED',
  worker: 'w1',
  received: ago(minutes) - 1,
  started: ago(minutes),
  timestamp: ago(minutes),
});

test('runs bear the labels that the operator gave their source, before their own', async () => {
  flower.put(done('a', 5));
  await reader({ config: { labels: { environment: 'prod', cluster: 'eu' } } }).poll(signal);
  expect((await archivedRun('a'))?.labels).toEqual({ environment: 'prod', cluster: 'eu' });
});

test('what the source tells is in the archive, word for word, under the name of the source', async () => {
  flower.put(done('a', 5), working('b', 90), { uuid: 'c', state: 'PENDING', sent: ago(1), timestamp: ago(1) });
  flower.put({
    ...done('d', 2),
    state: 'FAILURE',
    failed: ago(2),
    succeeded: null,
    exception: "LookupError('x')",
    traceback: null,
  });
  await reader().poll(signal);
  const told = await readFlower().runs({ filter: NO_FILTER, range: { from: 0, to: now }, limit: 100 }, signal);
  const byId = (runs: TaskRun[]) => [...runs].sort((x, y) => x.runId.localeCompare(y.runId));
  expect(byId(await archived())).toEqual(byId(told.runs.map((run) => ({ ...run, source: 'celery-prod' }))));
});

test('looking again changes nothing, and a source that is read anew from the beginning changes nothing', async () => {
  flower.put(done('a', 5), working('b', 90));
  const first = reader();
  await first.poll(signal);
  const { cursor } = await archive.size();
  now += 15_000;
  await first.poll(signal);
  await reader({ cursor: first.position }).poll(signal);
  await reader().poll(signal);
  expect((await archive.size()).cursor).toBe(cursor);
  expect(first.status()).toMatchObject({ up: true, collected: 2, skipped: 0, vanished: 0, lagMs: 0 });
});

test('what is open is asked for until it has ended, however long ago that was', async () => {
  flower.put(working('b', 120));
  const source = reader();
  await source.poll(signal);
  // The worker died two hours ago, as Flower finds out only now: an end far before the range.
  flower.workers.set('w1', false);
  now += 15_000;
  await source.poll(signal);
  expect(await archivedRun('b')).toMatchObject({ state: 'failed', substate: 'lost', finishedAt: BEGIN - 120 * MINUTE });
});

test('a run whose source forgot it stays as it was; it is asked for more and more rarely, and that is said', async () => {
  flower.put(working('b', 1));
  const source = reader();
  await source.poll(signal);
  flower.restart();
  const searches: number[] = [];
  for (let polls = 0; polls < 40; polls++) {
    now += 15_000;
    flower.asked.length = 0;
    await source.poll(signal);
    searches.push(flower.asked.filter((path) => path.includes('state=PENDING')).length - 1);
  }
  expect(await archivedRun('b')).toMatchObject({ state: 'running', observedAt: BEGIN - MINUTE });
  expect(source.status().vanished).toBe(1);
  expect(searches.filter((count) => count > 0).length).toBeLessThan(8);
  // It was there after all: the end that Flower hears later has no name of the task any more.
  now += MINUTE;
  flower.put({ uuid: 'b', state: 'SUCCESS', succeeded: now / 1000, timestamp: now / 1000 });
  await source.poll(signal);
  expect(await archivedRun('b')).toMatchObject({ state: 'completed', task: 'report.build', startedAt: BEGIN - MINUTE });
  expect(source.status().vanished).toBe(0);
});

test('after a restart of the store the open runs are known from the archive', async () => {
  flower.put(working('b', 120), done('a', 1));
  const before = reader();
  await before.poll(signal);
  flower.workers.set('w1', false);
  now += MINUTE;
  await reader({ cursor: before.position }).poll(signal);
  expect(await archivedRun('b')).toMatchObject({ state: 'failed', substate: 'lost' });
});

test('an attempt that its source overwrote with the next one does not wait for ever', async () => {
  const first = { ...working('b', 3), retries: 0, state: 'RETRY', exception: "OSError('away')", traceback: null };
  flower.put(first);
  const source = reader();
  await source.poll(signal);
  expect(await archivedRun('b')).toMatchObject({ state: 'pending', substate: 'retrying' });
  now += 15_000;
  flower.put({ ...working('b', 0), retries: 1 });
  await source.poll(signal);
  expect(await archivedRun('b')).toMatchObject({
    state: 'failed',
    substate: 'error',
    retried: true,
    error: { type: 'OSError' },
  });
  expect(await archivedRun('b', 2)).toMatchObject({ state: 'running' });
  now += 15_000;
  await source.poll(signal);
  expect(source.status().vanished).toBe(0);
});

test('an end that was rewritten without a newer instant is the one that the source tells now, also over a restart', async () => {
  const failed = { ...done('a', 5), state: 'FAILURE', failed: ago(5), exception: "LookupError('x')", traceback: null };
  flower.put(failed);
  const source = reader();
  await source.poll(signal);
  now += MINUTE;
  flower.put(done('a', 5));
  await source.poll(signal);
  expect(await archivedRun('a')).toMatchObject({ state: 'completed', finishedAt: BEGIN - 5 * MINUTE });
  now += MINUTE;
  flower.put(failed);
  await reader({ cursor: { doneTo: now }, config: { overlapMs: HOUR } }).poll(signal);
  expect(await archivedRun('a')).toMatchObject({ state: 'failed' });
});

test.each<[string, (asked: number) => string]>([
  ['lead in a circle', (asked) => String(asked % 2)],
  ['never end', String],
])('pages that repeat and %s are read to where they do, and that is said', async (_, cursorOf) => {
  const run: TaskRun = { source: 'flower', runId: 'a', attempt: 1, task: 't', state: 'completed', finishedAt: BEGIN - 1_000, observedAt: BEGIN - 1_000 }; // prettier-ignore
  let asked = 0;
  const connector = {
    ...readFlower(),
    runs: async () => ({ runs: [run], truncated: true, skipped: 0, next: cursorOf(asked++) }),
  };
  const source = reader({ connector, config: { maxPages: 2 } });
  while (!(await source.poll(signal))) {
    now += 1_000;
  }
  expect(asked).toBeLessThan(6);
  expect(source.status()).toMatchObject({ up: true, truncated: 1, collected: 1 });
  expect(source.status().notices).toEqual([expect.stringContaining('gives pages again that it gave before')]);
});

test('more than one poll may read is read by the next ones, and nothing twice', async () => {
  flower.put(...Array.from({ length: 4_500 }, (_, i) => done(`t${i}`, 1 + i / 100)));
  const source = reader({ config: { maxPages: 2 } });
  expect(await source.poll(signal)).toBe(false);
  expect(source.status()).toMatchObject({ collected: 2_000, up: true });
  expect(source.status().lagMs).toBeUndefined();
  // The rest is read by another process, which begins where this one was.
  now += 1_000;
  const next = reader({ config: { maxPages: 2 }, cursor: source.position });
  expect(await next.poll(signal)).toBe(false);
  expect(await next.poll(signal)).toBe(true);
  expect((await archive.size()).attempts).toBe(4_500);
  expect(next.position).toEqual({ doneTo: BEGIN });
});

test('what could not be kept is read again', async () => {
  flower.put(done('a', 1));
  const connector = readFlower();
  const full = new Error('the disk is full');
  let isFull = true;
  const whole = createArchiveLedger(archive);
  const source = new SourceReader(
    CONFIG,
    {
      connector,
      ledger: { ...whole, keep: (events) => (isFull ? Promise.reject(full) : whole.keep(events)) },
      metrics: new CollectMetrics(),
      now: () => now,
    },
    {}
  );
  await expect(source.poll(signal)).rejects.toBe(full);
  expect(source.position).toEqual({});
  isFull = false;
  await source.poll(signal);
  expect(await archivedRun('a')).toBeDefined();
});

test('records that cannot be read, and runs that the store refuses, are counted', async () => {
  flower.put(done('a', 1), { ...done('b', 1), uuid: 'two\nlines' });
  flower.rows.set('bad', 'damaged');
  const source = reader();
  await source.poll(signal);
  // The damaged row once, the run with the impossible id once.
  expect(source.status()).toMatchObject({ collected: 1, skipped: 2, up: true });
  expect(await archived()).toHaveLength(1);
});

describe('of any connector', () => {
  const run = (runId: string, more: Partial<TaskRun> = {}): TaskRun => ({
    source: 'made-up',
    runId,
    attempt: 1,
    state: 'running',
    task: 'load',
    startedAt: BEGIN - HOUR,
    observedAt: BEGIN - HOUR,
    ...more,
  });

  function connectorOf(answer: (query: RunsQuery) => Partial<RunPage>): Connector {
    const { reports } = readFlower();
    return {
      id: 'made-up',
      reports: { ...reports, attempts: true },
      check: () => Promise.reject(new Error('Nobody asks.')),
      runs: async (query) => ({ runs: [], truncated: false, skipped: 0, ...answer(query) }),
    };
  }

  test('one that finds runs by their ids is asked for those that are open, and told truncation is counted', async () => {
    const asked: RunsQuery[] = [];
    let runs = [run('a'), run('b')];
    const connector = connectorOf((query) => {
      asked.push(query);
      const [match] = query.filter.matches;
      return match === undefined
        ? { runs, truncated: true }
        : { runs: [run('b', { state: 'completed', finishedAt: BEGIN, observedAt: BEGIN })] };
    });
    const source = reader({ connector });
    await source.poll(signal);
    runs = [run('a')];
    now += MINUTE;
    await source.poll(signal);
    expect(asked[2]).toMatchObject({
      filter: { matches: [{ field: 'runId', operator: '=', values: ['b'] }] },
      range: { from: BEGIN - HOUR, to: now + 1 },
    });
    expect(await archivedRun('b')).toMatchObject({ state: 'completed' });
    expect(source.status()).toMatchObject({ truncated: 2, vanished: 0, up: true });
  });

  test('one that deletes what has ended is asked first, and what is gone has ended then', async () => {
    let runs = [run('a'), run('b'), run('c')];
    const connector: Connector = {
      ...connectorOf(({ filter }) => ({ runs: filter.matches.length === 0 ? runs : [run('b')] })),
      concludeGone: () => ({ state: 'completed', substate: 'success', evidence: 'Its row is gone.' }),
    };
    const source = reader({ connector });
    await source.poll(signal);
    runs = [run('a')];
    now += MINUTE;
    await source.poll(signal);
    expect(await archivedRun('a')).toMatchObject({ state: 'running' });
    expect(await archivedRun('b')).toMatchObject({ state: 'running' });
    expect(await archivedRun('c')).toMatchObject({
      state: 'completed',
      finishedAt: now,
      evidence: 'Its row is gone.',
    });
    expect(source.status()).toMatchObject({ vanished: 0, up: true });
  });

  test('parts that it tells apart stay apart, and a promise that was made to it binds nobody here', async () => {
    const connector = connectorOf(() => ({ runs: [run('a', { source: 'north', heartbeatMs: 5_000 })] }));
    await reader({ connector }).poll(signal);
    const [found] = await archived();
    expect(found).toMatchObject({ source: 'celery-prod/north' });
    expect(found).not.toHaveProperty('heartbeatMs');
  });
});
