import React, { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { css } from '@emotion/css';
import { LoadingState, type PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { locationService } from '@grafana/runtime';
import { useTheme2 } from '@grafana/ui';
import { laneKeysOf, type LaneKey } from '../../../frames/group-keys';
import { hasMerged, readRuns, type Reading } from '../../../frames/run-columns';
import { readFamily, readOneRun } from '../../../frames/one-run';
import { toldFrames, unreportedText } from '../../../frames/unreported';
import type { EpochMs } from '../../../model/units';
import { useAlertDialog } from '../alert-rule/use-alert-dialog';
import { EmptyState } from '../details/empty-state';
import { FloatingCard } from '../details/floating-card';
import { RunDetails, type RunLink } from '../details/run-details';
import { allFacts, causeCounts, causeLine, errorTitle, shortId, textFact } from '../details/run-lines';
import { fieldLinks, templateLink } from '../details/run-links';
import { RunTable } from '../details/run-table';
import { holdsAllRuns } from '../details/source-questions';
import { SourceTable } from '../details/source-table';
import { useAskedRun } from '../details/use-asked-run';
import { useFoundRuns } from '../details/use-found-runs';
import { Legend } from '../draw/legend';
import { paletteOf } from '../draw/palette';
import { runColors } from '../draw/run-colors';
import type { LaneSort } from '../lanes/lane-order';
import { RunGrid } from '../grid/run-grid';
import { useChosenRun } from '../lanes/run-identity';
import { useLanes } from '../lanes/use-lanes';
import { DEFAULT_OPTIONS, laneKeyOf, type TimelineBody, type TimelineOptions } from '../options';
import { ALL_CLASSES } from '../run-class';
import { FamilyPanel } from '../run-page/family-panel';
import { RunPage } from '../run-page/run-page';
import { alertsText, laneName, PLAIN, runsText } from '../words';
import { missingText } from './missing-text';
import { NoMatch, NoRuns, showsAlerts } from './no-runs';
import { mergedText, runsOf, summaryText, warningText } from './summary-text';
import type { Pin } from '../details/pin';
import { TimelineView } from './timeline-view';
import { Toolbar, type Notice } from './toolbar';
import { useLiveClock } from './use-live-clock';

/** The timeline panel: reads the frames, says what is wrong with them, or draws them. */
export function TimelinePanel(props: PanelProps<TimelineOptions>) {
  const { data } = props;
  const options = { ...DEFAULT_OPTIONS, ...props.options };
  const { start, end, duration, state, name } = options.fields;
  const result = useMemo(
    () => readRuns(toldFrames(data.series), { start, end, duration, state, name }),
    [data.series, start, end, duration, state, name]
  );
  const run = useMemo(() => readOneRun(toldFrames(data.series)), [data.series]);
  const family = useMemo(() => readFamily(toldFrames(data.series)), [data.series]);
  const unreported = unreportedText(data.series);
  if (unreported !== undefined) {
    return (
      <Frame {...props}>
        <EmptyState title={t('empty.unreported', 'Not reported')} detail={unreported} />
      </Frame>
    );
  }
  if (family !== undefined) {
    return <FamilyPanel {...props} family={family} now={Date.now()} />;
  }
  if (run !== undefined) {
    return <RunPage {...props} options={options} run={run} now={Date.now()} />;
  }
  if (!result.ok) {
    const { title, detail } = missingText(result.missing, result.frame, result.has);
    return (
      <Frame {...props}>
        <EmptyState title={title} detail={detail} tone="error" />
      </Frame>
    );
  }
  return <Timeline {...props} options={options} reading={result.reading} />;
}

/** Below this width only what is needed keeps its words. */
const NARROW = 600;
/** From these widths on, the chips of the legend share the row of the controls; all have their words; and their key is there. */
const ONE_ROW = 1180;
const ONE_ROW_WITH_WORDS = 1360;
const ONE_ROW_WITH_KEY = 1640;

function Frame({ width, height, children }: { width: number; height: number; children: React.ReactNode }) {
  return (
    <div className={panelStyle} style={{ width, height }}>
      {children}
    </div>
  );
}

const panelStyle = css({ display: 'flex', flexDirection: 'column', gap: 6, overflow: 'hidden', position: 'relative' });

function Timeline(props: PanelProps<TimelineOptions> & { reading: Reading }) {
  const { data, options, width, height, timeRange, timeZone, onChangeTimeRange, replaceVariables } = props;
  const theme = useTheme2();
  const from = timeRange.from.valueOf();
  const to = timeRange.to.valueOf();

  const [laneChoice, setLaneChoice] = useState<LaneKey | undefined>(undefined);
  const [sort, setSort] = useState<LaneSort>(options.sort);
  const [search, setSearch] = useState('');
  const [visible, setVisible] = useState(ALL_CLASSES);
  const [onlyStuck, setOnlyStuck] = useState(false);
  const [paused, setPaused] = useState(false);
  const [body, setBody] = useState<TimelineBody>(options.show);
  useEffect(() => setBody(options.show), [options.show]);
  const table = body === 'table';
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setSort(options.sort), [options.sort]);
  const searchField = useRef<HTMLInputElement>(null);
  const found = useFoundRuns(props, props.reading, useDeferredValue(search));
  const { reading } = found;
  const { columns } = reading;

  const queriedBy = reading.meta?.groupBy as LaneKey | undefined;
  const laneKeys = useMemo(() => laneKeysOf(columns), [columns]);
  const optionKey = laneKeyOf(options.laneBy);
  const wanted = laneChoice ?? (optionKey === 'auto' ? undefined : optionKey);
  const merged = hasMerged(columns);
  const fixed = merged || options.laneVariable !== '';
  // Lanes as the data came keep what the source says about them: health, context, what is usual.
  const asQueried = fixed || wanted === undefined || wanted === queriedBy;
  const laneBy: LaneKey = asQueried ? (queriedBy ?? (wanted === undefined ? 'task' : wanted)) : wanted;
  const groupBy: LaneKey = asQueried && queriedBy !== undefined ? 'lane' : laneBy;
  const onLaneBy = (key: LaneKey): void => {
    if (options.laneVariable !== '') {
      locationService.partial({ [`var-${options.laneVariable}`]: key }, true);
    } else {
      setLaneChoice(key);
    }
  };

  const drawn = useMemo(() => (groupBy === 'lane' ? reading : { ...reading, lanes: new Map() }), [reading, groupBy]);
  const clock = useLiveClock(data, timeRange, paused);
  const shown = { visible, onlyStuck, asOf: clock.asOf };
  const lanes = useLanes(drawn, groupBy, found.text, sort, from, to, shown);
  const stateField = columns.parts[0]?.fields.state;
  const palette = useMemo(() => paletteOf(theme, stateField), [theme, stateField]);
  const colors = useMemo(
    () => runColors(theme, palette, lanes.rows, stateField, options.colorField),
    [theme, palette, lanes.rows, stateField, options.colorField]
  );
  const causeOf = useMemo(() => causeCounts(columns), [columns]);
  const [pinned, setPinned] = useChosenRun<Pin>(lanes.rows);
  const asked = useAskedRun(options.selectRun, replaceVariables, { rows: lanes.rows, visible, from, to });
  const onAsked = (pin: Pin): void => {
    setPinned(pin);
    asked.onShown();
  };
  const onPin = (pin: Pin | undefined): void => {
    setPinned(pin);
    asked.onLeft();
  };
  const alert = useAlertDialog(drawn, laneBy, from, to);

  const past = useRef<Array<{ from: string | EpochMs; to: string | EpochMs }>>([]);
  const onZoom = useCallback(
    (a: EpochMs, b: EpochMs) => {
      const { raw } = timeRange;
      past.current.push({
        from: typeof raw.from === 'string' ? raw.from : from,
        to: typeof raw.to === 'string' ? raw.to : to,
      });
      onChangeTimeRange({ from: Math.round(a), to: Math.round(b) });
    },
    [onChangeTimeRange, timeRange, from, to]
  );
  const onZoomOut = useCallback(() => {
    const back = past.current.pop();
    if (back && typeof back.from === 'string' && typeof back.to === 'string') {
      // A relative range comes back as it was: it follows now again.
      locationService.partial({ from: back.from, to: back.to });
    } else if (back) {
      onChangeTimeRange({ from: Number(back.from), to: Number(back.to) });
    } else {
      const half = (to - from) / 2;
      onChangeTimeRange({ from: Math.round(from - half), to: Math.round(to + half) });
    }
  }, [onChangeTimeRange, from, to]);
  const onToggleLane = useCallback((name: string) => {
    setCollapsed((before) => {
      const after = new Set(before);
      if (!after.delete(name)) {
        after.add(name);
      }
      return after;
    });
  }, []);
  const onExpandLane = useCallback((name: string) => setExpanded((before) => new Set(before).add(name)), []);
  const onSearchKey = useCallback(() => searchField.current?.focus(), []);

  const shownRuns = onlyStuck
    ? lanes.stuck
    : lanes.drawn.reduce((sum, count, at) => (visible & (1 << at) ? sum + count : sum), 0);
  const clearFilters = (): void => {
    setSearch('');
    setVisible(ALL_CLASSES);
    setOnlyStuck(false);
  };

  const failed = data.errors?.[0] ?? data.error;
  // Without an answer nothing is counted: none is not zero.
  const unknown = columns.length === 0 && (failed !== undefined || data.state === LoadingState.Loading);

  function notice(): Notice | undefined {
    if (found.notice !== undefined) {
      return { text: found.notice };
    }
    if (!asked.notice || failed || data.state === LoadingState.Loading) {
      return undefined;
    }
    if (asked.notice.why === 'hidden') {
      return {
        text: t('asked.hidden', 'The search or the states shown hide the run of the link'),
        action: { label: t('asked.show', 'Show it'), onClick: clearFilters },
      };
    }
    const run = { run: shortId(asked.notice.name), ...PLAIN };
    if (!merged) {
      return { text: t('asked.absent', 'Run {{run}} is not in this time range', run) };
    }
    const id = asked.notice.name.replace(/ #\d+$/, '');
    return {
      text: t('asked.merged', 'Runs are merged here: narrow the range to see run {{run}}', run),
      ...(found.queries && { action: { label: t('asked.search', 'Search it'), onClick: () => setSearch(id) } }),
    };
  }

  const alerts = showsAlerts(data.series);

  function bodyNode(): React.ReactNode {
    if (failed && columns.length === 0) {
      return (
        <EmptyState
          tone="error"
          title={t('empty.error', 'The source did not answer')}
          detail={failed.message ?? failed.data?.message ?? failed.statusText}
        />
      );
    }
    if (table && found.queries && !holdsAllRuns(reading)) {
      return (
        <SourceTable
          panel={props}
          queries={found.queries}
          text={search.trim()}
          laneBy={laneBy}
          visible={visible}
          palette={palette}
          now={clock.asOf}
        />
      );
    }
    if (found.isFound && columns.length === 0) {
      return <NoMatch hidden={runsOf(props.reading)} alerts={alerts} onClear={clearFilters} />;
    }
    const missing = [...drawn.lanes.values()].some((lane) => lane.missed.length > 0);
    if (columns.length === 0 && !missing) {
      if (data.state === LoadingState.Loading) {
        const title = alerts ? t('empty.loading-alerts', 'Loading alerts') : t('empty.loading', 'Loading runs');
        return <EmptyState title={title} />;
      }
      return (
        <NoRuns
          reading={drawn}
          alerts={alerts}
          timeZone={timeZone}
          now={clock.asOf}
          onShow={(at) => onZoom(at - 1_800_000, at + 1_800_000)}
        />
      );
    }
    if (shownRuns === 0 && (search !== '' || visible !== ALL_CLASSES || onlyStuck) && columns.length > 0) {
      return <NoMatch hidden={runsOf(reading)} alerts={alerts} onClear={clearFilters} />;
    }
    if (table) {
      return (
        <RunTable
          reading={drawn}
          rows={lanes.rows}
          laneBy={laneBy}
          visible={visible}
          palette={palette}
          timeZone={timeZone}
          now={clock.asOf}
          pinned={pinned}
          asked={asked.run}
          onAsked={onAsked}
          note={merged ? t('table.merged', 'The runs of merged lanes are not in this table') : undefined}
        />
      );
    }
    if (body === 'grid') {
      return (
        <RunGrid
          lanes={lanes}
          facts={drawn.lanes}
          laneBy={laneBy}
          visible={visible}
          palette={palette}
          timeZone={timeZone}
          now={clock.asOf}
          pinned={pinned}
          onPin={(run, x, y) => onPin({ ...run, x, y })}
        />
      );
    }
    return (
      <TimelineView
        reading={drawn}
        lanes={lanes}
        laneBy={laneBy}
        from={from}
        to={to}
        rawTo={typeof timeRange.raw.to === 'string' ? timeRange.raw.to : undefined}
        clock={clock}
        visible={visible}
        palette={palette}
        colors={colors}
        density={options.density}
        maxSubLanes={options.maxSubLanes}
        width={width}
        height={height - 64}
        barsText={alerts ? alertsText : runsText}
        timeZone={timeZone}
        eventBus={props.eventBus}
        collapsed={collapsed}
        onToggleLane={onToggleLane}
        expanded={expanded}
        onExpandLane={onExpandLane}
        onZoom={onZoom}
        onZoomOut={onZoomOut}
        pinned={pinned}
        onPin={onPin}
        asked={asked.run}
        onAsked={onAsked}
        onSearchKey={onSearchKey}
        onAlertLane={alert.onAlertLane}
      />
    );
  }

  function details(): React.ReactNode {
    // The details lie over everything: they make room for the dialog, and are there again when it is closed.
    if (!pinned || alert.dialog) {
      return null;
    }
    const { row, lane } = pinned;
    const lines = allFacts(
      columns,
      row,
      drawn.lanes.get(lanes.rows.names[lane]!),
      clock.live ? Date.now() : clock.asOf,
      timeZone
    );
    const cause = causeLine(causeOf(row), clock.asOf, timeZone);
    if (cause) {
      const error = lines.findIndex((line) => line.fact === 'error' || line.fact === 'errorType');
      lines.splice(error < 0 ? lines.length : error + 1, 0, cause);
    }
    const links: RunLink[] = [
      ...fieldLinks(columns, row),
      ...[
        templateLink(t('details.run-link', 'Task run'), options.runUrl, columns, row, replaceVariables),
        templateLink(t('details.trace-link', 'Trace'), options.traceUrl, columns, row, replaceVariables),
        templateLink(t('details.logs-link', 'Logs'), options.logsUrl, columns, row, replaceVariables),
      ].filter((link): link is RunLink => link !== undefined),
    ];
    const shared = errorTitle(columns, row) ?? textFact(columns, row, 'task');
    const close = (): void => onPin(undefined);
    return (
      <FloatingCard
        x={pinned.x}
        y={pinned.y}
        interactive
        label={t('details.label', 'Details of the run')}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            event.stopPropagation();
            close();
          }
        }}
      >
        <RunDetails
          kind={lanes.rows.classes[row]!}
          title={laneName(lanes.rows.names[lane]!, laneBy)}
          lines={lines}
          links={links}
          narrow={
            shared === undefined
              ? undefined
              : {
                  label: t('details.narrow', 'Show only these'),
                  onClick: () => {
                    setSearch(shared);
                    close();
                  },
                }
          }
          onAlert={alert.ofRun(row)}
          onClose={close}
          palette={palette}
        />
      </FloatingCard>
    );
  }

  const inOneRow = width >= ONE_ROW && options.showToolbar;
  const legend = options.showLegend && !unknown && (
    <Legend
      counts={lanes.counts}
      visible={visible}
      onVisible={setVisible}
      stuck={alerts ? 0 : lanes.stuck}
      onlyStuck={onlyStuck}
      onOnlyStuck={setOnlyStuck}
      palette={palette}
      colors={colors}
      lanes={lanes.order}
      showKey={(inOneRow ? width >= ONE_ROW_WITH_KEY : width >= 760) && !table}
      narrow={width < NARROW}
      tight={inOneRow && width < ONE_ROW_WITH_WORDS}
    />
  );
  return (
    <Frame width={width} height={height}>
      <Toolbar
        ref={searchField}
        summary={unknown ? '–' : summaryText(drawn, lanes, laneBy, alerts)}
        merged={mergedText(lanes)}
        warning={warningText(reading)}
        notice={notice()}
        laneKeys={laneKeys}
        laneBy={laneBy}
        onLaneBy={merged && options.laneVariable === '' ? undefined : onLaneBy}
        sort={sort}
        onSort={setSort}
        search={search}
        onSearch={setSearch}
        live={clock.live}
        stale={clock.stale}
        timeZone={timeZone}
        onLive={clock.reachesNow ? () => setPaused((before) => !before) : undefined}
        body={body}
        onBody={setBody}
        showControls={options.showToolbar}
        narrow={width < NARROW}
        legend={inOneRow ? legend : undefined}
      />
      {!inOneRow && legend}
      {bodyNode()}
      {details()}
      {alert.dialog}
    </Frame>
  );
}
