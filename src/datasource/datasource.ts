import { CoreApp, DataSourceApi, LoadingState, rangeUtil } from '@grafana/data';
import type {
  AdHocVariableFilter,
  DataFrame,
  DataQueryError,
  DataQueryRequest,
  DataQueryResponse,
  DataSourceGetTagKeysOptions,
  DataSourceGetTagValuesOptions,
  DataSourceInstanceSettings,
  MetricFindValue,
  ScopedVars,
  TestDataSourceResponse,
} from '@grafana/data';
import { t } from '@grafana/i18n';
import { config, getBackendSrv, getDataSourceSrv, getTemplateSrv } from '@grafana/runtime';
import type { BackendSrv, DataSourceSrv, TemplateSrv } from '@grafana/runtime';
import { combineLatest, from, map, Observable, of } from 'rxjs';
import { findSourceSystem } from '../connectors/index';
import { ConnectorError } from '../connectors/connector-error';
import { PROMETHEUS } from '../connectors/prometheus/connector';
import type { Connector, Ports } from '../connectors/connector';
import type { FrameContext } from '../frames/frame-context';
import { chosenFrames, toFrames } from '../frames/to-frames';
import { unreportedFrame } from '../frames/unreported';
import type { Answer } from '../model/answer';
import { isGroupBy, isRunSort } from '../model/query-params';
import { FILTER_FIELDS, NO_FILTER, RUN_ORDERS } from '../model/task-query';
import type { GroupBy, RunSort, TaskFilter, TimeRange } from '../model/task-query';
import { decodeHealthSpec } from '../health/decode-spec';
import type { HealthSpec } from '../health/spec';
import { createAnnotationSupport } from './annotations';
import { ask } from './ask';
import { BROWSER_PAGE, ChangesFeed } from './changes-feed';
import { optionsFor, portsFor } from './connect';
import { frameLinks } from './frame-links';
import { frameWords } from './frame-words';
import { interpolateFilter, QueryError } from './interpolate';
import { followQuery } from './live-query';
import { DEFAULT_LIMIT, DEFAULT_QUERY } from './query';
import type { RunlaneQuery } from './query';
import { isNotReported, sayError, sayPlainly, toQueryError } from './say-error';
import { sayReports } from './say-reports';
import { prometheusUidOf, systemOf } from './settings';
import { SharedAnswers } from './shared-answers';
import { abortAfter } from './signals';
import type { RunlaneSettings } from './settings';
import { RunlaneVariables } from './variables';

/** What one target shows: its frames, or why it has none (or old ones). */
interface Shown {
  frames: DataFrame[];
  error?: DataQueryError;
  state: LoadingState;
}

/** A target with everything filled in. */
interface Prepared {
  query: RunlaneQuery;
  filter: TaskFilter;
  groupBy?: GroupBy;
  limit: number;
  sort?: RunSort;
  objective?: number;
}

type Capacity = Pick<FrameContext, 'slots' | 'busyWorkers'>;

/** More buckets than a panel has pixels serve nobody; stores refuse them. */
const MOST_BUCKETS = 2000;

/** Reads task runs from a source system, through Grafana's proxy and the system's connector. */
export class RunlaneDataSource extends DataSourceApi<RunlaneQuery, RunlaneSettings> {
  readonly settings: RunlaneSettings;
  private readonly proxy: string;
  private connected: Connector | undefined;
  private sharedFeed: ChangesFeed | undefined;
  private readonly answers = new SharedAnswers();

  constructor(
    instance: DataSourceInstanceSettings<RunlaneSettings>,
    private readonly backend: () => Pick<BackendSrv, 'fetch' | 'chunked'> = getBackendSrv,
    private readonly templates: () => TemplateSrv = getTemplateSrv,
    private readonly dataSources: () => DataSourceSrv = getDataSourceSrv
  ) {
    super(instance);
    this.settings = instance.jsonData ?? {};
    this.proxy = instance.url ?? '';
    this.variables = new RunlaneVariables(this);
    this.annotations = createAnnotationSupport();
  }

  /** The connector of the chosen source system. One per data source, so that its feed is shared by all panels. */
  connector(): Connector {
    if (this.connected === undefined) {
      const system = findSourceSystem(systemOf(this.settings));
      if (system === undefined) {
        throw new QueryError(
          `[runlane] The data source reads "${systemOf(this.settings)}", which this version of the plugin does not know. ` +
            'Choose another source system in the data source settings, or update the plugin.'
        );
      }
      this.connected = system.create(this.ports(), optionsFor(this.settings));
    }
    return this.connected;
  }

