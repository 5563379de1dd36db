import { readFileSync } from 'fs';
import { join } from 'path';
import type { RunPage } from '../../model/answer';
import { NO_FILTER } from '../../model/task-query';
import type { HttpResponse } from '../connector';
import { createDagster } from './connector';

interface Row {
  runId: string;
  status: string;
  creationTime: number;
  updateTime: number;
}
interface Variables {
  limit: number;
  cursor?: string;
  filter: {
    runIds?: string[];
    createdBefore: number;
    updatedAfter?: number;
    updatedBefore?: number;
    statuses?: string[];
  };
}

const signal = new AbortController().signal;
const { now, range, answers } = JSON.parse(
  readFileSync(join(__dirname, 'fixtures', 'nothing-ran-yet.json'), 'utf8')
) as { now: number; range: { from: number; to: number }; answers: Array<HttpResponse & { path: string }> };
const recordedAnswer = (word: string) =>
  JSON.parse(answers.find(({ path }) => decodeURIComponent(path).includes(word))?.body ?? '{}') as {
    data: Record<string, unknown>;
  };

/** A run as Dagster 1.13.28 tells one that never began, so many seconds before the end of the range. */
const row = (runId: string, secondsAgo: number, more: object = {}): Row & Record<string, unknown> => {
  const at = now / 1000 - secondsAgo;
  const times = { creationTime: at, startTime: at + 1, endTime: at + 2, updateTime: at + 2 };
  const origin = { repositoryLocationName: 'shop', repositoryName: '__repository__' };
  const none = { rootRunId: null, parentRunId: null, tags: [], assetChecks: [], stepStats: [] };
  return { runId, status: 'SUCCESS', jobName: 'order', ...times, ...none, repositoryOrigin: origin, ...more };
};

/** The runs of a Dagster, listed as it lists them: newest first, and nothing at all behind a run that it does not know. */
function list(rows: readonly Row[], { limit, cursor, filter }: Variables): Row[] {
  const at = cursor === undefined ? 0 : rows.findIndex(({ runId }) => runId === cursor) + 1;
  if (cursor !== undefined && at === 0) {
    return [];
  }
  const isWanted = ({ runId, status, creationTime, updateTime }: Row) =>
    (filter.runIds?.includes(runId) ?? true) &&
    creationTime < (filter.createdBefore ?? Infinity) &&
    updateTime > (filter.updatedAfter ?? -Infinity) &&
    updateTime < (filter.updatedBefore ?? Infinity) &&
    (filter.statuses?.includes(status) ?? true);
  return rows.slice(at).filter(isWanted).slice(0, limit);
}

/** A Dagster with these runs; `over` answers in its stead where it gives something. */
function dagster(
  rows: readonly Row[],
  over: (asked: string, variables: Variables) => HttpResponse | undefined = () => undefined
) {
  const asked: string[] = [];
  const http = async (path: string): Promise<HttpResponse> => {
    const params = new URL(path, 'http://dagster').searchParams;
    const query = params.get('query') ?? '';
    const variables = JSON.parse(params.get('variables') ?? '{}') as Variables;
    const name =
      ['stepStats', 'runsOrError', 'repositoriesOrError', 'logsForRun'].find((field) => query.includes(field)) ??
      'instance';
    asked.push(name);
    const answer = over(name, variables);
    if (answer !== undefined) {
      return answer;
    }
    if (name === 'runsOrError' || name === 'stepStats') {
      const runsOrError = { __typename: 'Runs', results: list(rows, variables) };
      return { status: 200, body: JSON.stringify({ data: { ...recordedAnswer('runsOrError').data, runsOrError } }) };
    }
    return { status: 200, body: JSON.stringify(recordedAnswer(name)) };
  };
  const connector = createDagster({ http }, () => now);
  return {
    asked,
    page: (limit = 100, cursor?: string) =>
      connector.runs({ filter: NO_FILTER, range, limit, ...(cursor !== undefined && { cursor }) }, signal),
  };
}

/** The runs of jobs alone: the recorded instance has ticks. */
const jobs = ({ runs }: RunPage) => runs.filter(({ kind }) => kind === 'job');
const ids = (page: RunPage) => jobs(page).map(({ runId }) => runId);

