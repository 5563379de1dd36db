import type { DataQueryRequest, Field, DataQueryResponse, DataSourceInstanceSettings } from '@grafana/data';
import { CoreApp, dateTime, LoadingState } from '@grafana/data';
import type { BackendSrvRequest, DataSourceSrv, TemplateSrv } from '@grafana/runtime';
import { lastValueFrom } from 'rxjs';
import { RunlaneDataSource } from './datasource';
import type { RunlaneQuery } from './query';
import type { RunlaneSettings } from './settings';

const NAMES = ['celery_task_received_total', 'celery_task_succeeded_total', 'celery_task_failed_total'];
const RANGE = { from: dateTime(1_750_000_000_000), to: dateTime(1_750_003_600_000) };
const SUCCESS = (data: unknown) => JSON.stringify({ status: 'success', data });

interface Asked {
  path: string;
  query: string;
  step: string;
  signal: AbortSignal | undefined;
}

/** The user's Prometheus data source; what a query answers is the test's. */
class UsersPrometheus {
  readonly asked: Asked[] = [];
  names: readonly string[] = NAMES;
  answer: (asked: Asked) => Promise<string> = async () => SUCCESS({ resultType: 'matrix', result: [] });

  getResource = async (path: string, params: Record<string, string>, { abortSignal }: Partial<BackendSrvRequest>) => {
    const asked = { path, query: params['query'] ?? '', step: params['step'] ?? '', signal: abortSignal };
    this.asked.push(asked);
    if (path.endsWith('/values')) {
      return SUCCESS(this.names);
    }
    if (path.endsWith('/labels')) {
      return SUCCESS([]);
    }
    return path.endsWith('/buildinfo') ? SUCCESS({ version: '2.42.0' }) : this.answer(asked);
  };

  queries(): Asked[] {
    return this.asked.filter(({ path }) => path.includes('/query'));
  }
}

function connect(settings: RunlaneSettings = { system: 'prometheus', prometheusUid: 'prom' }) {
  const prometheus = new UsersPrometheus();
  const dataSources = {
    getInstanceSettings: ({ uid }: { uid: string }) =>
      uid === 'prom' ? { uid, name: 'Metrics', type: 'prometheus' } : undefined,
    get: async () => prometheus,
  };
  const instance = {
    uid: 'abc',
    name: 'Runlane',
    type: 'runlane-datasource',
    url: '/proxy',
    jsonData: settings,
    meta: {},
  };
  const source = new RunlaneDataSource(
    instance as unknown as DataSourceInstanceSettings<RunlaneSettings>,
    () => ({ fetch: jest.fn() }),
    () => ({ replace: (text = '') => text }) as TemplateSrv,
    () => dataSources as unknown as DataSourceSrv
  );
  return { prometheus, source };
}

function request(...targets: Array<Partial<RunlaneQuery>>): DataQueryRequest<RunlaneQuery> {
  return {
    requestId: 'Q1',
    app: CoreApp.Dashboard,
    interval: '30s',
    intervalMs: 30_000,
    maxDataPoints: 800,
    // Ends now, which a store's answer would be followed for.
    range: { ...RANGE, raw: { from: 'now-1h', to: 'now' } },
    scopedVars: {},
    timezone: 'utc',
    startTime: 0,
    targets: targets.map((target, i) => ({ refId: 'ABC'[i] ?? 'Z', view: 'states', ...target })),
  };
}

const ask = (source: RunlaneDataSource, ...targets: Array<Partial<RunlaneQuery>>): Promise<DataQueryResponse> =>
  lastValueFrom(source.query(request(...targets)));

test('a view is one request, as fine as the panel is wide, and never followed', async () => {
  const { prometheus, source } = connect();
  const response = await ask(source, {}, { frame: 'totals' });
  expect(response).toMatchObject({ state: LoadingState.Done });
  expect(prometheus.queries()).toMatchObject([{ path: 'api/v1/query_range', step: '30' }]);
  await ask(source, { view: 'throughput' });
  expect(prometheus.asked.filter(({ path }) => path.endsWith('/values'))).toHaveLength(1);
  expect(prometheus.queries()).toHaveLength(2);
});

test('a request that nobody waits for any more is cancelled', async () => {
  const { prometheus, source } = connect();
  let asked: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (asked = resolve));
  prometheus.answer = () => {
    asked();
    return new Promise(() => undefined);
  };
  const subscription = source.query(request({})).subscribe();
  await begun;
  jest.useFakeTimers();
  subscription.unsubscribe();
  jest.runAllTimers();
  jest.useRealTimers();
  expect(prometheus.queries().map(({ signal }) => signal?.aborted)).toEqual([true]);
});

