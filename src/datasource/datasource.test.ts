import type {
  DataFrame,
  DataQueryRequest,
  DataQueryResponse,
  DataSourceInstanceSettings,
  RawTimeRange,
  Field,
} from '@grafana/data';
import { CoreApp, dateTime, FieldType, LoadingState, rangeUtil } from '@grafana/data';
import type { BackendSrvRequest, FetchResponse, TemplateSrv } from '@grafana/runtime';
import { firstValueFrom, Observable, Subject } from 'rxjs';
import type { RunPage } from '../model/answer';
import type { TaskRun } from '../model/task-run';
import { RunlaneDataSource } from './datasource';
import type { RunlaneQuery } from './query';
import type { RunlaneSettings } from './settings';
import { RunlaneVariables } from './variables';

const PROXY = '/api/datasources/proxy/uid/abc';

/** Grafana's backend service in front of a store that the test scripts. */
class Backend {
  readonly asked: URL[] = [];
  /** Answers about changes that are held until the test gives them. */
  readonly held: Array<{
    url: string;
    say: (line: object) => void;
    fail: (status: number) => void;
    closed: boolean;
  }> = [];
  answer: (url: URL) => { status: number; body: unknown } | undefined = () => ({ status: 404, body: '' });

  fetch = <T>(options: BackendSrvRequest): Observable<FetchResponse<T>> =>
    new Observable((observer) => {
      const url = new URL(options.url, 'http://grafana');
      this.asked.push(url);
      if (url.pathname.endsWith('/changes') && url.searchParams.get('wait') !== '0') {
        const held = {
          url: options.url,
          closed: false,
          say: (line: object) => {
            observer.next({ data: JSON.stringify(line), status: 200, ok: true } as FetchResponse<T>);
            observer.complete();
          },
          fail: (status: number) => observer.error({ status, data: '', statusText: '', config: options }),
        };
        this.held.push(held);
        return () => {
          held.closed = true;
        };
      }
      const found = this.answer(url);
      if (found === undefined) {
        return undefined;
      }
      const data = (typeof found.body === 'string' ? found.body : JSON.stringify(found.body)) as T;
      const timer = setTimeout(() => {
        if (found.status >= 400) {
          observer.error({ status: found.status, data, statusText: '', config: options });
          return;
        }
        observer.next({
          data,
          status: found.status,
          ok: true,
          statusText: 'OK',
          headers: new Headers(),
          redirected: false,
          type: 'basic',
          url: options.url,
          config: options,
        });
        observer.complete();
      });
      return () => clearTimeout(timer);
    });

  paths(): string[] {
    return this.asked.map((url) => url.pathname.replace(`${PROXY}/store/api/v1/`, ''));
  }
}

const templates = {
  replace: (target = '', _scoped?: unknown, format?: string | Function) =>
    target.replace(/\$(\w+)/g, (place, name: string) => {
      const value = { task: ['a,b', 'c.*'], all: ['$__all'] }[name];
      return value === undefined ? place : typeof format === 'function' ? String(format(value, {})) : value.join(',');
    }),
} as TemplateSrv;

function connect(settings: RunlaneSettings = { url: 'http://store:7331' }) {
  const backend = new Backend();
  const instance = {
    uid: 'abc',
    name: 'Runlane',
    type: 'runlane-datasource',
    url: PROXY,
    jsonData: settings,
    meta: { id: 'runlane-datasource' },
  } as DataSourceInstanceSettings<RunlaneSettings>;
  return {
    backend,
    source: new RunlaneDataSource(
      instance,
      () => backend,
      () => templates
    ),
  };
}

function request(
  targets: Array<Partial<RunlaneQuery>>,
  raw: RawTimeRange = { from: 'now-1h', to: 'now' }
): DataQueryRequest<RunlaneQuery> {
  return {
    requestId: 'Q1',
    app: CoreApp.Dashboard,
    interval: '30s',
    intervalMs: 30_000,
    maxDataPoints: 800,
    range: rangeUtil.convertRawToRange(raw),
    scopedVars: {},
    timezone: 'utc',
    startTime: Date.now(),
    targets: targets.map((target, i) => ({ refId: 'ABC'[i] ?? 'Z', view: 'runs', ...target })),
  };
}