test('pages go on where the last one ended, and the last says that it is the last', async () => {
  const { page } = dagster([row('c', 10), row('b', 20), row('a', 30)]);
  const first = await page(2);
  expect(ids(first)).toEqual(['c', 'b']);
  expect(first.truncated).toBe(true);
  const second = await page(2, first.next);
  expect(ids(second)).toEqual(['a']);
  expect([second.truncated, second.next]).toEqual([false, undefined]);
});

test('a run that was deleted between two pages does not hide the older ones', async () => {
  const rows = [row('d', 10), row('c', 20), row('b', 30), row('a', 40)];
  const { next } = await dagster(rows).page(2);
  const { page } = dagster(rows.filter(({ runId }) => runId !== 'c'));
  expect(ids(await page(2, next))).toEqual(['b', 'a']);
});

test('a run that began before the range and has not ended is found, one that had ended is not', async () => {
  const long = now - range.from + 60_000;
  const { page } = dagster([row('open', long / 1000, { status: 'STARTED', endTime: null }), row('over', long / 1000)]);
  expect(ids(await page())).toEqual(['open']);
});

test.each([
  ['the same page', (before: Row[]) => before],
  ['newer runs', () => [row('y', 1), row('x', 2)]],
])('a server that answers %s for the next one is an error, not a loop', async (_, next) => {
  const rows = [row('c', 10), row('b', 20), row('a', 30)];
  const { page } = dagster(rows, (name, { cursor, limit }) =>
    name === 'runsOrError' && cursor !== undefined
      ? {
          status: 200,
          body: JSON.stringify({
            data: {
              ...recordedAnswer(name).data,
              runsOrError: { __typename: 'Runs', results: next(rows.slice(0, limit)) },
            },
          }),
        }
      : undefined
  );
  await expect(page(2, (await page(2)).next)).rejects.toThrow(
    /^\[dagster\] GET \/graphql \(runs\) answered the same page of runs again\. Look for a proxy/
  );
});

test.each([
  ['without a status', { status: undefined }],
  ['with a time that is text', { startTime: 'yesterday' }],
  ['with tags that are no list', { tags: {} }],
])('a run %s is skipped and counted, the others are shown', async (_, fault) => {
  const page = await dagster([row('b', 10), row('a', 20, fault)]).page();
  expect([ids(page), page.skipped]).toEqual([['b'], 1]);
});

test.each<[string, string, HttpResponse, RegExp]>([
  [
    'an error inside an answer of 200',
    'runsOrError',
    {
      status: 200,
      body: JSON.stringify({
        data: {
          ...recordedAnswer('runsOrError').data,
          runsOrError: { __typename: 'PythonError', message: 'OperationalError: database is locked\n' },
        },
      }),
    },
    /failed inside Dagster: PythonError, OperationalError: database is locked\. See the log/,
  ],
  [
    'an error beside the data',
    'runsOrError',
    { status: 200, body: '{"data":null,"errors":[{"message":"Internal error\\n  File …"}]}' },
    /failed inside Dagster: Internal error\. See the log/,
  ],
  [
    'a schema that lacks a field (Dagster 1.13.28, as it words it)',
    'runsOrError',
    {
      status: 400,
      body: '{"data": null, "errors": [{"message": "Cannot query field \'assetChecks\' on type \'Run\'.", "locations": [{"line": 1, "column": 43}]}]}',
    },
    /was refused: Cannot query field 'assetChecks' on type 'Run'\. Dagster 1\.8 or newer is needed\.$/,
  ],
  [
    'a resolver that breaks',
    'repositoriesOrError',
    { status: 500, body: '{"errors":[{"message":"(sqlite3.OperationalError) disk I/O error"}]}' },
    /\(ticks\) answered 500: \(sqlite3\.OperationalError\) disk I\/O error\./,
  ],
  ['a sign-in', 'runsOrError', { status: 401, body: '' }, /answered 401\. Dagster\+ wants a user token/],
])('%s is one clear error', async (_, where, answer, message) => {
  const { page } = dagster([row('a', 10)], (name) => (name === where ? answer : undefined));
  await expect(page()).rejects.toThrow(message);
});

