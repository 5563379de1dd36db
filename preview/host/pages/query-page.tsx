import React, { useCallback, useEffect, useMemo, useState } from 'react';
import { css } from '@emotion/css';
import {
  CoreApp,
  LoadingState,
  PluginContextProvider,
  getDefaultTimeRange,
  makeTimeRange,
  rangeUtil,
} from '@grafana/data';
import type {
  DataQuery,
  DataQueryRequest,
  DataSourceApi,
  GrafanaTheme2,
  PanelData,
  QueryEditorProps,
  TimeRange,
} from '@grafana/data';
import { config, getDataSourceSrv, locationService, PanelRenderer } from '@grafana/runtime';
import {
  Alert,
  Button,
  ErrorBoundaryAlert,
  LoadingPlaceholder,
  RadioButtonGroup,
  Select,
  TimeRangePicker,
  useStyles2,
} from '@grafana/ui';
import { useLocation } from 'react-router';
import { useMeasure } from 'react-use';
import { STAND_IN_DATA_SOURCES } from '../../stand-in-names';
import { runRequest } from '../run-request';

const EMPTY: PanelData = { state: LoadingState.NotStarted, series: [], timeRange: getDefaultTimeRange() };
const RESULT_HEIGHT = 420;

/** `/explore`: the plugin's query editor with its result, in place of Grafana's Explore. */
export function QueryPage() {
  const { search } = useLocation();
  const styles = useStyles2(getStyles);
  const sources = useMemo(
    () =>
      getDataSourceSrv().getList({
        filter: ({ meta, type }) => meta !== undefined && STAND_IN_DATA_SOURCES[type] === undefined,
      }),
    []
  );
  const params = new URLSearchParams(search);
  const uid = params.get('ds') ?? sources.find(({ isDefault }) => isDefault)?.uid ?? sources[0]?.uid ?? '';
  const [datasource, setDatasource] = useState<DataSourceApi>();
  const [failed, setFailed] = useState<string>();
  const [query, setQuery] = useState<DataQuery>({ refId: 'A' });
  const [range, setRange] = useState<TimeRange>(getDefaultTimeRange());
  const [data, setData] = useState<PanelData>(EMPTY);
  const [run, setRun] = useState(0);
  const [shape, setShape] = useState('table');
  const [frame, { width }] = useMeasure<HTMLDivElement>();

  useEffect(() => {
    setDatasource(undefined);
    setFailed(undefined);
    getDataSourceSrv()
      .get({ uid })
      .then(
        (found) => {
          setQuery({ refId: 'A', ...found.getDefaultQuery?.(CoreApp.Explore), datasource: found.getRef() });
          setDatasource(found);
          setRun((count) => count + 1);
        },
        (error: unknown) => setFailed(error instanceof Error ? error.message : String(error))
      );
  }, [uid]);

  useEffect(() => {
    if (datasource === undefined || run === 0) {
      return undefined;
    }
    const request = requestOf(query, range, width);
    const subscription = runRequest(datasource, request).subscribe(setData);
    return () => subscription.unsubscribe();
    // The query runs when it is asked to, not with every letter typed.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [datasource, run, range]);

  const onRunQuery = useCallback(() => setRun((count) => count + 1), []);
  const meta = sources.find((one) => one.uid === uid)?.meta;
  const Editor = (datasource?.components?.QueryEditor ?? undefined) as
    React.ComponentType<QueryEditorProps<DataSourceApi>> | undefined;
  const Help = datasource?.components?.QueryEditorHelp;
  const shapes = useMemo(
    () => [
      { value: 'table', label: 'Table' },
      { value: 'timeseries', label: 'Time series' },
      ...Object.values(config.panels)
        .filter(({ module }) => !module.startsWith('stand-in:'))
        .map(({ id, name }) => ({ value: id, label: name })),
    ],
    []
  );

  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <h1 className={styles.title}>Query</h1>
        <Select
          aria-label="Data source"
          width={30}
          value={uid}
          options={sources.map((one) => ({ value: one.uid, label: one.name }))}
          onChange={({ value }) => locationService.partial({ ds: value })}
        />
        <span className={styles.space} />
        <TimeRangePicker
          value={range}
          timeZone="browser"
          onChange={setRange}
          onChangeTimeZone={() => undefined}
          onMoveBackward={() => setRange(moved(range, -1))}
          onMoveForward={() => setRange(moved(range, 1))}
          onZoom={() => setRange(zoomedOut(range))}
          isOnCanvas
        />
        <Button icon="sync" onClick={onRunQuery} data-testid="run-query">
          Run query
        </Button>
      </header>
      {failed !== undefined && (
        <Alert severity="error" title="This data source cannot be queried">
          {failed}
        </Alert>
      )}
      {datasource === undefined && failed === undefined && <LoadingPlaceholder text="Loading query editor …" />}
      {datasource !== undefined && meta !== undefined && Editor !== undefined && (
        <section aria-label="Query editor" className={styles.section} data-testid="query-editor">
          <PluginContextProvider meta={meta}>
            <ErrorBoundaryAlert>
              <Editor
                datasource={datasource}
                query={query}
                onChange={setQuery}
                onRunQuery={onRunQuery}
                app={CoreApp.Explore}
                range={range}
                data={data}
                queries={[query]}
              />
            </ErrorBoundaryAlert>
          </PluginContextProvider>
        </section>
      )}
      {(data.errors ?? []).map(({ message, refId }) => (
        <Alert key={`${refId} ${message}`} severity="error" title={message ?? 'The query failed'} />
      ))}
      <section aria-label="Result" className={styles.section}>
        <div className={styles.header}>
          <RadioButtonGroup aria-label="Show as" size="sm" value={shape} options={shapes} onChange={setShape} />
          <span className={styles.note} data-testid="query-state">
            {data.state === LoadingState.Loading ? 'Loading …' : summary(data)}
          </span>
        </div>
        <div ref={frame} style={{ minHeight: RESULT_HEIGHT }}>
          {width > 0 && (
            <PanelRenderer
              key={shape}
              pluginId={shape}
              title=""
              data={data}
              width={width}
              height={RESULT_HEIGHT}
              timeZone="browser"
              onChangeTimeRange={({ from, to }) =>
                setRange(makeTimeRange(new Date(from).toISOString(), new Date(to).toISOString()))
              }
            />
          )}
        </div>
      </section>
      {Help !== undefined && datasource !== undefined && (
        <section aria-label="Help" className={styles.section}>
          <Help
            datasource={datasource}
            query={query}
            onClickExample={(example) => {
              setQuery({ ...example, refId: 'A' });
              onRunQuery();
            }}
          />
        </section>
      )}
    </div>
  );
}

function requestOf(query: DataQuery, range: TimeRange, width: number): DataQueryRequest {
  const maxDataPoints = Math.max(100, Math.round(width));
  const { interval, intervalMs } = rangeUtil.calculateInterval(range, maxDataPoints);
  return {
    app: CoreApp.Explore,
    requestId: 'query-page',
    timezone: 'browser',
    range,
    rangeRaw: range.raw,
    interval,
    intervalMs,
    maxDataPoints,
    targets: [query],
    scopedVars: {
      __interval: { text: interval, value: interval },
      __interval_ms: { text: String(intervalMs), value: intervalMs },
    },
    startTime: Date.now(),
    liveStreaming: false,
  };
}

function summary({ series }: PanelData): string {
  const rows = series.reduce((sum, { length }) => sum + length, 0);
  return `${series.length} ${series.length === 1 ? 'frame' : 'frames'}, ${rows} ${rows === 1 ? 'row' : 'rows'}`;
}

function absolute(from: number, to: number): TimeRange {
  return makeTimeRange(new Date(from).toISOString(), new Date(to).toISOString());
}

function moved({ from, to }: TimeRange, direction: 1 | -1): TimeRange {
  const half = ((to.valueOf() - from.valueOf()) / 2) * direction;
  return absolute(from.valueOf() + half, to.valueOf() + half);
}

function zoomedOut({ from, to }: TimeRange): TimeRange {
  const half = (to.valueOf() - from.valueOf()) / 2;
  return absolute(from.valueOf() - half, to.valueOf() + half);
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2), padding: theme.spacing(2) }),
  header: css({
    display: 'flex',
    alignItems: 'center',
    flexWrap: 'wrap',
    gap: theme.spacing(1),
    marginBottom: theme.spacing(1),
  }),
  title: css({ ...theme.typography.h4, margin: 0 }),
  space: css({ flexGrow: 1 }),
  section: css({
    padding: theme.spacing(2),
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
  }),
  note: css({ color: theme.colors.text.secondary }),
});