  private ports(): Ports {
    return portsFor(this.settings, {
      proxy: this.proxy,
      backend: this.backend(),
      dataSources: this.dataSources,
    });
  }

  override getDefaultQuery(): Partial<RunlaneQuery> {
    return DEFAULT_QUERY;
  }

  override filterQuery(query: RunlaneQuery): boolean {
    return query.hide !== true && (query.view as string | undefined) !== undefined;
  }

  override getQueryDisplayText(query: RunlaneQuery): string {
    const parts = (query.filter?.matches ?? []).map(
      (match) => `${match.field}${match.operator}${match.values.join(', ')}`
    );
    return [query.view, ...parts, query.filter?.text ?? ''].filter((part) => part !== '').join(' ');
  }

  override interpolateVariablesInQueries(
    queries: RunlaneQuery[],
    scopedVars: ScopedVars,
    filters?: AdHocVariableFilter[]
  ): RunlaneQuery[] {
    return queries.map((query) => ({
      ...query,
      datasource: this.getRef(),
      filter: interpolateFilter(query, this.templates(), scopedVars, filters),
      ...(query.groupBy === undefined ? {} : { groupBy: this.templates().replace(query.groupBy, scopedVars) }),
      ...(query.objective === undefined ? {} : { objective: this.templates().replace(query.objective, scopedVars) }),
    }));
  }

  override query(request: DataQueryRequest<RunlaneQuery>): Observable<DataQueryResponse> {
    const targets = request.targets.filter((target) => this.filterQuery(target));
    if (targets.length === 0) {
      return of({ data: [], key: request.requestId, state: LoadingState.Done });
    }
    const shown = targets.map((target) => this.queryTarget(target, request));
    return combineShown(shown).pipe(map((states) => toResponse(states, request.requestId)));
  }

  private queryTarget(target: RunlaneQuery, request: DataQueryRequest<RunlaneQuery>): Observable<Shown> {
    const fail = (error: unknown): Shown =>
      isNotReported(error)
        ? { frames: [unreportedFrame(target.refId, sayPlainly(error))], state: LoadingState.Done }
        : { frames: [], error: toQueryError(error, target.refId, this.settings), state: LoadingState.Error };
    let prepared: Prepared;
    let connector: Connector;
    try {
      prepared = this.prepare(target, request);
      connector = this.connector();
    } catch (error) {
      return of(fail(error));
    }
    const step = stepOf(request);
    const askRange = async (range: TimeRange, signal: AbortSignal): Promise<{ answer: Answer; capacity: Capacity }> => {
      const { query, filter, groupBy, limit, sort } = prepared;
      const healthSpec = this.healthSpec();
      const wanted = {
        query: {
          view: query.view,
          filter,
          limit,
          ...(groupBy === undefined ? {} : { groupBy }),
          ...(sort === undefined ? {} : { sort }),
          ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
        },
        range,
        step,
      };
      const [answer, capacity] = await Promise.all([
        this.answers.get(JSON.stringify(wanted), signal, (shared) => ask(connector, wanted, shared, healthSpec)),
        query.view === 'states' && query.frame === 'running' ? this.capacity(connector, filter, range, signal) : {},
      ]);
      return { answer, capacity };
    };
    const show = (answer: Answer, range: TimeRange, capacity: Capacity): DataFrame[] =>
      chosenFrames(toFrames(answer, this.frameContext(prepared, connector, range, capacity)), target.view, target);

    if (this.follows(target, request, connector)) {
      let capacity: Capacity = {};
      const followed = followQuery(this.feed(connector), {
        filter: prepared.filter,
        limit: prepared.limit,
        range: () => rangeNow(request),
        ask: async (range, signal) => {
          const asked = await askRange(range, signal);
          capacity = asked.capacity;
          return asked.answer;
        },
      });
      const shown = followed.pipe(
        map((live) =>
          'failure' in live
            ? fail(live.failure)
            : {
                frames: withTrouble(show(live.answer, live.range, capacity), live.trouble, this.settings),
                state: LoadingState.Streaming,
              }
        )
      );
      return catchShown(shown, fail);
    }
    const range = rangeOf(request);
    return catchShown(
      cancellable((signal) => askRange(range, signal)).pipe(
        map(({ answer, capacity }) => ({ frames: show(answer, range, capacity), state: LoadingState.Done }))
      ),
      fail
    );
  }