const AT = { from: dateTime(1_750_000_000_000), to: dateTime(1_750_003_600_000) };

function run(runId: string, part: Partial<TaskRun> = {}): TaskRun {
  const now = Date.now();
  return {
    source: 'shop',
    runId,
    attempt: 1,
    task: 'email.send',
    state: 'running',
    startedAt: now - 1000,
    observedAt: now - 1000,
    ...part,
  };
}

function page(...runs: TaskRun[]): RunPage {
  return { runs, total: runs.length, truncated: false, skipped: 0 };
}

function store(runs: TaskRun[]) {
  return (url: URL) => {
    const path = url.pathname.replace(`${PROXY}/store/api/v1/`, '');
    switch (path) {
      case 'runs':
        return { status: 200, body: { v: 1, ...page(...runs) } };
      case 'timeline': {
        const lanes = [{ name: 'email.send', counts: { running: runs.length } }];
        const told = { lanes, counts: lanes[0]?.counts, page: page(...runs), total: runs.length };
        return { status: 200, body: { v: 1, groupBy: 'task', ...told } };
      }
      case 'workers':
        return {
          status: 200,
          body: {
            workers: [{ source: 's', name: 'w', running: 1, slots: 4, completed: 0, failed: 0, lost: 0 }],
            truncated: false,
          },
        };
      case 'states':
        return {
          status: 200,
          body: {
            groupBy: 'task',
            step: 60_000,
            buckets: [0, 60_000],
            series: [{ group: 't', state: 'running', values: [3, 2] }],
            totals: [{ group: 't', counts: { running: 1 }, abnormal: {} }],
          },
        };
      case 'version':
        return {
          status: 200,
          body: { product: 'Runlane task store', version: '0.1.0', summary: '12 runs of 2 tasks from 1 source' },
        };
      case 'values':
        return { status: 200, body: { values: ['a', 'b<b>'] } };
      case 'changes':
        return { status: 200, body: '{"v":1,"cursor":"10","runs":[]}' };
      default:
        return { status: 404, body: '' };
    }
  };
}

function first(
  source: RunlaneDataSource,
  targets: Array<Partial<RunlaneQuery>>,
  raw: RawTimeRange = AT
): Promise<DataQueryResponse> {
  return firstValueFrom(source.query(request(targets, raw)));
}

/** Collects responses until a condition holds. */
function watch(source: RunlaneDataSource, targets: Array<Partial<RunlaneQuery>>) {
  const seen: DataQueryResponse[] = [];
  const changed = new Subject<void>();
  const subscription = source.query(request(targets)).subscribe((response) => {
    seen.push(response);
    changed.next();
  });
  const until = async (holds: () => boolean) => {
    while (!holds()) {
      await firstValueFrom(changed);
    }
  };
  return { seen, until, last: () => seen.at(-1), stop: () => subscription.unsubscribe() };
}

