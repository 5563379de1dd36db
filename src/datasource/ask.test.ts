import type { Connector } from '../connectors/connector';
import type { RunPage } from '../model/answer';
import { ConnectorError } from '../model/connector-error';
import { compileFilter } from '../model/filter';
import { NO_FILTER } from '../model/task-query';
import type { View } from '../model/task-query';
import { ask } from './ask';

const signal = new AbortController().signal;
const range = { from: 1_750_000_000_000, to: 1_750_000_060_000 };
const request = (view: View) => ({ query: { view, filter: NO_FILTER, limit: 10 }, range, step: 1000 });

function reads(pages: RunPage[]): Connector {
  return {
    id: 'prometheus',
    reports: {} as Connector['reports'],
    answers: ['states'],
    check: () => Promise.reject(new Error('not asked')),
    runs: async ({ cursor }) => pages[Number(cursor ?? 0)] ?? Promise.reject(new Error('no such page')),
    aggregate: async () => Promise.reject(new ConnectorError('not-reported', 'prometheus', 'It does not tell states.')),
  };
}
const page = (part: Partial<RunPage>): RunPage => ({ runs: [], truncated: false, skipped: 0, ...part });

test('what the source says about its runs is said about what is computed from them, once', async () => {
  const connector = reads([
    page({ notices: ['Prometheus warns: partial.'], next: '1' }),
    page({ notices: ['Prometheus warns: partial.', 'Ends are as exact as the scrape interval.'] }),
  ]);
  await expect(ask(connector, request('failures'), signal)).resolves.toMatchObject({
    view: 'failures',
    notices: ['Prometheus warns: partial.', 'Ends are as exact as the scrape interval.'],
  });
  await expect(ask(reads([page({})]), request('lineage'), signal)).resolves.not.toHaveProperty('notices');
});

test('a view that the source answers is not computed, even where it cannot tell', async () => {
  await expect(ask(reads([page({})]), request('states'), signal)).rejects.toMatchObject({ kind: 'not-reported' });
});

test('runs in an order that the source does not have are ordered here, over all its pages', async () => {
  const run = (runId: string, ms: number) => ({
    source: 'prometheus',
    runId,
    attempt: 1,
    task: 'mail',
    state: 'completed' as const,
    startedAt: range.from,
    finishedAt: range.from + ms,
    observedAt: range.from + ms,
  });
  const pages = [
    page({ runs: [run('a', 10), run('b', 3000)], next: '1' }),
    page({ runs: [run('c', 200), run('d', 40)] }),
  ];
  const sorted = { ...request('runs'), query: { ...request('runs').query, sort: '-duration' as const, limit: 3 } };
  const first = await ask(reads(pages), sorted, signal);
  expect(first.view === 'runs' && first.runs.map(({ runId }) => runId)).toEqual(['b', 'c', 'd']);
  const cursor = first.view === 'runs' ? first.next : undefined;
  const second = await ask(reads(pages), { ...sorted, query: { ...sorted.query, cursor } }, signal);
  expect(second).toMatchObject({ runs: [{ runId: 'a' }], truncated: false, total: 4 });
});

test('what a source cut is told as cut, and what it did not look for is not counted', async () => {
  const run = (runId: string) => ({ source: 's', runId, attempt: 1, task: 'mail', state: 'running' as const, startedAt: range.from, observedAt: range.from }); // prettier-ignore
  const cut = reads([page({ runs: [run('a'), run('b')], truncated: true, total: 7 })]);
  await expect(ask(cut, request('timeline'), signal)).resolves.toMatchObject({ total: 7, page: { truncated: true } });
  const whole = reads([page({ runs: [run('a'), run('b')], total: 2 })]);
  const searched = {
    ...request('timeline'),
    query: { ...request('timeline').query, filter: { matches: [], text: 'b' } },
  };
  await expect(ask(whole, searched, signal)).resolves.toMatchObject({ total: 1, counts: { running: 1 } });
});

test.each<[string, (asked: number) => string]>([
  ['lead in a circle', (asked) => String(asked % 2)],
  ['never end', String],
])('pages that repeat and %s are asked for to where they do, and that is said', async (_, cursorOf) => {
  const run = { source: 's', runId: '1', attempt: 1, task: 'mail', state: 'failed' as const, finishedAt: range.from, observedAt: range.from }; // prettier-ignore
  let asked = 0;
  const connector: Connector = {
    ...reads([]),
    runs: async () => page({ runs: [run], truncated: true, next: cursorOf(asked++) }),
  };
  await expect(ask(connector, request('failures'), signal)).resolves.toMatchObject({
    notices: [expect.stringContaining('gives pages again that it gave before')],
  });
  expect(asked).toBeLessThan(6);
});

test('of a source that cannot filter, the family of a run is that of the runs that were asked for', async () => {
  const run = (runId: string, parentId?: string) => ({
    source: 'prometheus',
    runId,
    attempt: 1,
    task: 'order',
    state: 'running' as const,
    observedAt: range.from,
    startedAt: range.from,
    ...(parentId !== undefined && { parentId, rootId: parentId }),
  });
  const all = page({ runs: [run('a'), run('a/charge', 'a'), run('b'), run('b/charge', 'b')], unfiltered: true });
  const filter = { matches: [{ field: 'runId' as const, operator: '=' as const, values: ['a/charge'] }] };
  const asked = { ...request('lineage'), query: { ...request('lineage').query, filter } };
  const answer = await ask(reads([all]), asked, signal);
  expect(answer.view === 'lineage' && answer.nodes.map((node) => node.run.runId).sort()).toEqual(['a', 'a/charge']);
});