  private prepare(query: RunlaneQuery, request: DataQueryRequest<RunlaneQuery>): Prepared {
    const filter = interpolateFilter(query, this.templates(), request.scopedVars, request.filters);
    const groupBy =
      query.groupBy === undefined ? '' : this.templates().replace(query.groupBy, request.scopedVars).trim();
    if (groupBy !== '' && !isGroupBy(groupBy)) {
      throw new QueryError(
        `[runlane] Cannot group by "${groupBy}". Choose task, worker, host, queue, source, state or label:<name>.`
      );
    }
    const { sort } = query;
    if (sort !== undefined && !isRunSort(sort)) {
      throw new QueryError(`[runlane] Cannot sort by "${sort}". Choose one of ${RUN_ORDERS.join(', ')}.`);
    }
    const limit = query.limit !== undefined && query.limit >= 1 ? Math.floor(query.limit) : DEFAULT_LIMIT[query.view];
    const objective = this.objective(query, request.scopedVars);
    return {
      query,
      filter,
      limit,
      ...(sort === undefined ? {} : { sort }),
      ...(groupBy === '' || !isGroupBy(groupBy) ? {} : { groupBy }),
      ...(objective === undefined ? {} : { objective }),
    };
  }

  /** The share of ended runs that should complete: the query says it in percent, as people do. */
  private objective(query: RunlaneQuery, scopedVars: ScopedVars | undefined): number | undefined {
    const text = (query.objective === undefined ? '' : this.templates().replace(query.objective, scopedVars)).trim();
    if (text === '') {
      return undefined;
    }
    const percent = Number(text.replace(/\s*%$/, ''));
    if (!(percent > 0 && percent < 100)) {
      throw new QueryError(`[runlane] The objective is "${text}". Give a percentage between 0 and 100, such as 99.5.`);
    }
    return percent / 100;
  }

  /** Whether a query goes on after its first answer: wanted, possible, and the range ends now. */
  private follows(query: RunlaneQuery, request: DataQueryRequest<RunlaneQuery>, connector: Connector): boolean {
    const app = request.app;
    const onDashboard = app !== CoreApp.Explore && app !== CoreApp.CloudAlerting && app !== CoreApp.UnifiedAlerting;
    return (
      query.live !== false &&
      query.annotation === undefined &&
      // A page in another order than that of time has no place for what comes.
      query.sort === undefined &&
      query.cursor === undefined &&
      (onDashboard || request.liveStreaming === true) &&
      connector.changes !== undefined &&
      endsNow(request)
    );
  }

  /** The one feed of this data source on this page. */
  private feed(connector: Connector): ChangesFeed {
    if (this.sharedFeed === undefined) {
      const system = findSourceSystem(connector.id);
      const { lines, http } = this.ports();
      const poller = system?.create({ http }) ?? connector;
      const follow = (one: Connector) => (cursor: string | undefined, signal: AbortSignal) => {
        if (one.changes === undefined) {
          throw new QueryError(`[${one.id}] This source cannot tell changes.`);
        }
        return one.changes(cursor, signal);
      };
      this.sharedFeed = new ChangesFeed(
        { poll: follow(poller), ...(lines === undefined ? {} : { stream: follow(connector) }) },
        BROWSER_PAGE,
        (news) => {
          if (news.kind !== 'changes' || news.runs.length > 0) {
            this.answers.clear();
          }
        }
      );
    }
    return this.sharedFeed;
  }

  /** How many runs the workers can take, and how many of them work: said beside the number of running runs. */
  private async capacity(
    connector: Connector,
    filter: TaskFilter,
    range: TimeRange,
    signal: AbortSignal
  ): Promise<Capacity> {
    try {
      const workers = (await connector.workers?.(filter, range, signal)) ?? [];
      const alive = workers.filter((worker) => worker.alive !== false);
      const known = alive.flatMap((worker) => worker.slots ?? []);
      const running = alive.flatMap((worker) => worker.running ?? []);
      const isTold = workers.some((worker) => worker.running !== undefined);
      return {
        ...(isTold ? { busyWorkers: running.filter((count) => count > 0).length } : {}),
        ...(known.length === 0 ? {} : { slots: known.reduce((sum, count) => sum + count, 0) }),
      };
    } catch (error) {
      // The number itself is right without what is said beside it.
      if (error instanceof ConnectorError) {
        return {};
      }
      throw error;
    }
  }