function column(frame: DataFrame | undefined, name: string): unknown[] {
  return [...(frame?.fields.find((field) => field.name === name)?.values ?? [])];
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a query', () => {
  test('goes through the data source route, with variables as separate values', async () => {
    const { backend, source } = connect();
    backend.answer = store([run('1')]);
    const response = await first(source, [
      { filter: { matches: [{ field: 'task', operator: '=', values: ['$task'] }] } },
    ]);
    expect(response.data[0].refId).toBe('A');
    expect(column(response.data[0], 'runId')).toEqual(['1']);
    const url = backend.asked[0];
    expect(url?.pathname).toBe(`${PROXY}/store/api/v1/runs`);
    expect(JSON.parse(url?.searchParams.get('match') ?? '')).toEqual(['task', '=', 'a,b', 'c.*']);
    expect(url?.searchParams.get('from')).toBe('1750000000000');
    expect(url?.searchParams.get('step')).toBe('30000');
  });

  test('that is hidden is not asked', async () => {
    const { backend, source } = connect();
    const response = await first(source, [{ hide: true }]);
    expect(response).toMatchObject({ data: [], state: LoadingState.Done });
    expect(backend.asked).toEqual([]);
  });

  test('that fails does so alone, with its refId and the address', async () => {
    const { backend, source } = connect();
    backend.answer = (url) => (url.pathname.endsWith('/states') ? { status: 502, body: '' } : store([run('1')])(url));
    const responses: DataQueryResponse[] = [];
    await new Promise<void>((resolve) =>
      source
        .query(request([{ view: 'runs' }, { view: 'states' }], AT))
        .subscribe({ next: (one) => responses.push(one), complete: resolve })
    );
    const last = responses.at(-1);
    expect(last?.data.map((frame: DataFrame) => frame.meta?.custom?.['runlane'].instead)).toEqual([
      undefined,
      'failed',
    ]);
    expect(last?.errors).toEqual([{ refId: 'B', message: expect.stringContaining('Address: http://store:7331') }]);
  });

  test.each([
    [{ groupBy: 'colour' }, 'Cannot group by "colour"'],
    [{ objective: 'most' }, 'The objective is "most"'],
    [{ objective: '100' }, 'between 0 and 100'],
    [{ filter: { matches: [{ field: 'task' as const, operator: '=~' as const, values: ['('] }] } }, 'refused'],
  ])('that cannot be asked says why: %j', async (query, why) => {
    const { backend, source } = connect();
    backend.answer = () => ({ status: 400, body: { error: '[store] refused.' } });
    const response = await first(source, [query]);
    expect(response.errors?.[0]).toMatchObject({ refId: 'A', message: expect.stringContaining(why) });
  });

  test('with a wrong token says where to set it', async () => {
    const { backend, source } = connect();
    backend.answer = () => ({ status: 400, body: 'Authentication to data source failed' });
    const response = await first(source, [{}]);
    expect(response.errors?.[0]?.message).toMatch(/read token in the data source settings/);
  });

  test('for one frame and some of its columns gets these, in their order', async () => {
    const { backend, source } = connect();
    backend.answer = store([run('1')]);
    const response = await first(source, [{ columns: ['task', 'runId', 'no such', 'state'] }]);
    const fields = response.data[0].fields as Field[];
    const unseen = fields.filter(({ config }) => config.custom?.hidden === true);
    expect(fields.filter((field) => !unseen.includes(field)).map(({ name }) => name)).toEqual([
      'task',
      'runId',
      'state',
    ]);
    // What the links of the id read.
    expect(unseen.map(({ name }) => name)).toEqual(['ownFrom', 'ownTo']);
  });

  test('for a page in an order asks the store for it, and says where the next one begins', async () => {
    const { backend, source } = connect();
    backend.answer = () => ({ status: 200, body: { ...page(run('1')), total: 300, next: '[8,7,6]' } });
    const response = await first(source, [{ sort: '-duration', cursor: '[9,9,9]', live: false }]);
    const { searchParams } = backend.asked[backend.asked.length - 1]!;
    expect([searchParams.get('sort'), searchParams.get('cursor')]).toEqual(['-duration', '[9,9,9]']);
    expect(response.data[0].meta.custom.runlane).toMatchObject({ next: '[8,7,6]', total: 300 });
    const odd = await first(source, [{ sort: 'colour' }]);
    expect(odd.errors?.[0]?.message).toMatch(/^\[runlane\] Cannot sort by "colour"\. Choose one of started, wait/);
  });

  test('says how much is shown of how much', async () => {
    const { backend, source } = connect();
    backend.answer = () => ({ status: 200, body: { runs: [run('1')], total: 12340, truncated: true, skipped: 2 } });
    const response = await first(source, [{}]);
    expect(response.data[0].meta.notices).toEqual([
      { severity: 'warning', text: '1 of 12,340 runs: narrow the range to see all.' },
      { severity: 'warning', text: '2 records could not be read and are left out.' },
    ]);
  });

  test('for what runs says of how many slots', async () => {
    const { backend, source } = connect();
    backend.answer = store([]);
    const response = await first(source, [{ view: 'states', frame: 'running' }]);
    expect(response.data[0].fields[1]).toMatchObject({ config: { displayNameFromDS: 'of 4 worker slots' } });
    expect(column(response.data[0], 'value')).toEqual([3, 1]);
  });

  test('asked by several panels at once is one request', async () => {
    const { backend, source } = connect();
    backend.answer = store([]);
    const [waiting, running] = await Promise.all([
      first(source, [{ view: 'states', frame: 'waiting' }]),
      first(source, [{ view: 'states', frame: 'finished' }]),
    ]);
    expect([waiting?.data[0].name, running?.data[0].name]).toEqual(['waiting', 'finished']);
    expect(backend.paths()).toEqual(['states']);
  });

  test('that nobody waits for is cancelled', async () => {
    const { backend, source } = connect();
    let signal: AbortSignal | undefined;
    const { fetch } = backend;
    backend.answer = () => undefined;
    backend.fetch = (options) => {
      signal = options.abortSignal;
      return fetch(options);
    };
    const subscription = source.query(request([{}], AT)).subscribe();
    await eventually(() => signal !== undefined);
    jest.useFakeTimers();
    subscription.unsubscribe();
    jest.runAllTimers();
    jest.useRealTimers();
    expect(signal?.aborted).toBe(true);
  });

  test('of a lineage shows the whole family of the run that was asked for', async () => {
    const { backend, source } = connect();
    const family = [run('root', { rootId: 'root' }), run('kid', { parentId: 'root', rootId: 'root' })];
    backend.answer = (url) => {
      const wanted = url.searchParams.getAll('match').map((text) => JSON.parse(text) as string[]);
      const kept = family.filter((one) =>
        wanted.every(([field, , ...values]) => values.includes(String(one[field as 'runId'] ?? '')))
      );
      return { status: 200, body: page(...kept) };
    };
    const now = Date.now();
    const response = await first(
      source,
      [{ view: 'lineage', filter: { matches: [{ field: 'runId', operator: '=', values: ['kid'] }] } }],
      { from: dateTime(now - 60_000), to: dateTime(now) }
    );
    const [nodes, edges] = response.data;
    expect(column(nodes, 'detail__runId').sort()).toEqual(['kid', 'root']);
    expect(column(edges, 'source')).toHaveLength(1);
  });
});

