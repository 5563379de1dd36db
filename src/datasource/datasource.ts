import { CoreApp, DataSourceApi, LoadingState } from '@grafana/data';
import type {
  AdHocVariableFilter,
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
import { from, map, of, switchMap } from 'rxjs';
import type { Observable } from 'rxjs';
import { findSourceSystem } from '../connectors/index';
import type { Connector } from '../connectors/connector';
import type { CollectedSources, SourceStatus } from '../model/source-status';
import type { FrameContext } from '../frames/frame-context';
import { chosenFrames, toFrames } from '../frames/to-frames';
import { staleFrames } from '../frames/staleness';
import { insteadFrames } from '../frames/unreported';
import { FILTER_FIELDS, NO_FILTER } from '../model/task-query';
import type { TaskFilter, TimeRange } from '../model/task-query';
import { decodeHealthSpec } from '../health/decode-spec';
import type { HealthSpec } from '../health/spec';
import type { EpochMs } from '../model/units';
import { createAnnotationSupport } from './annotations';
import { BROWSER_PAGE, ChangesFeed } from './changes-feed';
import { connect } from './connect';
import type { Access } from './connect';
import { frameLinks } from './frame-links';
import { frameWords } from './frame-words';
import { interpolateFilter, QueryError } from './interpolate';
import { KnownValues } from './known-values';
import { followQuery } from './live-query';
import type { LiveState } from './live-query';
import { narrowedToSystems } from './of-systems';
import { DEFAULT_QUERY } from './query';
import { askOnce, Questions } from './questions';
import type { Beside, Wanted } from './questions';
import type { RunlaneQuery } from './query';
import { isNotReported, sayError, sayPlainly, toQueryError } from './say-error';
import { sayReports } from './say-reports';
import { saySilence } from './say-silence';
import { systemOf } from './settings';
import { abortAfter } from './signals';
import type { RunlaneSettings } from './settings';
import { RunlaneVariables } from './variables';
import { valuesOf } from './field-values';
import { prepareQuery } from './prepare-query';
import type { Prepared } from './prepare-query';
import { demandBegun, endsNow, lastDay, rangeNow, rangeOf, stepOf } from './request-range';
import { catchShown, combineShown, toResponse } from './shown';
import type { Shown } from './shown';

/** Reads task runs from a source system, through Grafana's proxy and the system's connector. */
export class RunlaneDataSource extends DataSourceApi<RunlaneQuery, RunlaneSettings> {
  readonly settings: RunlaneSettings;
  private readonly proxy: string;
  private connected: Connector | undefined;
  private sharedFeed: ChangesFeed | undefined;
  private readonly questions = new Questions();
  private readonly statuses = new KnownValues<SourceStatus[]>();
  private readonly seen = new KnownValues();

  constructor(
    instance: DataSourceInstanceSettings<RunlaneSettings>,
    private readonly backend: () => Pick<BackendSrv, 'fetch'> = getBackendSrv,
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
      this.connected = connect(this.settings, this.access());
    }
    return this.connected;
  }

  private access(): Access {
    return { proxy: this.proxy, backend: this.backend(), dataSources: this.dataSources };
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
      ...(query.limits === undefined ? {} : { limits: this.templates().replace(query.limits, scopedVars) }),
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
    const fail = (error: unknown): Shown => {
      const kind = isNotReported(error) ? 'not reported' : 'failed';
      const failure = toQueryError(error, target.refId, this.settings);
      const why = isNotReported(error) ? sayPlainly(error) : (failure.message ?? '');
      const context = { refId: target.refId, range: rangeOf(request), words: frameWords() };
      // Marks on a picture have no place for words.
      const frames = target.annotation === undefined ? insteadFrames(target.view, target, { kind, why }, context) : [];
      return kind === 'failed'
        ? { frames, error: failure, state: LoadingState.Error }
        : { frames, state: LoadingState.Done };
    };
    let prepared: Prepared;
    let connector: Connector;
    try {
      prepared = prepareQuery(target, request, this.templates());
      connector = this.connector();
      demandBegun(rangeOf(request), connector.id);
    } catch (error) {
      return of(fail(error));
    }
    const { systems } = target;
    const shown =
      systems === undefined
        ? this.show(prepared, request, connector, fail)
        : from(this.ofSystems(prepared.filter, systems, connector, request.range)).pipe(
            switchMap((filter) => this.show({ ...prepared, filter }, request, connector, fail))
          );
    return catchShown(shown, fail);
  }

  /** The states of one target, whose filter is final. */
  private show(
    prepared: Prepared,
    request: DataQueryRequest<RunlaneQuery>,
    connector: Connector,
    fail: (error: unknown) => Shown
  ): Observable<Shown> {
    const { query: target } = prepared;
    const question = this.questions.of(connector, this.wanted(prepared, request));
    const follows = this.follows(target, request, connector);
    const states = follows
      ? followQuery(this.feed(connector), {
          ...question,
          filter: prepared.filter,
          limit: prepared.limit,
          range: () => rangeNow(request),
        })
      : askOnce(question, rangeOf(request));
    const shownOf = (live: Exclude<LiveState, { failure: unknown }>): Shown => {
      const { answer, range, silence } = live;
      const context = this.frameContext(prepared, connector, range, question.beside(), silence?.asOf);
      const frames = chosenFrames(toFrames(answer, context), target.view, target);
      if (silence === undefined) {
        return { frames, state: follows ? LoadingState.Streaming : LoadingState.Done };
      }
      const why = silence.why === undefined ? undefined : sayError(silence.why, this.settings);
      const stale = { asOf: silence.asOf, ...(why === undefined ? {} : { why }) };
      return {
        frames: staleFrames(frames, stale, saySilence(stale, request.timezone)),
        // Never streaming, which Grafana marks with a green light.
        state: silence.failed ? LoadingState.Done : LoadingState.Loading,
        ...(silence.failed ? { error: toQueryError(silence.why, target.refId, this.settings) } : {}),
      };
    };
    return states.pipe(map((live) => ('failure' in live ? fail(live.failure) : shownOf(live))));
  }

  private ofSystems(
    filter: TaskFilter,
    systems: readonly string[],
    connector: Connector,
    range: DataQueryRequest['range']
  ): Promise<TaskFilter> {
    const signal = abortAfter(30_000);
    const { from: begin, to: end } = range.raw;
    const asked = { from: range.from.valueOf(), to: range.to.valueOf() };
    // Without them, sources are still known by their names; what keeps the store from answering, its answers will tell.
    const statuses = () =>
      this.statuses
        .get('', signal, async (shared) => (await connector.sources?.(shared))?.sources ?? [])
        .catch(() => undefined);
    const seen = () =>
      this.seen
        .get(JSON.stringify([String(begin), String(end)]), signal, (shared) =>
          this.values('source', NO_FILTER, asked, shared)
        )
        .catch(() => undefined);
    return narrowedToSystems(filter, systems, connector, { statuses, seen }, signal);
  }

  private wanted(
    { query, filter, groupBy, limit, sort, limits }: Prepared,
    request: DataQueryRequest<RunlaneQuery>
  ): Wanted {
    const healthSpec = this.healthSpec();
    const { from: begin, to: end } = request.range.raw;
    return {
      query: {
        view: query.view,
        filter,
        limit,
        ...(groupBy === undefined ? {} : { groupBy }),
        ...(sort === undefined ? {} : { sort }),
        ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
      },
      step: stepOf(request),
      chosen: {
        from: typeof begin === 'string' ? begin : begin.valueOf(),
        to: typeof end === 'string' ? end : end.valueOf(),
        timeZone: request.timezone,
      },
      withCapacity: query.view === 'states' && query.frame === 'running',
      ...(limits === undefined ? {} : { limits }),
      ...(healthSpec === undefined ? {} : { healthSpec }),
    };
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
      const follow = (held: boolean) => (cursor: string | undefined, signal: AbortSignal) => {
        if (connector.changes === undefined) {
          throw new QueryError(`[${connector.id}] This source cannot tell changes.`);
        }
        return connector.changes(cursor, signal, held);
      };
      this.sharedFeed = new ChangesFeed({ poll: follow(false), held: follow(true) }, BROWSER_PAGE, (news) => {
        if (news.kind === 'trouble') {
          this.questions.outdate();
        } else if (news.kind === 'gap' || news.runs.length > 0) {
          this.questions.clear();
        }
      });
    }
    return this.sharedFeed;
  }

  private frameContext(
    { query, objective }: Prepared,
    connector: Connector,
    range: TimeRange,
    beside: Beside,
    now: EpochMs = Date.now()
  ): FrameContext {
    return {
      refId: query.refId,
      range,
      now,
      shade: config.theme2.isDark ? 'dark' : 'light',
      words: frameWords(),
      source: findSourceSystem(connector.id)?.name ?? connector.id,
      reports: { ...connector.reports },
      links: frameLinks(this.settings, this.uid),
      ...(objective === undefined ? {} : { objective }),
      ...beside,
    };
  }

  /**
   * The rules that scores are computed by here. A source that has none of the
   * runs that this takes tells scores as it recorded them.
   *
   * @throws HealthSpecError when the settings hold one that cannot be used.
   */
  private healthSpec(): HealthSpec | undefined {
    const text = this.settings.healthSpec?.trim() ?? '';
    if (text === '' || systemOf(this.settings)?.scores === 'recorded') {
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

  async testDatasource(): Promise<TestDataSourceResponse> {
    try {
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

  /** How the systems fare that the source itself reads; the app's start page shows it. None where it reads none. */
  async sources(): Promise<CollectedSources> {
    return (await this.connector().sources?.(abortAfter(30_000))) ?? { sources: [], discoveries: [] };
  }

  /** Known values of a field (or, for `label`, names of labels), most frequent first. */
  values(field: string, filter: TaskFilter, range: TimeRange, signal: AbortSignal): Promise<string[]> {
    return valuesOf(this.questions.shared(this.connector()), field, filter, range, signal);
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

  /** The same, narrowed to the query's systems; `undefined` where nothing is known of any such. */
  async narrowFilter(
    query: Pick<RunlaneQuery, 'filter' | 'systems'>,
    scopedVars: ScopedVars,
    range: DataQueryRequest['range']
  ): Promise<TaskFilter | undefined> {
    const filter = this.fillFilter(query, scopedVars);
    try {
      return query.systems === undefined
        ? filter
        : await this.ofSystems(filter, query.systems, this.connector(), range);
    } catch (error) {
      if (isNotReported(error)) {
        return undefined;
      }
      throw error;
    }
  }
}
