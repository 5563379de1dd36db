import { NO_FILTER } from '../../model/task-query';
import type { HttpResponse } from '../connector';
import { createTaskStore } from './connector';

const RANGE = { from: 0, to: 1000 };
const RUN = { source: 'shop', runId: '1', attempt: 1, state: 'failed', task: 'email.send', observedAt: 5 };
const signal = new AbortController().signal;

function storeSaying(body: unknown, status = 200) {
  const paths: string[] = [];
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const http = async (path: string): Promise<HttpResponse> => {
    paths.push(path);
    return { status, body: text };
  };
  return { store: createTaskStore({ http }), paths };
}

function runsOf(body: unknown) {
  return storeSaying(body).store.runs({ filter: NO_FILTER, range: RANGE, limit: 10 }, signal);
}

test('runs that cannot be read are left out and counted; the others stay', async () => {
  const page = await runsOf({
    runs: [RUN, { ...RUN, attempt: '2' }, 'run', null, { ...RUN, runId: '2' }],
    truncated: false,
    skipped: 1,
  });
  expect(page.runs.map((run) => run.runId)).toEqual(['1', '2']);
  expect(page.skipped).toBe(4);
});

test('a state of a newer store is unknown, with its own word beside it', async () => {
  const page = await runsOf({ runs: [{ ...RUN, state: 'paused', substate: 'dozing' }], truncated: false, skipped: 0 });
  expect(page.runs[0]).toMatchObject({ state: 'unknown', nativeState: 'paused' });
  expect(page.runs[0]).not.toHaveProperty('substate');
});

test('null and absent both mean not reported, and leave no key', async () => {
  const page = await runsOf({ runs: [{ ...RUN, worker: null, exitCode: null }], truncated: false, skipped: 0 });
  expect(Object.keys(page.runs[0] ?? {}).sort()).toEqual(Object.keys(RUN).sort());
});

test('an instant of 0, which older stores took over from their senders, is one that is not reported', async () => {
  const at = 1_750_000_000_000;
  const page = await runsOf({ runs: [{ ...RUN, startedAt: 0, finishedAt: at }], truncated: false, skipped: 0 });
  expect(page.runs[0]).toMatchObject({ finishedAt: at });
  expect(page.runs[0]).not.toHaveProperty('startedAt');
});

test('labels may be named like parts of an object', async () => {
  const page = await runsOf(
    `{"truncated":false,"skipped":0,"runs":[${JSON.stringify(RUN).slice(0, -1)},"labels":{"__proto__":"x","constructor":"y"}}]}`
  );
  expect(Object.entries(page.runs[0]?.labels ?? {})).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  expect(({} as { x?: string }).x).toBeUndefined();
});

test('strips follow their runs when a run before them cannot be read', async () => {
  const { store } = storeSaying({
    groupBy: 'task',
    lanes: [{ name: 'email.send', counts: { failed: 2 } }],
    counts: { failed: 2 },
    page: { runs: ['bad', RUN, { ...RUN, runId: '2' }], truncated: false, skipped: 0 },
    strips: [
      { run: 0, at: [1], cpuCores: [1], rssBytes: [null] },
      { run: 2, at: [1, 2], cpuCores: [0.5, null], rssBytes: [10, 20] },
    ],
    total: 3,
  });
  const answer = await store.aggregate?.(
    { query: { view: 'timeline', filter: NO_FILTER }, range: RANGE, step: 1 },
    signal
  );
  expect(answer).toMatchObject({ strips: [{ run: 1, at: [1, 2] }], page: { skipped: 1 } });
});

test('columns of unequal length are refused', async () => {
  const { store } = storeSaying({
    groupBy: 'task',
    lanes: [],
    counts: {},
    columns: { lane: [0], start: [1], end: [2], state: [3], count: [1], counts: { failed: [] }, lost: [0] },
    total: 1,
  });
  const asked = store.aggregate?.({ query: { view: 'timeline', filter: NO_FILTER }, range: RANGE, step: 1 }, signal);
  await expect(asked).rejects.toMatchObject({ kind: 'unexpected-shape' });
  await expect(asked).rejects.toThrow('answer.columns.counts.failed.length is 0');
});