describe('while the range ends now', () => {
  test('a changed run is put into the timeline without asking again', async () => {
    const { backend, source } = connect();
    backend.answer = store([run('1')]);
    const panel = watch(source, [{ view: 'timeline', groupBy: 'task' }]);
    await panel.until(() => (panel.last()?.data.length ?? 0) > 0);
    expect(panel.last()).toMatchObject({ state: LoadingState.Streaming, key: 'Q1' });
    await eventually(() => backend.held.length === 1);
    expect(backend.held[0]?.url).toBe(`${PROXY}/store/api/v1/changes?cursor=10&wait=10`);
    backend.held[0]?.say({
      v: 1,
      cursor: '11',
      runs: [run('1', { state: 'failed', finishedAt: Date.now(), observedAt: Date.now() }), run('2')],
    });
    await panel.until(() => column(panel.last()?.data[0], 'runId').length === 2);
    const frame: DataFrame = panel.last()?.data[0];
    const state = frame.fields.find((field) => field.name === 'state');
    expect(state?.type).toBe(FieldType.enum);
    expect(state?.values).toBeInstanceOf(Uint8Array);
    expect([...(state?.values ?? [])].map((value) => state?.config.type?.enum?.text?.[value])).toEqual([
      'failed',
      'running',
    ]);
    expect(backend.paths().filter((path) => path === 'timeline')).toHaveLength(1);
    panel.stop();
  });

  test('a failure is drawn over merged stretches at once, long before the whole is asked again', async () => {
    const { backend, source } = connect();
    const columns = {
      lane: [0],
      start: [Date.now() - 9000],
      end: [Date.now()],
      state: [2],
      count: [99_999],
      counts: { completed: [99_998], failed: [1] },
      lost: [0],
    };
    const lanes = [{ name: 'email.send', counts: { completed: 99_998, failed: 1 }, merged: true }];
    const body = { groupBy: 'task', lanes, counts: lanes[0]?.counts, columns, total: 99_999 };
    const plain = store([]);
    backend.answer = (url) => (url.pathname.endsWith('/timeline') ? { status: 200, body } : plain(url));
    const panel = watch(source, [{ view: 'timeline', groupBy: 'task' }]);
    await panel.until(() => (panel.last()?.data.length ?? 0) > 0);
    await eventually(() => backend.held.length === 1);
    const at = Date.now();
    backend.held[0]?.say({
      v: 1,
      cursor: '11',
      runs: [
        run('x', { task: 'db.backup', state: 'failed', finishedAt: at, observedAt: at }),
        run('y', { task: 'email.send', state: 'failed', finishedAt: at, observedAt: at }),
      ],
    });
    const frameOf = (name: string) => panel.last()?.data.find((frame: DataFrame) => frame.name === name);
    await panel.until(() => column(frameOf('columns'), 'lane').length === 2);
    expect(column(frameOf('columns'), 'state')).toEqual([2, 3]);
    expect(column(frameOf('columns'), 'failed')).toEqual([1, 1]);
    // Lanes that are not merged show the run itself.
    expect(column(frameOf('runs'), 'runId')).toEqual(['x']);
    expect(backend.paths().filter((path) => path === 'timeline')).toHaveLength(1);
    panel.stop();
  });

  test('all panels share one request for changes', async () => {
    const { backend, source } = connect();
    backend.answer = store([run('1')]);
    const panels = [
      watch(source, [{ view: 'timeline' }]),
      watch(source, [{ view: 'runs' }]),
      watch(source, [{ view: 'states' }]),
    ];
    await Promise.all(panels.map((panel) => panel.until(() => (panel.last()?.data.length ?? 0) > 0)));
    await eventually(() => backend.held.length > 0);
    expect(backend.held).toHaveLength(1);
    panels.slice(1).forEach((panel) => panel.stop());
    expect(backend.held[0]?.closed).toBe(false);
    panels[0]?.stop();
  });

  test('a store that goes away is told on the last good answer, and one that comes back is asked again', async () => {
    const { backend, source } = connect();
    backend.answer = store([run('1')]);
    const panel = watch(source, [{ view: 'runs' }]);
    await panel.until(() => (panel.last()?.data.length ?? 0) > 0);
    await eventually(() => backend.held.length === 1);
    backend.answer = () => ({ status: 502, body: '' });
    backend.held[0]?.fail(502);
    await panel.until(() => panel.last()?.data[0].meta.notices !== undefined);
    expect(panel.last()?.data[0].meta.notices[0]).toMatchObject({
      severity: 'error',
      text: expect.stringMatching(/^No answer since \d\d:\d\d:\d\d: what is shown is as of then\./),
    });
    expect(column(panel.last()?.data[0], 'runId')).toEqual(['1']);
    backend.answer = store([run('1'), run('2')]);
    await panel.until(() => column(panel.last()?.data[0], 'runId').length === 2);
    expect(panel.last()?.data[0].meta.notices).toBeUndefined();
    panel.stop();
  });

  test('a store that is down from the start is an error, not an empty panel, and heals by itself', async () => {
    const { backend, source } = connect();
    backend.answer = () => ({ status: 502, body: '' });
    const panel = watch(source, [{ view: 'timeline' }]);
    await panel.until(() => panel.seen.length > 0);
    expect(panel.last()?.errors?.[0]?.message).toContain('answered 502 without a word');
    backend.answer = store([run('1')]);
    await panel.until(() => (panel.last()?.data.length ?? 0) > 0);
    expect(panel.last()?.errors).toBeUndefined();
    panel.stop();
  });

  test.each([
    ['live is off', { live: false }, undefined],
    ['it is asked in Explore', {}, CoreApp.Explore],
  ])('a query is answered once when %s', async (_, query, app) => {
    const { backend, source } = connect();
    backend.answer = store([run('1')]);
    const asked = request([{ view: 'timeline', ...query }]);
    const responses: DataQueryResponse[] = [];
    await new Promise<void>((resolve) =>
      source
        .query({ ...asked, ...(app === undefined ? {} : { app }) })
        .subscribe({ next: (one) => responses.push(one), complete: resolve })
    );
    expect(responses.at(-1)?.state).toBe(LoadingState.Done);
    expect(backend.held).toEqual([]);
  });
});

