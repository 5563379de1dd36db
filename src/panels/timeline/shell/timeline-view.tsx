import React, { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { css } from '@emotion/css';
import type { EventBus, GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import type { LaneKey } from '../../../frames/group-keys';
import type { EpochMs } from '../../../model/units';
import { FloatingCard } from '../details/floating-card';
import { HitTip, stretchLines } from '../details/hit-tip';
import { briefFacts, causeCounts } from '../details/run-lines';
import { AXIS_OVERHANG } from '../draw/draw-timeline';
import { lanesBetween } from '../draw/layout';
import { hitTest, summarise, type Hit } from '../draw/hit-test';
import { LaneLabels } from '../draw/lane-labels';
import { runOutline } from '../draw/run-outline';
import type { Scene } from '../draw/scene';
import { laneCount } from '../lanes/lane-rows';
import { useChosenRun, type LaneRun } from '../lanes/run-identity';
import type { Pin } from '../details/pin';
import { RUN_CLASSES } from '../run-class';
import { className, laneName } from '../words';
import { keyHandler } from './key-handler';
import { useCrosshair } from './use-crosshair';
import { useGestures } from './use-gestures';
import { useRangeOverride } from './use-range-override';
import { AXIS_HEIGHT, useScene, type SceneOptions } from './use-scene';
import { useSize } from './use-size';

const RIGHT_PAD = 18;
const HOVER_DELAY_MS = 100;
const LEAST_SEEN = 12;

interface Props extends SceneOptions {
  laneBy: LaneKey;
  width: number;
  height: number;
  /** How many bars a lane has, in words. */
  barsText: (count: number) => string;
  eventBus: EventBus;
  onToggleLane: (name: string) => void;
  onExpandLane: (name: string) => void;
  onZoom: (from: EpochMs, to: EpochMs) => void;
  onZoomOut: () => void;
  pinned: Pin | undefined;
  onPin: (pin: Pin | undefined) => void;
  /** A run to be chosen as if it had been clicked, and told where it is. */
  asked: LaneRun | undefined;
  onAsked: (pin: Pin) => void;
  onSearchKey: () => void;
  /** "Create alert rule" for a lane, where lanes are something that can be alerted on. */
  onAlertLane: ((name: string) => void) | undefined;
}

interface Hover {
  hit: SpeakingHit;
  x: number;
  y: number;
}

type SpeakingHit = Exclude<Hit, { kind: 'empty' | 'nothing' }>;

/** The lanes: canvases, labels, and everything that pointer and keyboard do with them. */
export function TimelineView(props: Props) {
  const { reading, lanes, laneBy, clock, palette, colors, timeZone, pinned, onPin } = props;
  const { rows } = lanes;
  const { began, end } = rows.columns;
  const styles = useStyles2(getStyles);
  const [sizeRef, size] = useSize({ width: props.width, height: Math.max(80, props.height) });
  const labelWidth = Math.round(Math.max(96, Math.min(220, size.width * 0.23)));
  const plotWidth = Math.max(40, size.width - labelWidth - RIGHT_PAD);
  const viewHeight = Math.max(20, size.height - AXIS_HEIGHT);
  const [scrollTop, setScrollTop] = useState(0);
  const { override, show: showRange } = useRangeOverride(props.from, props.to, props.onZoom);
  const [hover, setHover] = useState<Hover | undefined>(undefined);
  const [focus, setFocus] = useChosenRun<LaneRun>(rows, pinned);
  const [focused, setFocused] = useState(false);
  // Rows of other data have other numbers: what is under the pointer is looked up again when it moves.
  useEffect(() => setHover(undefined), [rows]);

  const { scene, scaleNow, canvas, axis, layout, factsOf, top } = useScene({
    ...props,
    plotWidth,
    viewHeight,
    scrollTop,
    override,
    focused: focused || pinned ? focus : undefined,
    hovered: hover?.hit.kind === 'run' ? hover.hit : undefined,
  });
  // A lane of which only the edge is seen is not seen.
  const below = layout.shapes.length - lanesBetween(layout, top, top + viewHeight - LEAST_SEEN).last;
  const causeOf = useMemo(() => causeCounts(reading.columns), [reading.columns]);

  const scroller = useRef<HTMLDivElement>(null);
  const crosshair = useRef<HTMLDivElement>(null);
  const showCrosshair = useCallback((x: number | undefined) => {
    const line = crosshair.current;
    if (line) {
      line.style.display = x === undefined ? 'none' : 'block';
      line.style.transform = `translateX(${Math.round(x ?? 0)}px)`;
    }
  }, []);
  const publish = useCrosshair(
    props.eventBus,
    useCallback(
      (at) => {
        const scale = scaleNow();
        const x = at === undefined || !scale ? undefined : scale.x(at);
        showCrosshair(x === undefined || !scale || x < 0 || x > scale.width ? undefined : x);
      },
      [scaleNow, showCrosshair]
    )
  );

  const hoverTimer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(hoverTimer.current), []);
  const { drag, handlers } = useGestures({
    scale: scaleNow,
    canvas,
    scroller,
    onZoom: props.onZoom,
    onRange: showRange,
    onPress: ({ x, y }, event) => {
      if (scene.current) {
        pinAt(scene.current, hitTest(scene.current, x, y), event.clientX, event.clientY);
      }
    },
    onHover: (point, event) => {
      clearTimeout(hoverTimer.current);
      const current = scene.current;
      if (!point || !current) {
        setHover(undefined);
        showCrosshair(undefined);
        publish.clear();
        return;
      }
      showCrosshair(point.x >= 0 && point.x <= plotWidth ? point.x : undefined);
      publish.move(current.scale.time(point.x));
      const hit = hitTest(current, point.x, point.y);
      const next = speaks(current, hit) ? { hit, x: event.clientX, y: event.clientY } : undefined;
      // The first tooltip waits; once one is there, the next follows at once.
      if (hover && next) {
        setHover(next);
      } else {
        setHover(undefined);
        hoverTimer.current = setTimeout(() => setHover(next), HOVER_DELAY_MS);
      }
    },
  });

  const pinAt = (current: Scene, hit: Hit, x: number, y: number): void => {
    setHover(undefined);
    let run: LaneRun | undefined = hit.kind === 'run' ? { lane: hit.lane, row: hit.row } : undefined;
    if (hit.kind === 'column') {
      const { worst } = summarise(current, hit.lane, hit.from, hit.to);
      if (worst !== undefined && rows.merged[hit.lane]) {
        zoomInto(current, hit);
        return;
      }
      run = worst === undefined ? undefined : { lane: hit.lane, row: worst };
    }
    setFocus(run);
    onPin(run && { ...run, x, y });
  };

  /** Of merged runs nothing more is known than how many there are: nearer, they are seen one by one. */
  const zoomInto = ({ scale }: Scene, part: { from: EpochMs; to: EpochMs }): void => {
    const margin = (scale.to - scale.from) / 20;
    props.onZoom(part.from - margin, part.to + margin);
  };

  const scrollToLane = (at: number): void => {
    const element = scroller.current;
    if (!element) {
      return;
    }
    const laneTop = layout.top[at]!;
    const laneEnd = layout.top[at + 1]!;
    if (laneTop < element.scrollTop) {
      element.scrollTop = laneTop;
    } else if (laneEnd > element.scrollTop + viewHeight) {
      element.scrollTop = laneEnd - viewHeight;
    }
  };

  /** The details beside a run, wherever the lanes are scrolled to by now. */
  const pinOf = (current: Scene, run: LaneRun): Pin => {
    const box = canvas.current?.getBoundingClientRect();
    const outline = runOutline(current, run.lane, run.row);
    const scrolled = current.scrollTop - (scroller.current?.scrollTop ?? current.scrollTop);
    return {
      ...run,
      x: (box?.left ?? 0) + (outline?.left ?? 0),
      y: (box?.top ?? 0) + (outline?.top ?? 0) + scrolled,
    };
  };

  const { asked, collapsed, onToggleLane, onAsked } = props;
  useLayoutEffect(() => {
    const at = asked ? layout.shapes.findIndex((shape) => shape.lane === asked.lane) : -1;
    if (!asked || !scene.current || at < 0) {
      return;
    }
    const name = rows.names[asked.lane]!;
    if (collapsed.has(name)) {
      onToggleLane(name);
      return;
    }
    setFocus(asked);
    scrollToLane(at);
    onAsked(pinOf(scene.current, asked));
    // Once for each run asked for, and again when its lane is unfolded.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [asked, collapsed]);

  const moveFocus = (next: LaneRun): void => {
    setFocus(next);
    scrollToLane(layout.shapes.findIndex((shape) => shape.lane === next.lane));
    const current = scene.current;
    if (!current) {
      return;
    }
    const { start } = rows.columns;
    const at = start[next.row] === start[next.row] ? start[next.row]! : began[next.row]!;
    if (at < current.scale.from || at > current.scale.to) {
      const span = current.scale.to - current.scale.from;
      showRange({ from: at - span / 2, to: at + span / 2 });
    }
    publish.move(at);
  };

  const onKeyDown = keyHandler({
    scene: () => scene.current,
    focus,
    onFocus: moveFocus,
    onRange: showRange,
    onEnter: (current, run) => {
      if (rows.merged[run.lane]) {
        zoomInto(current, summarise(current, run.lane, began[run.row]!, end[run.row]!));
      } else {
        onPin(pinOf(current, run));
      }
    },
    onFold: (run) => props.onToggleLane(rows.names[run.lane]!),
    onAlert: props.onAlertLane && ((run) => props.onAlertLane?.(rows.names[run.lane]!)),
    onEscape: () => {
      if (pinned) {
        onPin(undefined);
      } else {
        setFocus(undefined);
      }
      return pinned !== undefined || focus !== undefined;
    },
    onSearch: props.onSearchKey,
  });

  const sayRun = ({ lane, row }: LaneRun): string => {
    const lines =
      rows.merged[lane] && scene.current
        ? stretchLines(summarise(scene.current, lane, began[row]!, end[row]!), timeZone)
        : briefFacts(reading.columns, row, factsOf(lane), scene.current?.now ?? clock.asOf, timeZone);
    const said = lines.map((line) => `${line.label} ${line.value}`).join(', ');
    return `${laneName(rows.names[lane] ?? '', laneBy)}, ${className(RUN_CLASSES[rows.classes[row]!]!)}. ${said}`;
  };

  return (
    <div className={styles.view} ref={sizeRef}>
      <canvas
        ref={axis}
        className={styles.axis}
        style={{ left: labelWidth - AXIS_OVERHANG, width: plotWidth + 2 * AXIS_OVERHANG, height: AXIS_HEIGHT }}
        aria-hidden="true"
      />
      <div
        ref={scroller}
        className={styles.scroller}
        style={{ height: viewHeight }}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      >
        <div style={{ height: Math.max(layout.height, viewHeight) }}>
          <div className={styles.sticky} style={{ height: viewHeight }}>
            <LaneLabels
              layout={layout}
              names={rows.names}
              laneBy={laneBy}
              facts={factsOf}
              runs={(lane) => laneCount(rows, lane)}
              merged={(lane) => rows.merged[lane] === 1}
              barsText={props.barsText}
              scrollTop={top}
              viewHeight={viewHeight}
              width={labelWidth}
              collapsed={props.collapsed}
              onToggle={props.onToggleLane}
              onExpand={props.onExpandLane}
              palette={palette}
              colors={colors}
              focusLane={focused ? focus?.lane : undefined}
              onAlert={props.onAlertLane}
              tabLane={focus?.lane}
            />
            <div
              className={styles.plot}
              style={{ left: labelWidth, width: plotWidth, height: viewHeight }}
              tabIndex={0}
              role="application"
              aria-roledescription={t('view.role', 'task timeline')}
              aria-label={t(
                'view.label',
                'Task timeline. Arrow keys move between runs and lanes, Enter shows details, space folds a lane, A creates an alert rule for it, slash searches, plus and minus zoom, Escape leaves.'
              )}
              onKeyDown={onKeyDown}
              onFocus={() => setFocused(true)}
              onBlur={() => setFocused(false)}
            >
              <canvas
                ref={canvas}
                className={styles.canvas}
                style={{
                  width: plotWidth,
                  height: viewHeight,
                  cursor: hover?.hit.kind === 'run' ? 'pointer' : 'crosshair',
                }}
                {...handlers}
                onDoubleClick={props.onZoomOut}
              />
              <div ref={crosshair} className={styles.crosshair} />
              {drag && (
                <div
                  className={styles.drag}
                  style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
                />
              )}
            </div>
          </div>
        </div>
      </div>
      {below > 0 && (
        <button
          type="button"
          className={styles.below}
          style={{ maxWidth: labelWidth }}
          onClick={() => scroller.current?.scrollBy({ top: viewHeight * 0.9 })}
        >
          {t('view.more-lanes', '{{count}} more lanes', {
            count: below,
            defaultValue_one: '{{count}} more lane',
            defaultValue_other: '{{count}} more lanes',
          })}{' '}
          ↓
        </button>
      )}
      <div className={styles.spoken} aria-live="polite">
        {focused && focus ? sayRun(focus) : ''}
      </div>
      {hover && !pinned && !drag && scene.current && (
        <FloatingCard x={hover.x} y={hover.y}>
          <HitTip
            scene={scene.current}
            hit={hover.hit}
            laneBy={laneBy}
            timeZone={timeZone}
            palette={palette}
            causeOf={causeOf}
          />
        </FloatingCard>
      )}
    </div>
  );
}

/** Whether there is anything to say: of a strip, where runs lie under the pointer. */
function speaks(scene: Scene, hit: Hit): hit is SpeakingHit {
  return hit.kind === 'column'
    ? summarise(scene, hit.lane, hit.from, hit.to).worst !== undefined
    : hit.kind === 'run' || hit.kind === 'missed';
}

const getStyles = (theme: GrafanaTheme2) => ({
  view: css({ position: 'relative', flex: 1, minHeight: 0, minWidth: 0, overflow: 'hidden' }),
  axis: css({ position: 'absolute', top: 0, pointerEvents: 'none' }),
  scroller: css({
    position: 'absolute',
    left: 0,
    right: 0,
    top: AXIS_HEIGHT,
    overflowX: 'hidden',
    overflowY: 'auto',
    scrollbarWidth: 'thin',
  }),
  sticky: css({ position: 'sticky', top: 0, overflow: 'hidden' }),
  plot: css({
    position: 'absolute',
    top: 0,
    overflow: 'hidden',
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: -2 },
  }),
  canvas: css({ display: 'block', touchAction: 'pan-y' }),
  crosshair: css({
    display: 'none',
    position: 'absolute',
    left: 0,
    top: 0,
    bottom: 0,
    width: 0,
    borderLeft: `1px dashed ${theme.colors.text.secondary}`,
    pointerEvents: 'none',
  }),
  drag: css({
    position: 'absolute',
    top: 0,
    bottom: 0,
    background: theme.colors.primary.transparent,
    borderLeft: `1px solid ${theme.colors.primary.border}`,
    borderRight: `1px solid ${theme.colors.primary.border}`,
    pointerEvents: 'none',
  }),
  below: css({
    position: 'absolute',
    // Beside the axis, where it lies over no name.
    left: 0,
    top: 0,
    height: AXIS_HEIGHT - 4,
    padding: '0 6px',
    border: 0,
    background: 'transparent',
    color: theme.colors.text.link,
    fontSize: theme.typography.bodySmall.fontSize,
    cursor: 'pointer',
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}` },
  }),
  spoken: css({
    position: 'absolute',
    width: 1,
    height: 1,
    overflow: 'hidden',
    clipPath: 'inset(50%)',
    whiteSpace: 'nowrap',
  }),
});