test('logs that cannot be read cost their errors, not the runs, and it is said', async () => {
  const failed = row('a', 10, { status: 'FAILURE' });
  const page = await dagster([failed], (name) =>
    name === 'logsForRun' ? { status: 504, body: '' } : undefined
  ).page();
  expect(jobs(page)).toMatchObject([{ runId: 'a', state: 'failed', substate: 'error' }]);
  expect(page.notices?.join()).toMatch(/logs of 1 runs were not read/);
});

test('steps that cannot be read are counted, and their run is shown without', async () => {
  const fault = { stepStats: [{ status: 'SUCCESS', attempts: [] }] };
  const page = await dagster([row('b', 10), row('a', 20, fault)]).page();
  expect([ids(page), page.skipped]).toEqual([['b', 'a'], 1]);
});

test('steps of a run that has ended are looked up once, those of one that runs each time', async () => {
  const rows = [row('b', 10, { status: 'STARTED', endTime: null }), row('a', 20)];
  const looked: unknown[] = [];
  const { page } = dagster(rows, (name, { filter }) => {
    if (name === 'stepStats') {
      looked.push(filter.runIds);
    }
    return undefined;
  });
  await page();
  await page();
  expect(looked).toEqual([['b', 'a'], ['b']]);
});

test('the log of a run that has ended is read once, and no more than twenty at a time', async () => {
  const rows = Array.from({ length: 25 }, (_, index) => row(`r${index}`, 10 + index, { status: 'FAILURE' }));
  const event = { __typename: 'RunFailureEvent', timestamp: String(now), message: 'gone', stepKey: null, error: null };
  const log = { __typename: 'EventConnection', cursor: 'x', hasMore: false, events: [event] };
  const logs = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`l${index}`, log]));
  const { page, asked } = dagster(rows, (name) =>
    name === 'logsForRun' ? { status: 200, body: JSON.stringify({ data: logs }) } : undefined
  );
  const lost = async () => (await page()).runs.filter(({ substate }) => substate === 'lost').length;
  expect([await lost(), await lost(), await lost()]).toEqual([20, 25, 25]);
  expect(asked.filter((name) => name === 'logsForRun')).toHaveLength(2);
});

test('how fresh an asset is, is told in the words of the model; an asset that cannot be read is counted', async () => {
  const words = ['HEALTHY', 'WARNING', 'DEGRADED', 'UNKNOWN', 'NOT_APPLICABLE'];
  const nodes = words.map((freshnessStatus) => ({
    assetKey: { path: ['raw', freshnessStatus] },
    groupName: null,
    repository: { location: { name: 'shop' } },
    dependencyKeys: [{ path: ['raw', 'files'] }],
    assetMaterializations: [{ timestamp: String(now), runId: 'a' }],
    freshnessStatusInfo: { freshnessStatus },
    assetChecksOrError: { __typename: 'AssetCheckNeedsMigrationError' },
  }));
  const data = { ...recordedAnswer('runsOrError').data, assetNodes: [...nodes, { assetKey: 'raw' }] };
  const http = async () => ({ status: 200, body: JSON.stringify({ data }) });
  const list = await createDagster({ http }, () => now).assets?.(signal);
  expect(list?.assets.map(({ name, freshness }) => [name, freshness])).toEqual([
    ['raw/HEALTHY', 'fresh'],
    ['raw/WARNING', 'late'],
    ['raw/DEGRADED', 'overdue'],
    ['raw/UNKNOWN', 'unknown'],
    ['raw/NOT_APPLICABLE', undefined],
  ]);
  expect(list?.assets[0]).toMatchObject({ madeAt: now, runId: 'a', upstream: ['raw/files'], checksPassed: 0 });
  expect(list?.skipped).toBe(1);
});