  private frameContext(
    { query, objective }: Prepared,
    connector: Connector,
    range: TimeRange,
    capacity: Capacity
  ): FrameContext {
    return {
      refId: query.refId,
      range,
      now: Date.now(),
      shade: config.theme2.isDark ? 'dark' : 'light',
      words: frameWords(),
      source: findSourceSystem(connector.id)?.name ?? connector.id,
      reports: { ...connector.reports },
      links: frameLinks(this.settings, this.uid),
      ...(objective === undefined ? {} : { objective }),
      ...capacity,
    };
  }

  /**
   * The rules that scores are computed by here. Prometheus has none of the runs that this takes: its scores are recorded.
   *
   * @throws HealthSpecError when the settings hold one that cannot be used.
   */
  private healthSpec(): HealthSpec | undefined {
    const text = this.settings.healthSpec?.trim() ?? '';
    if (text === '' || systemOf(this.settings) === PROMETHEUS) {
      return undefined;
    }
    try {
      return decodeHealthSpec(JSON.parse(text));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new QueryError(
        `[runlane] The health rules in the data source settings cannot be used: ${why} Correct them there.`
      );
    }
  }

  private requireAddress(): void {
    if (this.settings.url || prometheusUidOf(this.settings) !== undefined) {
      return;
    }
    throw new QueryError(
      systemOf(this.settings) === PROMETHEUS
        ? t(
            'datasource.test.no-prometheus',
            'No Prometheus is chosen. Choose a Prometheus data source of this Grafana, or enter an address, and save again.'
          )
        : t(
            'datasource.test.no-address',
            'No address is set. Enter where Grafana reaches the store, for example http://localhost:7331, and save again.'
          )
    );
  }

  async testDatasource(): Promise<TestDataSourceResponse> {
    try {
      this.requireAddress();
      this.healthSpec();
      const connector = this.connector();
      const { product, version, summary } = await connector.check(abortAfter(30_000));
      const reports = sayReports(connector.reports);
      return {
        status: 'success',
        message: [
          t('datasource.test.connected', 'Connected to {{product}} {{version}}.', {
            product,
            version,
            interpolation: { escapeValue: false },
          }),
          summary === undefined ? '' : `${summary.replace(/\.$/, '')}.`,
          reports,
        ]
          .filter((part) => part !== '')
          .join(' '),
      };
    } catch (error) {
      return { status: 'error', message: sayError(error, this.settings) };
    }
  }

  /** Known values of a field (or, for `label`, names of labels), most frequent first. */
  async values(field: string, filter: TaskFilter, range: TimeRange, signal: AbortSignal): Promise<string[]> {
    const connector = this.connector();
    if (field === 'label') {
      const { runs } = await connector.runs({ filter, range, limit: 500 }, signal);
      return [...new Set(runs.flatMap((run) => Object.keys(run.labels ?? {})))].sort();
    }
    if (connector.values !== undefined) {
      return connector.values(field, filter, range, signal);
    }
    const { runs } = await connector.runs({ filter, range, limit: 5000 }, signal);
    return valuesOfRuns(runs, field);
  }

  override async getTagKeys(options?: DataSourceGetTagKeysOptions<RunlaneQuery>): Promise<MetricFindValue[]> {
    const range =
      options?.timeRange === undefined
        ? lastDay()
        : { from: options.timeRange.from.valueOf(), to: options.timeRange.to.valueOf() };
    const labels = await this.values('label', NO_FILTER, range, abortAfter(30_000)).catch(() => []);
    return [...FILTER_FIELDS, ...labels.map((label) => `label:${label}`)].map((text) => ({ text }));
  }

  override async getTagValues(options: DataSourceGetTagValuesOptions<RunlaneQuery>): Promise<MetricFindValue[]> {
    const { key, filters, timeRange } = options;
    const range = timeRange === undefined ? lastDay() : { from: timeRange.from.valueOf(), to: timeRange.to.valueOf() };
    const others = filters.filter((filter) => filter.key !== key);
    const filter = interpolateFilter({}, this.templates(), {}, others);
    const values = await this.values(key, filter, range, abortAfter(30_000));
    return values.map((text) => ({ text }));
  }

  /** A filter with variables filled in, for variables' own queries. */
  fillFilter(query: Pick<RunlaneQuery, 'filter'>, scopedVars: ScopedVars): TaskFilter {
    return interpolateFilter(query, this.templates(), scopedVars);
  }
}