test('an answer in a newer format is refused with what to do', async () => {
  const asked = runsOf({ v: 2, everything: 'different' });
  await expect(asked).rejects.toMatchObject({ kind: 'unsupported-version' });
  await expect(asked).rejects.toThrow('Update the Runlane plugin');
});

test('502 without a body names all three reasons', async () => {
  const { store } = storeSaying('', 502);
  await expect(store.check(signal)).rejects.toThrow(/nothing listens.*took longer than Grafana waits.*no such route/s);
});

test('values with every special character stay inside the question', async () => {
  const { store, paths } = storeSaying({ values: [] });
  const nasty = 'a&b=c#d?e/../%00\n"x\'<>,|+ 邮';
  await store.values?.('label:te am', { matches: [{ field: 'task', operator: '=', values: [nasty] }] }, RANGE, signal);
  const url = new URL(paths[0] ?? '', 'http://store');
  expect(url.pathname).toBe('/api/v1/values');
  expect(url.searchParams.get('field')).toBe('label:te am');
  expect(JSON.parse(url.searchParams.get('match') ?? '')).toEqual(['task', '=', nasty]);
});

test.each([
  ['has no rules, nothing is told: that nothing fires would read as good news', 0, /no alert rules/],
  ['has rules of which none fires, that is the answer', 2, undefined],
  ['is older and does not count its rules, neither', undefined, undefined],
])('of a store that %s', async (_which, rules, says) => {
  const { store } = storeSaying({ v: 1, alerts: [], rules, truncated: false });
  const request = { query: { view: 'alerts' as const, filter: { matches: [] } }, range: RANGE, step: 1000 };
  const asked = Promise.resolve(store.aggregate?.(request, signal));
  await (says === undefined
    ? expect(asked).resolves.toMatchObject({ alerts: [] })
    : expect(asked).rejects.toMatchObject({ kind: 'not-reported', message: expect.stringMatching(says) }));
});

describe('changes', () => {
  test('the reason why the store stopped is told', async () => {
    const { store } = storeSaying({ v: 1, cursor: '8', runs: [], error: '[store] The archive is locked.' });
    const next = store.changes?.('7', signal)[Symbol.asyncIterator]().next();
    await expect(next).rejects.toThrow('The archive is locked.');
  });

  test('are waited for where they are to be held, but for what is there already', async () => {
    const answers = [
      { v: 1, cursor: '7', runs: [RUN], more: true },
      { v: 1, cursor: '8', runs: [] },
    ];
    const paths: string[] = [];
    const store = createTaskStore({
      http: async (path) => {
        paths.push(path);
        return { status: 200, body: JSON.stringify(answers[paths.length - 1]) };
      },
    });
    const seen = [];
    for await (const { cursor, runs } of store.changes?.('6', signal, true) ?? []) {
      seen.push([cursor, runs.length]);
    }
    expect(seen).toEqual([
      ['7', 1],
      ['8', 0],
    ]);
    expect(paths).toEqual(['/api/v1/changes?cursor=6&wait=10', '/api/v1/changes?cursor=7&wait=0']);
  });

  test('they are asked for until there are no more', async () => {
    const answers = [
      '{"cursor":"1","runs":[],"more":true}',
      '{"cursor":"2","runs":[],"more":true}',
      '{"cursor":"2","runs":[],"more":true}',
    ];
    const paths: string[] = [];
    const store = createTaskStore({
      http: async (path) => {
        paths.push(path);
        return { status: 200, body: answers[paths.length - 1] ?? '' };
      },
    });
    const cursors = [];
    for await (const { cursor } of store.changes?.('0', signal) ?? []) {
      cursors.push(cursor);
    }
    expect(cursors).toEqual(['1', '2', '2']);
    expect(paths).toEqual([0, 1, 2].map((from) => `/api/v1/changes?cursor=${from}&wait=0`));
  });
});