test('a Dagster whose schema has no freshness says which version assets need', async () => {
  const body =
    '{"data":null,"errors":[{"message":"Cannot query field \'freshnessStatusInfo\' on type \'AssetNode\'."}]}';
  const connector = createDagster({ http: async () => ({ status: 400, body }) });
  await expect(connector.assets?.(signal)).rejects.toThrow(
    /\(assets\) was refused: .*Dagster 1\.11 or newer is needed\.$/
  );
});

test('a log that never ends is read so far, once, and it is said', async () => {
  const event = { __typename: 'EngineEvent', timestamp: String(now), message: 'on and on', stepKey: null, error: null };
  const log = { __typename: 'EventConnection', cursor: 'x', hasMore: true, events: [event] };
  const { page, asked } = dagster([row('a', 10, { status: 'FAILURE' })], (name) =>
    name === 'logsForRun' ? { status: 200, body: JSON.stringify({ data: { l0: log } }) } : undefined
  );
  const first = await page();
  expect(jobs(first)).toMatchObject([{ runId: 'a', state: 'failed' }]);
  expect(first.notices?.join()).toMatch(/logs of 1 runs were not read to their end/);
  expect((await page()).notices).toEqual(first.notices);
  expect(asked.filter((name) => name === 'logsForRun')).toHaveLength(5);
});

test.each(['', 'nonsense', ':x', '12:'])('the page %j is refused', async (cursor) => {
  await expect(dagster([]).page(2, cursor)).rejects.toThrow(/is none of Dagster's\. Ask anew\.$/);
});

test.each([
  ['STARTING', 'starting'],
  ['CANCELING', 'stopping'],
])('a run that is %s for a quarter of an hour says that its process may be gone', async (status, substate) => {
  const times = { startTime: null, endTime: null };
  const page = await dagster([row('a', 900, { status, ...times }), row('b', 60, { status, ...times })]).page();
  const told = new Map(page.runs.map((run) => [run.runId, run]));
  expect(told.get('a')).toMatchObject({ state: 'running', substate, evidence: expect.stringMatching(/may be gone/) });
  expect(told.get('b')?.evidence).toBeUndefined();
});

test('a start that is later than the end of nothing, and an update cut to the second, move no time', async () => {
  const at = Math.floor(now / 1000) - 60 + 0.9;
  const page = await dagster([
    row('queued', 0, {
      status: 'QUEUED',
      creationTime: at,
      updateTime: Math.floor(at),
      startTime: null,
      endTime: null,
    }),
    row('never', 30, { status: 'CANCELED', startTime: at, endTime: at }),
  ]).page();
  expect(page.runs.find(({ runId }) => runId === 'queued')).toMatchObject({
    observedAt: at * 1000,
    queuedAt: at * 1000,
  });
  expect(page.runs.find(({ runId }) => runId === 'never')).toMatchObject({ state: 'cancelled', substate: 'revoked' });
});

test('a status that no table has is unknown, never an end', async () => {
  const page = await dagster([row('a', 10, { status: 'MANAGED' }), row('b', 20, { status: 'LATER' })]).page();
  expect(jobs(page).map(({ state, nativeState, finishedAt }) => [state, nativeState, finishedAt])).toEqual([
    ['unknown', 'MANAGED', undefined],
    ['unknown', 'LATER', undefined],
  ]);
});

test('that nobody looks whether workers of runs live is told with its setting, as a real Dagster without it shows', async () => {
  const told = recordedAnswer('runsOrError').data;
  const lacks = (data: object) =>
    createDagster({ http: async () => ({ status: 200, body: JSON.stringify({ data }) }) }, () => now).lacks?.(signal);
  expect(await lacks(told)).toMatchObject([{ setting: 'run_monitoring: { enabled: true }' }]);
  const daemons = (told['instance'] as { daemonHealth: { allDaemonStatuses: object[] } }).daemonHealth
    .allDaemonStatuses;
  const monitoring = { daemonType: 'MONITORING', required: true, lastHeartbeatTime: now / 1000 };
  const withIt = (more: object) => ({
    ...told,
    instance: { daemonHealth: { allDaemonStatuses: [...daemons, { ...monitoring, ...more }] } },
  });
  expect(await lacks(withIt({}))).toEqual([]);
  expect(await lacks(withIt({ required: false }))).toHaveLength(1);
});