test('of a range that has not begun nothing is told, and nothing is asked: what runs now need not run then', async () => {
  const { backend, source } = connect();
  backend.answer = store([run('1')]);
  const asked = request([{ view: 'states', frame: 'running' }], { from: 'now+1h', to: 'now+2h' });
  const { data, errors } = await firstValueFrom(source.query(asked));
  expect(data[0].fields[1]).toMatchObject({ values: [null], config: { displayNameFromDS: 'not reported' } });
  expect(data[0].meta.notices[0].text).toContain('the time range has not begun');
  expect(errors).toBeUndefined();
  expect(backend.asked).toEqual([]);
});

describe('save and test', () => {
  test('says the version and what the source reports', async () => {
    const { backend, source } = connect();
    backend.answer = store([]);
    const { status, message } = await source.testDatasource();
    expect(status).toBe('success');
    expect(message).toContain(
      'Connected to Runlane task store 0.1.0. 12 runs of 2 tasks from 1 source. Reports attempts, queues,'
    );
  });

  test.each<[RunlaneSettings, string]>([
    [{}, 'No address is set'],
    [{ url: 'http://x', system: 'abacus' }, 'reads "abacus"'],
    [{ url: 'http://x', healthSpec: '{"checks":' }, 'health rules'],
    [{ url: 'http://x', healthSpec: '{"chekcs":{}}' }, 'chekcs'],
  ])('says what is wrong with %j', async (settings, why) => {
    const { backend, source } = connect(settings);
    backend.answer = store([]);
    const { status, message } = await source.testDatasource();
    expect(status).toBe('error');
    expect(message).toContain(why);
  });
});

