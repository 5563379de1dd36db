import { NO_FILTER } from '../../model/task-query';
import type { HttpLines, HttpResponse } from '../connector';
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

describe('changes', () => {
  async function follow(lines: HttpLines, cursor?: string) {
    const seen = [];
    const store = createTaskStore({ http: async () => ({ status: 500, body: '' }), lines });
    for await (const change of store.changes?.(cursor, signal) ?? []) {
      seen.push({ cursor: change.cursor, runs: change.runs.map((run) => run.runId) });
    }
    return seen;
  }

  test('come line by line; heartbeats and empty lines bring no runs', async () => {
    const paths: string[] = [];
    const seen = await follow(async function* (path) {
      paths.push(path);
      yield '{"v":1,"cursor":"7","runs":[]}';
      yield '';
      yield JSON.stringify({ v: 1, cursor: '8', runs: [RUN] });
    }, '6');
    expect(paths).toEqual(['/api/v1/changes?cursor=6']);
    expect(seen).toEqual([
      { cursor: '7', runs: [] },
      { cursor: '8', runs: ['1'] },
    ]);
  });

  test('a line that breaks off is an error, not a silent end', async () => {
    const seen = follow(async function* () {
      yield '{"v":1,"cursor":"8","runs":[{"sour';
    });
    await expect(seen).rejects.toMatchObject({ kind: 'truncated' });
  });

  test('the reason why the store stopped is told', async () => {
    const seen = follow(async function* () {
      yield '{"v":1,"cursor":"8","runs":[],"error":"[store] The archive is locked."}';
    });
    await expect(seen).rejects.toThrow('The archive is locked.');
  });

  test('without a stream they are asked for until there are no more', async () => {
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