test('a query that Prometheus refuses fails alone, with its refId and Prometheus’ own reason', async () => {
  const { prometheus, source } = connect();
  prometheus.answer = ({ query }) =>
    query.includes('mail')
      ? Promise.reject({
          status: 400,
          statusText: 'Bad Request',
          config: {},
          data: { status: 'error', errorType: 'bad_data', error: 'invalid regular expression' },
        })
      : Promise.resolve(SUCCESS({ resultType: 'matrix', result: [] }));
  const response = await ask(source, {}, { filter: { matches: [{ field: 'task', operator: '=', values: ['mail'] }] } });
  expect(response.errors).toEqual([{ refId: 'B', message: expect.stringContaining('invalid regular expression') }]);
  expect(response.data.map(({ refId, meta }) => [refId, meta?.custom?.['runlane'].instead])).toEqual([
    ['A', undefined],
    ['B', 'failed'],
  ]);
});

test.each([
  ['timeline', 0],
  ['runs', 1],
  ['failures', 1],
  ['lineage', 0],
  ['run', 0],
] as const)(
  'the view %s of an exporter of counters is not reported, which is no error, and said in %d rows where nothing else can',
  async (view, rows) => {
    const { source } = connect();
    const response = await ask(source, { view });
    expect(response.errors).toBeUndefined();
    expect(response.state).toBe(LoadingState.Done);
    const why = expect.stringMatching(/^Celery \(celery-exporter\) /);
    expect(response.data).toMatchObject([
      { refId: 'A', length: rows, meta: { notices: [{ severity: 'info', text: why }] } },
    ]);
    expect(response.data[0]?.fields.map(({ values }: Field) => values)).toEqual(rows === 0 ? [] : [[why]]);
  }
);

test('warnings of Prometheus are notices', async () => {
  const { prometheus, source } = connect();
  prometheus.answer = async ({ query }) => {
    const fact = /"runlane_fact", "(completed[^"]*)"/.exec(query)?.[1];
    const series = { metric: { name: 'mail', runlane_fact: fact }, values: [[1_750_000_030, '1']] };
    return JSON.stringify({
      status: 'success',
      data: { resultType: 'matrix', result: [series] },
      warnings: ['store gateway timed out'],
    });
  };
  const response = await ask(source, {});
  const notices = response.data.flatMap(({ meta }) => (meta?.notices ?? []) as Array<{ text: string }>);
  expect(notices.map(({ text }) => text).join(' ')).toContain('store gateway timed out');
});

describe('Save & test', () => {
  test('says version, profile, what is reported, and what is not switched on', async () => {
    const { status, message } = await connect().source.testDatasource();
    expect(status).toBe('success');
    expect(message).toMatch(/^Connected to Prometheus 2\.42\.0\. .*Celery \(celery-exporter\)/);
    expect(message).toMatch(/task_send_sent_event/);
    expect(message).toMatch(/Does not report .*traces/);
  });

  test.each<[string, RunlaneSettings, RegExp]>([
    ['nothing is chosen', { system: 'prometheus' }, /No Prometheus is chosen/],
    ['it was deleted', { system: 'prometheus', prometheusUid: 'gone' }, /uid "gone" is not there/],
    [
      'the profile is no JSON',
      { system: 'prometheus', prometheusUid: 'prom', prometheusProfile: 'custom', customProfile: '{' },
      /custom profile .* no JSON/,
    ],
    [
      'the profile does not exist',
      { system: 'prometheus', prometheusUid: 'prom', prometheusProfile: 'nagios' },
      /no profile "nagios"/,
    ],
  ])('says when %s', async (_, settings, why) => {
    await expect(connect(settings).source.testDatasource()).resolves.toEqual({
      status: 'error',
      message: expect.stringMatching(why),
    });
  });

  test('says when Prometheus is away, without the address of another system that was left behind', async () => {
    const { prometheus, source } = connect({ system: 'prometheus', prometheusUid: 'prom', url: 'http://store:7331' });
    prometheus.getResource = () =>
      Promise.reject({
        status: 500,
        statusText: '',
        config: {},
        data: { message: 'An error occurred within the plugin' },
      });
    const { message } = await source.testDatasource();
    expect(message).toMatch(/data source "Metrics" answered 500.*Prometheus runs at its address/);
    expect(message).not.toContain('7331');
  });

  test('says when there is no exporter that is known', async () => {
    const { prometheus, source } = connect();
    prometheus.names = ['go_goroutines'];
    await expect(source.testDatasource()).resolves.toMatchObject({ status: 'error' });
  });
});