test('assets are those of the source, under the filter; a source without any says so and is asked for nothing', async () => {
  const asset = { source: 'dagster', checksPassed: 0, checksFailed: 0, upstream: [] };
  const list = {
    assets: [
      { ...asset, name: 'orders' },
      { ...asset, name: 'revenue' },
    ],
    skipped: 1,
  };
  const connector: Connector = { ...reads([]), assets: async () => list };
  const filter = { matches: [{ field: 'task' as const, operator: '=' as const, values: ['revenue'] }] };
  const asked = { ...request('assets'), query: { ...request('assets').query, filter } };
  await expect(ask(connector, asked, signal)).resolves.toMatchObject({ assets: [{ name: 'revenue' }], skipped: 1 });
  await expect(ask(reads([]), request('assets'), signal)).rejects.toMatchObject({
    kind: 'not-reported',
    message: expect.stringContaining('This source tells no assets'),
  });
});

test('parts of a system stand before the workers that its runs name, unless runs are asked for by what they are', async () => {
  const run = { source: 's', runId: '1', attempt: 1, task: 'mail', state: 'running' as const, worker: 'w-1', startedAt: range.from, observedAt: range.from }; // prettier-ignore
  const parts = async () => ({
    workers: [
      { source: 's', name: 'scheduler', alive: false },
      { source: 'other', name: 'daemon', alive: true },
    ],
    notices: [
      { source: 's', text: 'A file cannot be imported.' },
      { source: 'other', text: 'All is well.' },
    ],
  });
  const withParts: Connector = { ...reads([page({ runs: [run] })]), parts };
  const told = async (filter: typeof NO_FILTER, connector = withParts) => {
    const answer = await ask(
      connector,
      { ...request('workers'), query: { ...request('workers').query, filter } },
      signal
    );
    return answer.view === 'workers' ? [...answer.workers.map(({ name }) => name), ...(answer.notices ?? [])] : [];
  };
  const of = (field: 'task' | 'source' | 'worker', value: string) => ({
    matches: [{ field, operator: '=' as const, values: [value] }],
  });
  expect(await told(NO_FILTER)).toEqual(['scheduler', 'daemon', 'w-1', 'A file cannot be imported.', 'All is well.']);
  expect(await told(of('task', 'mail'))).toEqual(['w-1']);
  // As a board about one system asks, and one about one worker.
  expect(await told(of('source', 's'))).toEqual(['scheduler', 'w-1', 'A file cannot be imported.']);
  expect((await told(of('worker', 'daemon')))[0]).toBe('daemon');
  const mute: Connector = {
    ...withParts,
    parts: () => Promise.reject(new ConnectorError('unsupported-version', 's', 'GET /parts answered 404.')),
  };
  expect(await told(NO_FILTER, mute)).toEqual(['w-1', '[s] GET /parts answered 404.']);
  // The store counts workers itself, and is asked all the same.
  const counts: Connector = {
    ...withParts,
    answers: ['workers'],
    aggregate: async () => ({ view: 'workers', workers: [{ source: 's', name: 'w-2' }], truncated: false }),
  };
  expect(await told(of('source', 's'), counts)).toEqual(['scheduler', 'w-2', 'A file cannot be imported.']);
});

test('of a source that cannot filter, what was tried again is not among the failed', async () => {
  const attempt = (number: number, state: 'failed' | 'completed', runId = '1') => ({ source: 's', runId, attempt: number, task: 'mail', state, finishedAt: range.from, observedAt: range.from }); // prettier-ignore
  const runs = [attempt(1, 'failed'), attempt(2, 'completed'), attempt(1, 'failed', '2')];
  const connector = reads([page({ runs, unfiltered: true })]);
  const failed = { matches: [{ field: 'state' as const, operator: '=' as const, values: ['failed'] }] };
  const answer = await ask(
    connector,
    { ...request('runs'), query: { ...request('runs').query, filter: failed } },
    signal
  );
  expect(answer.view === 'runs' && answer.runs.map(({ runId }) => runId)).toEqual(['2']);
});

test('one run is put together from what a source lists: itself whatever the range, others of its task, its family', async () => {
  const run = (runId: string, minutesAgo: number, more: object = {}) => ({
    source: 'shop',
    runId,
    attempt: 1,
    task: 'mail',
    state: 'completed' as const,
    startedAt: Date.now() - minutesAgo * 60_000,
    finishedAt: Date.now() - minutesAgo * 60_000 + 1000,
    observedAt: Date.now() - minutesAgo * 60_000 + 1000,
    ...more,
  });
  const runs = [
    run('a', 30),
    run('b', 20, { state: 'failed', rootId: 'top', parentId: 'top' }),
    run('c', 10),
    run('top', 21, { task: 'batch' }),
  ];
  const connector: Connector = {
    ...reads([]),
    answers: [],
    runs: async ({ filter, range: { from, to } }) =>
      page({ runs: runs.filter(compileFilter(filter)).filter(({ startedAt }) => startedAt >= from && startedAt < to) }),
  };
  const of = (runId: string) =>
    ask(
      connector,
      { ...request('run'), query: { ...request('run').query, filter: { matches: [{ field: 'runId', operator: '=', values: [runId] }] } } }, // prettier-ignore
      signal
    );
  expect(await of('b')).toMatchObject({
    attempts: [{ run: { runId: 'b' } }],
    others: { lastGood: { runId: 'a' }, nextSuccess: { runId: 'c' } },
    family: [{ runId: 'top' }, { runId: 'b', parent: 0 }],
  });
  expect(await of('nobody')).toMatchObject({ asked: 'nobody', attempts: [] });
});
