import type { DataFrame, DataQueryRequest, DataQueryResponse, DataSourceInstanceSettings } from '@grafana/data';
import { CoreApp, LoadingState, rangeUtil } from '@grafana/data';
import type { BackendSrvRequest, FetchResponse, TemplateSrv } from '@grafana/runtime';
import { Observable } from 'rxjs';
import { RunlaneDataSource } from './datasource';
import type { RunlaneQuery } from './query';
import type { RunlaneSettings } from './settings';

const START = Date.parse('2026-11-29T19:09:00Z');

/** A store behind Grafana's proxy that answers, refuses or, like one that hangs, says nothing at all. */
class Store {
  mode: 'answers' | 'hangs' | 'refuses' = 'answers';
  readonly asked: string[] = [];
  private readonly held = new Set<() => void>();

  fetch = <T>(options: BackendSrvRequest): Observable<FetchResponse<T>> =>
    new Observable((observer) => {
      const { pathname, searchParams } = new URL(options.url, 'http://grafana');
      const path = pathname.replace(/^.*\/api\/v1\//, '');
      this.asked.push(path);
      if (this.mode === 'hangs') {
        return undefined;
      }
      if (this.mode === 'refuses') {
        observer.error({ status: 502, data: '', statusText: '', config: options });
        return undefined;
      }
      const now = Date.now();
      const run = { source: 's', runId: '1', attempt: 1, task: 't', state: 'running', startedAt: now, observedAt: now };
      const bodies: Record<string, object> = {
        changes: { v: 1, cursor: '1', runs: [] },
        sources: { v: 1, sources: [] },
        values: { v: 1, values: ['s'] },
      };
      const body = bodies[path] ?? { runs: [run], total: 1, truncated: false, skipped: 0 };
      const answer = () => {
        this.held.delete(answer);
        observer.next({ data: JSON.stringify(body) as T, status: 200, ok: true } as FetchResponse<T>);
        observer.complete();
      };
      if (path === 'changes' && searchParams.get('wait') !== '0') {
        this.held.add(answer);
        return () => this.held.delete(answer);
      }
      answer();
      return undefined;
    });

  heartbeat(): void {
    if (this.mode === 'answers') {
      [...this.held].forEach((answer) => answer());
    }
  }
}

function connect() {
  const store = new Store();
  const instance = {
    uid: 'abc',
    url: '/api/datasources/proxy/uid/abc',
    jsonData: { url: 'http://store:7331' },
  } as DataSourceInstanceSettings<RunlaneSettings>;
  const templates = { replace: (text = '') => text } as TemplateSrv;
  return {
    store,
    source: new RunlaneDataSource(
      instance,
      () => store,
      () => templates
    ),
  };
}

/** A panel on a dashboard that asks again every ten seconds. */
class Panel {
  last: DataQueryResponse | undefined;
  private stop: () => void = () => undefined;

  constructor(
    private readonly source: RunlaneDataSource,
    private readonly live: boolean,
    private readonly systems?: string[]
  ) {
    this.refresh();
  }

  refresh(): void {
    this.stop();
    const request = {
      requestId: 'Q1',
      app: CoreApp.Dashboard,
      intervalMs: 30_000,
      range: rangeUtil.convertRawToRange({ from: 'now-1h', to: 'now' }),
      scopedVars: {},
      timezone: 'utc',
      targets: [{ refId: 'A', view: 'runs', live: this.live, systems: this.systems }],
    } as unknown as DataQueryRequest<RunlaneQuery>;
    const subscription = this.source.query(request).subscribe((response) => (this.last = response));
    this.stop = () => subscription.unsubscribe();
  }

  leave(): void {
    this.stop();
  }

  get frame(): DataFrame {
    return this.last?.data[0] as DataFrame;
  }

  get stale(): { asOf: number; why?: string } | undefined {
    return this.frame.meta?.custom?.['runlane'].stale;
  }
}

/** Lets time go by as on a dashboard: a heartbeat and a refresh every ten seconds. */
async function pass(seconds: number, store: Store, panel: Panel): Promise<void> {
  for (let gone = 0; gone < seconds; gone += 5) {
    await jest.advanceTimersByTimeAsync(5000);
    if (gone % 10 === 5) {
      store.heartbeat();
      panel.refresh();
      await jest.advanceTimersByTimeAsync(0);
    }
  }
}

describe.each<[string, boolean, string[]?]>([
  ['followed', true],
  ['asked at every refresh', false],
  ['those of one system', true, ['s']],
])('a panel whose answers are %s', (_, live, systems) => {
  beforeEach(() => jest.useFakeTimers({ now: START }));
  afterEach(() => jest.useRealTimers());

  async function begin() {
    const { store, source } = connect();
    const panel = new Panel(source, live, systems);
    await pass(30, store, panel);
    expect(panel.stale).toBeUndefined();
    store.asked.length = 0;
    return { store, panel };
  }

  test('keeps the last good data of a store that hangs and says as of when they are', async () => {
    const { store, panel } = await begin();
    store.mode = 'hangs';
    await pass(75, store, panel);
    expect(panel.frame.length).toBe(1);
    expect(panel.stale?.asOf).toBeLessThanOrEqual(START + 35_000);
    expect(panel.stale?.asOf).toBeGreaterThanOrEqual(START + 20_000);
    expect(panel.frame.meta?.notices?.at(-1)?.text).toMatch(
      /^No answer since 19:09:[23]\d: what is shown is as of then/
    );
    // Refreshes wait on for the request that is under way.
    expect(store.asked.filter((path) => path === 'runs').length).toBeLessThanOrEqual(1);
    panel.leave();
  });

  test('makes an error of a request that hits the limit, beside the last good data', async () => {
    const { store, panel } = await begin();
    store.mode = 'hangs';
    await pass(150, store, panel);
    expect(panel.last?.errors?.[0]?.message).toContain('No answer within 120 s.');
    expect(panel.frame.length).toBe(1);
    panel.leave();
  });

  test('shows an answer that is refused as an error beside the last good data, and is fresh again after it', async () => {
    const { store, panel } = await begin();
    store.mode = 'refuses';
    await pass(20, store, panel);
    expect(panel.last?.errors?.[0]?.message).toContain('502');
    expect(panel.frame.length).toBe(1);
    expect(panel.stale?.why).toContain('502');
    store.mode = 'answers';
    await pass(30, store, panel);
    expect(panel.stale).toBeUndefined();
    expect(panel.last?.errors).toBeUndefined();
    expect(panel.last?.state).toBe(live ? LoadingState.Streaming : LoadingState.Done);
    panel.leave();
  });
});