function valuesOfRuns(runs: readonly object[], field: string): string[] {
  const counts = new Map<string, number>();
  for (const run of runs) {
    const record = run as Readonly<Record<string, unknown>>;
    const labels = record['labels'] as Readonly<Record<string, string>> | undefined;
    const name = field.startsWith('label:') ? field.slice('label:'.length) : undefined;
    const value =
      name === undefined
        ? record[field]
        : labels !== undefined && Object.hasOwn(labels, name)
          ? labels[name]
          : undefined;
    if (typeof value === 'string') {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
}

function lastDay(): TimeRange {
  const now = Date.now();
  return { from: now - 86_400_000, to: now };
}

function rangeOf({ range }: DataQueryRequest<RunlaneQuery>): TimeRange {
  return { from: range.from.valueOf(), to: Math.max(range.to.valueOf(), range.from.valueOf() + 1) };
}

function endsNow({ range }: DataQueryRequest<RunlaneQuery>): boolean {
  return typeof range.raw.to === 'string' && range.raw.to.trim() === 'now';
}

/** The range as of now: a relative one moves on while a query is followed. */
function rangeNow(request: DataQueryRequest<RunlaneQuery>): TimeRange {
  if (!endsNow(request)) {
    return rangeOf(request);
  }
  const { from: begin, to: end } = rangeUtil.convertRawToRange(request.range.raw, request.timezone);
  return wholeSeconds({ from: begin.valueOf(), to: end.valueOf() });
}

/** Panels that ask within the same second ask the same, and share the answer. */
function wholeSeconds({ from: begin, to: end }: TimeRange): TimeRange {
  return { from: Math.floor(begin / 1000) * 1000, to: Math.ceil((end + 1) / 1000) * 1000 };
}

/** Width of a bucket: Grafana's interval, which follows from the panel's width and the query options. */
function stepOf(request: DataQueryRequest<RunlaneQuery>): number {
  const { from: start, to } = rangeOf(request);
  return Math.max(1, Math.round(request.intervalMs || 0), Math.ceil((to - start) / MOST_BUCKETS));
}

/** A promise whose signal aborts when nobody waits for it any more. */
function cancellable<T>(start: (signal: AbortSignal) => Promise<T>): Observable<T> {
  return new Observable((observer) => {
    const life = new AbortController();
    const subscription = from(start(life.signal)).subscribe(observer);
    return () => {
      subscription.unsubscribe();
      life.abort(new Error('The query was cancelled.'));
    };
  });
}

/** A failure becomes a value, so that one target's failure leaves the others as they are. */
function catchShown(source: Observable<Shown>, fail: (error: unknown) => Shown): Observable<Shown> {
  return new Observable((observer) =>
    source.subscribe({
      next: (value) => observer.next(value),
      error: (error: unknown) => {
        observer.next(fail(error));
        observer.complete();
      },
      complete: () => observer.complete(),
    })
  );
}

/** The states of all targets whenever one changes; targets that have not answered yet are empty and loading. */
function combineShown(targets: ReadonlyArray<Observable<Shown>>): Observable<Shown[]> {
  const loading: Shown = { frames: [], state: LoadingState.Loading };
  return combineLatest(
    targets.map(
      (target) =>
        new Observable<Shown>((observer) => {
          let answered = false;
          const subscription = target.subscribe({
            next: (value) => {
              answered = true;
              observer.next(value);
            },
            error: (error: unknown) => observer.error(error),
            complete: () => observer.complete(),
          });
          if (!answered && targets.length > 1) {
            observer.next(loading);
          }
          return subscription;
        })
    )
  );
}

function toResponse(states: readonly Shown[], key: string): DataQueryResponse {
  const errors = states.flatMap((shown) => (shown.error === undefined ? [] : [shown.error]));
  const has = (state: LoadingState) => states.some((shown) => shown.state === state);
  return {
    key,
    data: states.flatMap((shown) => shown.frames),
    ...(errors.length === 0 ? {} : { errors }),
    state: has(LoadingState.Loading)
      ? LoadingState.Loading
      : has(LoadingState.Streaming)
        ? LoadingState.Streaming
        : errors.length > 0
          ? LoadingState.Error
          : LoadingState.Done,
  };
}

/** Frames with a notice that they may be out of date. */
function withTrouble(frames: DataFrame[], trouble: unknown, settings: RunlaneSettings): DataFrame[] {
  if (trouble === undefined) {
    return frames;
  }
  const text = t('datasource.notice.interrupted', 'Live updates are interrupted, trying again. {{why}}', {
    why: sayError(trouble, settings),
    interpolation: { escapeValue: false },
  });
  return frames.map((frame) => ({
    ...frame,
    meta: { ...frame.meta, notices: [...(frame.meta?.notices ?? []), { severity: 'error' as const, text }] },
  }));
}