describe('what dashboards ask beside queries', () => {
  test('variables list known values, narrowed by their own filter', async () => {
    const { backend, source } = connect();
    backend.answer = store([]);
    const asked = {
      ...request([], AT),
      targets: [
        {
          refId: 'v',
          field: 'label:team',
          filter: { matches: [{ field: 'task' as const, operator: '=' as const, values: ['$task'] }] },
        },
      ],
    };
    const response = await firstValueFrom(new RunlaneVariables(source).query({ ...asked, targets: asked.targets }));
    expect(response.data).toEqual([
      { text: 'a', value: 'a' },
      { text: 'b<b>', value: 'b<b>' },
    ]);
    expect(backend.asked[0]?.searchParams.get('field')).toBe('label:team');
    expect(backend.asked[0]?.searchParams.get('match')).toContain('a,b');
  });

  test('ad hoc filters offer fields and labels, and the values of each', async () => {
    const { backend, source } = connect();
    backend.answer = store([run('1', { labels: { team: 'mail' } })]);
    expect((await source.getTagKeys()).map(({ text }) => text)).toEqual(
      expect.arrayContaining(['task', 'state', 'label:team'])
    );
    const values = await source.getTagValues({ key: 'task', filters: [{ key: 'queue', operator: '=', value: 'q' }] });
    expect(values.map(({ text }) => text)).toEqual(['a', 'b<b>']);
  });

  test('queries that leave the dashboard have their variables filled in', () => {
    const { source } = connect();
    const [query] = source.interpolateVariablesInQueries(
      [{ refId: 'A', view: 'runs', filter: { matches: [{ field: 'task', operator: '=', values: ['$task'] }] } }],
      {},
      [{ key: 'queue', operator: '=', value: 'q' }]
    );
    expect(query?.filter?.matches).toEqual([
      { field: 'task', operator: '=', values: ['a,b', 'c.*'] },
      { field: 'queue', operator: '=', values: ['q'] },
    ]);
  });
});
