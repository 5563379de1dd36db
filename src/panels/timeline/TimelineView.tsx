import React, { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { css } from '@emotion/css';
import type { EventBus, GrafanaTheme2, TimeZone } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import type { LaneFacts, LaneKey, Reading } from '../../frames/run-columns';
import type { EpochMs } from '../../model/units';
import { createColumnBuffer } from './draw-columns';
import { AXIS_OVERHANG, drawAxis, drawTimeline, timeTicks } from './draw-timeline';
import { FloatingCard } from './FloatingCard';
import { extentOf, hitTest, summarise, type Hit } from './hit-test';
import { laneCount } from './lane-rows';
import { laneShapes } from './lane-shapes';
import { LaneLabels } from './LaneLabels';
import { layoutLanes, subLaneTop, type Density } from './layout';
import { visiblePixels, type Palette } from './palette';
import { FAILED, LOST, RUN_CLASSES, RUNNING } from './run-class';
import { briefFacts, causeCounts, causeLine, type FactLine } from './run-facts';
import { RunTooltip } from './RunTooltip';
import type { Scene } from './scene';
import { placeOfRow, stepLane, stepRun } from './step-run';
import { timeScale, zoomAt, type TimeScale } from './time-scale';
import { useCrosshair } from './use-crosshair';
import type { Lanes } from './use-lanes';
import type { LiveClock } from './use-live-clock';
import { useSize } from './use-size';
import { className, clockText, countText, durationText, instantText, laneName } from './words';

export const AXIS_HEIGHT = 24;
const RIGHT_PAD = 18;
/** Room after now for what is forecast, as a share of the range. */
const AFTER_NOW = 0.05;
const HOVER_DELAY_MS = 100;
const WHEEL_COMMIT_MS = 250;
const DRAG_FROM = 4;

export interface Focus {
  lane: number;
  row: number;
}

export interface Pin extends Focus {
  /** Where the details belong, in pixels of the window. */
  x: number;
  y: number;
}

interface Props {
  reading: Reading;
  lanes: Lanes;
  laneBy: LaneKey;
  from: EpochMs;
  to: EpochMs;
  rawTo: string | undefined;
  clock: LiveClock;
  visible: number;
  palette: Palette;
  density: Density;
  maxSubLanes: number;
  width: number;
  height: number;
  timeZone: TimeZone;
  eventBus: EventBus;
  collapsed: ReadonlySet<string>;
  onToggleLane: (name: string) => void;
  /** Lanes that show all their sub-lanes. */
  expanded: ReadonlySet<string>;
  onExpandLane: (name: string) => void;
  onZoom: (from: EpochMs, to: EpochMs) => void;
  onZoomOut: () => void;
  pinned: Pin | undefined;
  onPin: (pin: Pin | undefined) => void;
  onSearchKey: () => void;
}

interface Hover {
  hit: Hit;
  x: number;
  y: number;
}

/** The lanes: canvases, labels, and everything that pointer and keyboard do with them. */
export function TimelineView(props: Props) {
  const { reading, lanes, laneBy, clock, palette, density, timeZone, visible, pinned, onPin } = props;
  const { rows } = lanes;
  const styles = useStyles2(getStyles);
  const [sizeRef, size] = useSize({ width: props.width, height: Math.max(80, props.height) });
  const labelWidth = Math.round(Math.max(96, Math.min(220, size.width * 0.23)));
  const plotWidth = Math.max(40, size.width - labelWidth - RIGHT_PAD);
  const viewHeight = Math.max(20, size.height - AXIS_HEIGHT);
  const [scrollTop, setScrollTop] = useState(0);
  const [override, setOverride] = useState<{ from: EpochMs; to: EpochMs } | undefined>(undefined);
  const [hover, setHover] = useState<Hover | undefined>(undefined);
  const [focus, setFocus] = useState<Focus | undefined>(undefined);
  const [focused, setFocused] = useState(false);
  const [drag, setDrag] = useState<{ from: number; to: number } | undefined>(undefined);

  useEffect(() => setOverride(undefined), [props.from, props.to]);
  useEffect(() => {
    setFocus(undefined);
    setHover(undefined);
  }, [rows]);

  // The scale that layout and labels go by; while time slides, drawing moves it on without React.
  const padded = clock.reachesNow && props.rawTo === 'now' ? AFTER_NOW * (props.to - props.from) : 0;
  const base = useMemo(
    () => timeScale(override?.from ?? props.from, override?.to ?? props.to + padded, plotWidth),
    [override, props.from, props.to, padded, plotWidth]
  );
  const layout = useMemo(
    () =>
      layoutLanes(
        laneShapes(rows, lanes.order, lanes.packed, base, {
          density,
          collapsed: props.collapsed,
          expanded: props.expanded,
          most: props.maxSubLanes,
        }),
        density,
        viewHeight
      ),
    [rows, lanes.order, lanes.packed, base, density, props.collapsed, props.expanded, props.maxSubLanes, viewHeight]
  );
  const factsOf = useCallback(
    (lane: number): LaneFacts | undefined => reading.lanes.get(rows.names[lane]!),
    [reading, rows]
  );
  const pixels = useMemo(() => visiblePixels(palette, visible), [palette, visible]);
  const causeOf = useMemo(() => causeCounts(reading.columns), [reading.columns]);
  const top = Math.max(0, Math.min(scrollTop, layout.height - viewHeight));

  const canvas = useRef<HTMLCanvasElement>(null);
  const axis = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const crosshair = useRef<HTMLDivElement>(null);
  const buffer = useRef<ReturnType<typeof createColumnBuffer>>(undefined);
  const scene = useRef<Scene | undefined>(undefined);

  const words = useMemo(
    () => ({
      exit: (code: number) => t('bar.exit', 'exit {{code}}', { code }),
      oom: t('bar.oom', 'OOM'),
      missed: (at: EpochMs) => t('bar.missed', 'did not run: expected {{time}}', { time: clockText(at, timeZone) }),
      now: (at: EpochMs) => t('axis.now', 'now {{time}}', { time: clockText(at, timeZone) }),
    }),
    [timeZone]
  );

  const scaleAt = useCallback(
    (now: EpochMs): TimeScale => {
      if (!clock.live || override) {
        return base;
      }
      const moved = props.rawTo === 'now' ? now - props.to : now - clock.asOf;
      return moved > 0 ? timeScale(base.from + moved, base.to + moved, base.width) : base;
    },
    [base, clock, override, props.rawTo, props.to]
  );

  const draw = useCallback(() => {
    const ctx = canvas.current?.getContext('2d');
    const axisCtx = axis.current?.getContext('2d');
    buffer.current ??= createColumnBuffer();
    if (!ctx || !axisCtx || !buffer.current || !canvas.current || !axis.current) {
      return;
    }
    const dpr = window.devicePixelRatio || 1;
    const now = clock.live ? Date.now() : clock.asOf;
    const scale = scaleAt(now);
    resize(canvas.current, plotWidth, viewHeight, dpr);
    resize(axis.current, plotWidth + 2 * AXIS_OVERHANG, AXIS_HEIGHT, dpr);
    scene.current = {
      rows,
      pyramids: lanes.pyramids,
      packed: lanes.packed,
      facts: factsOf,
      strips: reading.strips,
      layout,
      scrollTop: top,
      viewHeight,
      scale,
      now: clock.reachesNow ? now : Math.min(now, scale.to),
      showNow: clock.reachesNow || (now >= scale.from && now <= scale.to),
      visible,
      palette,
      pixels,
      dpr,
      words,
    };
    const ticks = timeTicks(scale, timeZone);
    drawTimeline(ctx, scene.current, buffer.current, ticks);
    drawAxis(axisCtx, scene.current, ticks, AXIS_HEIGHT);
  }, [
    clock,
    scaleAt,
    plotWidth,
    viewHeight,
    rows,
    lanes,
    factsOf,
    reading.strips,
    layout,
    top,
    visible,
    palette,
    pixels,
    words,
    timeZone,
  ]);

  useLayoutEffect(draw, [draw]);
  const latestDraw = useRef(draw);
  latestDraw.current = draw;
  useEffect(() => {
    // Text in a canvas does not change by itself when the page's font has come.
    let alive = true;
    void document.fonts?.ready.then(() => (alive ? latestDraw.current() : undefined));
    return () => {
      alive = false;
    };
  }, []);
  useSlide(clock.live && !override, base.msPerPx, draw);

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
        const scale = scene.current?.scale;
        const x = at === undefined || !scale ? undefined : scale.x(at);
        showCrosshair(x === undefined || !scale || x < 0 || x > scale.width ? undefined : x);
      },
      [showCrosshair]
    )
  );

  const pointIn = (event: { clientX: number; clientY: number }): { x: number; y: number } => {
    const box = canvas.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  // Pointer: hover, drag to zoom, click to pin; two fingers pinch.
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const pinch = useRef<{ distance: number; scale: TimeScale; at: EpochMs } | undefined>(undefined);
  const press = useRef<{ x: number; y: number; touch: boolean; scale: TimeScale; moved: boolean } | undefined>(
    undefined
  );
  const hoverTimer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const commitTimer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(
    () => () => {
      clearTimeout(hoverTimer.current);
      clearTimeout(commitTimer.current);
    },
    []
  );

  const { onZoom } = props;
  const commitSoon = useCallback(
    (range: { from: EpochMs; to: EpochMs }) => {
      setOverride(range);
      clearTimeout(commitTimer.current);
      commitTimer.current = setTimeout(() => onZoom(range.from, range.to), WHEEL_COMMIT_MS);
    },
    [onZoom]
  );

  const onPointerDown = (event: React.PointerEvent<HTMLCanvasElement>): void => {
    const current = scene.current;
    if (!current || event.button !== 0) {
      return;
    }
    event.currentTarget.setPointerCapture?.(event.pointerId);
    const point = pointIn(event);
    pointers.current.set(event.pointerId, point);
    const [one, two] = [...pointers.current.values()];
    if (one && two) {
      const middle = (one.x + two.x) / 2;
      pinch.current = {
        distance: Math.max(8, Math.abs(one.x - two.x)),
        scale: current.scale,
        at: current.scale.time(middle),
      };
      press.current = undefined;
      setDrag(undefined);
      return;
    }
    press.current = { ...point, touch: event.pointerType === 'touch', scale: current.scale, moved: false };
  };

  const onPointerMove = (event: React.PointerEvent<HTMLCanvasElement>): void => {
    const current = scene.current;
    if (!current) {
      return;
    }
    const point = pointIn(event);
    if (pointers.current.has(event.pointerId)) {
      pointers.current.set(event.pointerId, point);
    }
    const [one, two] = [...pointers.current.values()];
    if (pinch.current && one && two) {
      const { distance, scale, at } = pinch.current;
      commitSoon(zoomAt(scale, at, distance / Math.max(8, Math.abs(one.x - two.x))));
      return;
    }
    const pressed = press.current;
    if (pressed) {
      pressed.moved ||= Math.abs(point.x - pressed.x) >= DRAG_FROM;
      if (pressed.moved && pressed.touch) {
        const by = (pressed.x - point.x) * pressed.scale.msPerPx;
        commitSoon({ from: pressed.scale.from + by, to: pressed.scale.to + by });
      } else if (pressed.moved) {
        setDrag({ from: clamp(pressed.x, plotWidth), to: clamp(point.x, plotWidth) });
      }
    }
    if (event.pointerType === 'touch') {
      return;
    }
    showCrosshair(point.x >= 0 && point.x <= plotWidth ? point.x : undefined);
    publish.move(current.scale.time(point.x));
    const next = { hit: hitTest(current, point.x, point.y), x: event.clientX, y: event.clientY };
    clearTimeout(hoverTimer.current);
    if (hover && speaks(next.hit)) {
      setHover(next);
    } else {
      setHover(undefined);
      hoverTimer.current = setTimeout(() => setHover(speaks(next.hit) ? next : undefined), HOVER_DELAY_MS);
    }
  };

  const leave = (): void => {
    clearTimeout(hoverTimer.current);
    setHover(undefined);
    showCrosshair(undefined);
    publish.clear();
  };

  const onPointerUp = (event: React.PointerEvent<HTMLCanvasElement>): void => {
    pointers.current.delete(event.pointerId);
    if (pinch.current) {
      pinch.current = pointers.current.size < 2 ? undefined : pinch.current;
      return;
    }
    const pressed = press.current;
    press.current = undefined;
    setDrag(undefined);
    const current = scene.current;
    if (!pressed || !current) {
      return;
    }
    const point = pointIn(event);
    if (pressed.moved) {
      if (!pressed.touch && Math.abs(point.x - pressed.x) >= DRAG_FROM) {
        const a = pressed.scale.time(clamp(Math.min(pressed.x, point.x), plotWidth));
        const b = pressed.scale.time(clamp(Math.max(pressed.x, point.x), plotWidth));
        onZoom(a, b);
      }
      return;
    }
    pinAt(hitTest(current, point.x, point.y), event.clientX, event.clientY);
  };

  const pinAt = (hit: Hit, x: number, y: number): void => {
    setHover(undefined);
    if (hit.kind === 'run') {
      setFocus({ lane: hit.lane, row: hit.row });
      onPin({ lane: hit.lane, row: hit.row, x, y });
      return;
    }
    if (hit.kind === 'column' && rows.columns.kind === 'runs') {
      const { worst } = summarise(scene.current!, hit.lane, hit.from, hit.to);
      if (worst !== undefined) {
        setFocus({ lane: hit.lane, row: worst });
        onPin({ lane: hit.lane, row: worst, x, y });
        return;
      }
    }
    onPin(undefined);
  };

  // A passive listener could not keep the page from zooming along.
  useEffect(() => {
    const element = scroller.current;
    const onWheel = (event: WheelEvent): void => {
      const current = scene.current;
      if (!current || !canvas.current) {
        return;
      }
      const box = canvas.current.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        commitSoon(
          zoomAt(
            current.scale,
            current.scale.time(clamp(event.clientX - box.left, plotWidth)),
            Math.exp(event.deltaY * 0.0025)
          )
        );
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        const by = (event.deltaX || event.deltaY) * current.scale.msPerPx;
        commitSoon({ from: current.scale.from + by, to: current.scale.to + by });
      }
    };
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, [commitSoon, plotWidth]);

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

  const moveFocus = (next: Focus | undefined): void => {
    if (!next) {
      return;
    }
    setFocus(next);
    scrollToLane(layout.shapes.findIndex((shape) => shape.lane === next.lane));
    const current = scene.current;
    if (!current) {
      return;
    }
    const { start, began } = rows.columns;
    const at = start[next.row] === start[next.row] ? start[next.row]! : began[next.row]!;
    if (at < current.scale.from || at > current.scale.to) {
      const span = current.scale.to - current.scale.from;
      commitSoon({ from: at - span / 2, to: at + span / 2 });
    }
    publish.move(at);
  };

  const onKeyDown = (event: React.KeyboardEvent): void => {
    const current = scene.current;
    if (!current || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const used = ((): boolean => {
      switch (event.key) {
        case 'ArrowRight':
        case 'ArrowLeft':
          moveFocus(stepRun(current, focus, event.key === 'ArrowRight' ? 1 : -1));
          return true;
        case 'ArrowDown':
        case 'ArrowUp':
          moveFocus(stepLane(current, focus, event.key === 'ArrowDown' ? 1 : -1));
          return true;
        case 'Home':
        case 'End':
          moveFocus(stepRun(current, focus, event.key === 'Home' ? -Infinity : Infinity));
          return true;
        case 'Enter':
          if (focus) {
            const box = canvas.current!.getBoundingClientRect();
            const outline = outlineOf(current, focus);
            onPin({ ...focus, x: box.left + (outline?.left ?? 0), y: box.top + (outline?.top ?? 0) });
          }
          return focus !== undefined;
        case ' ':
          if (focus) {
            props.onToggleLane(rows.names[focus.lane]!);
          }
          return focus !== undefined;
        case 'Escape':
          if (pinned) {
            onPin(undefined);
          } else {
            setFocus(undefined);
          }
          return pinned !== undefined || focus !== undefined;
        case '/':
          props.onSearchKey();
          return true;
        case '+':
        case '=':
        case '-': {
          const { scale } = current;
          const at = focus ? rows.columns.began[focus.row]! : scale.time(scale.width / 2);
          commitSoon(zoomAt(scale, at, event.key === '-' ? 1.5 : 1 / 1.5));
          return true;
        }
        default:
          return false;
      }
    })();
    if (used) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  const tip = hover && !pinned && !drag ? tooltipOf(hover.hit) : undefined;
  function tooltipOf(hit: Hit): React.ReactNode {
    const current = scene.current;
    if (!current || hit.kind === 'nothing' || hit.kind === 'empty') {
      return undefined;
    }
    const name = laneName(rows.names[hit.lane]!, laneBy);
    switch (hit.kind) {
      case 'run': {
        const lines = briefFacts(reading.columns, hit.row, factsOf(hit.lane), current.now, timeZone);
        const cause = causeLine(causeOf(hit.row), current.now, timeZone);
        if (cause) {
          lines.push(cause);
        }
        return <RunTooltip kind={rows.classes[hit.row]!} title={name} lines={lines} palette={palette} />;
      }
      case 'column': {
        const summary = summarise(current, hit.lane, hit.from, hit.to);
        if (summary.worst === undefined) {
          return undefined;
        }
        return (
          <RunTooltip
            kind={rows.classes[summary.worst]!}
            title={name}
            lines={summaryLines(summary, hit, timeZone)}
            palette={palette}
          />
        );
      }
      case 'missed':
        return (
          <RunTooltip
            kind={LOST}
            title={name}
            lines={[
              {
                label: t('missed.label', 'Did not run'),
                value: t('missed.expected', 'expected at {{time}}', { time: instantText(hit.time, timeZone) }),
              },
            ]}
            palette={palette}
          />
        );
    }
  }

  const outlined = [focused || pinned ? focus : undefined, hover?.hit.kind === 'run' ? hover.hit : undefined];
  const outlines = outlined.map((run) =>
    run && scene.current ? outlineOf({ ...scene.current, scrollTop: top, layout }, run) : undefined
  );
  const focusText = focus ? sayRun(focus) : '';
  function sayRun({ lane, row }: Focus): string {
    const now = scene.current?.now ?? clock.asOf;
    const lines = briefFacts(reading.columns, row, factsOf(lane), now, timeZone);
    const facts = lines.map((line) => `${line.label} ${line.value}`).join(', ');
    return `${laneName(rows.names[lane]!, laneBy)}, ${className(RUN_CLASSES[rows.classes[row]!]!)}. ${facts}`;
  }

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
              scrollTop={top}
              viewHeight={viewHeight}
              width={labelWidth}
              collapsed={props.collapsed}
              onToggle={props.onToggleLane}
              onExpand={props.onExpandLane}
              palette={palette}
              focusLane={focused ? focus?.lane : undefined}
            />
            <div
              className={styles.plot}
              style={{ left: labelWidth, width: plotWidth, height: viewHeight }}
              tabIndex={0}
              role="application"
              aria-roledescription={t('view.role', 'task timeline')}
              aria-label={t(
                'view.label',
                'Task timeline. Arrow keys move between runs and lanes, Enter shows details, space folds a lane, slash searches, plus and minus zoom, Escape leaves.'
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
                onPointerDown={onPointerDown}
                onPointerMove={onPointerMove}
                onPointerUp={onPointerUp}
                onPointerCancel={(event) => {
                  pointers.current.delete(event.pointerId);
                  pinch.current = undefined;
                  press.current = undefined;
                  setDrag(undefined);
                }}
                onPointerLeave={leave}
                onDoubleClick={props.onZoomOut}
              />
              <div ref={crosshair} className={styles.crosshair} />
              {drag && (
                <div
                  className={styles.drag}
                  style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
                />
              )}
              {outlines.map(
                (outline, at) =>
                  outline && <div key={at} className={at === 0 ? styles.focus : styles.hover} style={outline} />
              )}
            </div>
          </div>
        </div>
      </div>
      <div className={styles.spoken} aria-live="polite">
        {focused ? focusText : ''}
      </div>
      {tip !== undefined && hover && (
        <FloatingCard x={hover.x} y={hover.y}>
          {tip}
        </FloatingCard>
      )}
    </div>
  );
}

function clamp(x: number, width: number): number {
  return Math.max(0, Math.min(width, x));
}

function speaks(hit: Hit): boolean {
  return hit.kind === 'run' || hit.kind === 'column' || hit.kind === 'missed';
}

/** Whole device pixels, and only when they change: setting a canvas' size clears it. */
function resize(canvas: HTMLCanvasElement, width: number, height: number, dpr: number): void {
  const w = Math.round(width * dpr);
  const h = Math.round(height * dpr);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
}

/** Redraws whenever the picture has moved by half a pixel, at most once a frame, and never while nobody can see it. */
function useSlide(on: boolean, msPerPx: number, draw: () => void): void {
  useEffect(() => {
    if (!on) {
      return;
    }
    let frame = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = Math.max(16, Math.min(1000, msPerPx / 2));
    const next = (): void => {
      timer = setTimeout(() => {
        // A hidden page gets no frames, so the chain rests until it is seen again.
        frame = requestAnimationFrame(() => {
          draw();
          next();
        });
      }, wait);
    };
    next();
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  }, [on, msPerPx, draw]);
}

/** The box around a run, for focus and hover. */
function outlineOf(
  scene: Scene,
  { lane, row }: Focus
): (React.CSSProperties & { left: number; top: number }) | undefined {
  const at = scene.layout.shapes.findIndex((shape) => shape.lane === lane);
  const shape = scene.layout.shapes[at];
  if (!shape) {
    return undefined;
  }
  const { sizes } = scene.layout;
  const laneTop = scene.layout.top[at]! - scene.scrollTop;
  const place = placeOfRow(scene.rows, lane, row);
  if (place === undefined) {
    return undefined;
  }
  if (shape.subLanes === 0) {
    const { start, end, began } = scene.rows.columns;
    const from = scene.scale.x(start[row] === start[row] ? start[row]! : began[row]!);
    const to = scene.scale.x(end[row] === end[row] ? end[row]! : scene.now);
    const left = Math.max(-2, from - 2);
    return {
      left,
      top: laneTop + 3,
      width: Math.max(5, Math.min(scene.scale.width, to) - left + 2),
      height: sizes.collapsed - 6,
    };
  }
  const { from, to } = extentOf(scene, lane, place);
  const sub = Math.min(shape.subLanes - 1, scene.packed(lane).subLane[place - scene.rows.first[lane]!]!);
  const left = Math.max(-2, from - 2);
  return {
    left,
    top: laneTop + subLaneTop(sizes, sub) - 2,
    width: Math.max(5, Math.min(scene.scale.width, to) - left + 2),
    height: sizes.bar + 4,
  };
}

function summaryLines(
  summary: ReturnType<typeof summarise>,
  hit: { from: EpochMs; to: EpochMs },
  timeZone: TimeZone
): FactLine[] {
  const lines: FactLine[] = [
    {
      label: t('column.when', 'Around'),
      value: instantText((hit.from + hit.to) / 2, timeZone),
      aside: durationText(hit.to - hit.from),
    },
    { label: t('column.runs', 'Runs'), value: (summary.more ? '> ' : '') + countText(summary.runs) },
  ];
  for (const kind of [FAILED, LOST, RUNNING]) {
    if (summary.counts[kind]! > 0) {
      lines.push({ label: className(RUN_CLASSES[kind]!), value: countText(summary.counts[kind]!) });
    }
  }
  return lines;
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
  focus: css({
    position: 'absolute',
    border: `2px solid ${theme.colors.primary.border}`,
    borderRadius: 4,
    pointerEvents: 'none',
  }),
  hover: css({
    position: 'absolute',
    border: `1px solid ${theme.colors.text.primary}`,
    borderRadius: 4,
    pointerEvents: 'none',
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
