import { useCallback, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import type { LaneSummary } from '../../../frames/lane-summary';
import type { Reading } from '../../../frames/run-columns';
import type { CssPixels, EpochMs } from '../../../model/units';
import { createColumnBuffer } from '../draw/draw-columns';
import { AXIS_OVERHANG, drawAxis, drawTimeline } from '../draw/draw-timeline';
import { laneShapes } from '../draw/lane-shapes';
import { layoutLanes, type Density } from '../draw/layout';
import { visiblePixels, type Palette } from '../draw/palette';
import type { RunColors } from '../draw/run-colors';
import type { Scene } from '../draw/scene';
import { timeScale, type TimeScale } from '../time-scale';
import { timeTicks } from '../draw/time-ticks';
import type { LaneRun } from '../lanes/run-identity';
import type { Lanes } from '../lanes/use-lanes';
import { clockText } from '../words';
import type { LiveClock } from './use-live-clock';
import type { Range } from './use-range-override';
import { useSlide } from './use-slide';

export const AXIS_HEIGHT: CssPixels = 24;
/** Room after now for what is forecast, as a share of the range. */
const AFTER_NOW = 0.05;

/** What the picture shows, as the panel decides it. */
export interface SceneOptions {
  reading: Reading;
  lanes: Lanes;
  from: EpochMs;
  to: EpochMs;
  /** The range's end as it was typed, where it is relative. */
  rawTo: string | undefined;
  clock: LiveClock;
  /** A bit per class that is shown. */
  visible: number;
  palette: Palette;
  colors: RunColors;
  density: Density;
  maxSubLanes: number;
  collapsed: ReadonlySet<string>;
  /** Lanes that show all their sub-lanes. */
  expanded: ReadonlySet<string>;
  timeZone: TimeZone;
}

/** Where the view stands, and what it points at. */
interface ViewState {
  plotWidth: CssPixels;
  viewHeight: CssPixels;
  scrollTop: CssPixels;
  /** A range on the way, while a hand moves. */
  override: Range | undefined;
  focused: LaneRun | undefined;
  hovered: LaneRun | undefined;
}

/**
 * Lays the lanes out and draws them on two canvases, again whenever something changes or time slides. `scene` is what was
 * drawn last, which pointer and keyboard go by; `top` is `scrollTop` kept within what there is to scroll.
 */
export function useScene(options: SceneOptions & ViewState) {
  const { reading, lanes, from, to, rawTo, clock, visible, palette, colors, density, maxSubLanes } = options;
  const { collapsed, expanded, timeZone, plotWidth, viewHeight, scrollTop, override, focused, hovered } = options;
  const { rows } = lanes;

  // The scale that layout and labels go by; while time slides, drawing moves it on without React.
  const padded = clock.reachesNow && rawTo === 'now' ? AFTER_NOW * (to - from) : 0;
  const base = useMemo(
    () => timeScale(override?.from ?? from, override?.to ?? to + padded, plotWidth),
    [override, from, to, padded, plotWidth]
  );
  const layout = useMemo(
    () =>
      layoutLanes(
        laneShapes(rows, lanes.order, lanes.packed, base, {
          density,
          collapsed,
          expanded,
          most: maxSubLanes,
        }),
        density,
        viewHeight
      ),
    [rows, lanes.order, lanes.packed, base, density, collapsed, expanded, maxSubLanes, viewHeight]
  );
  const factsOf = useCallback(
    (lane: number): LaneSummary | undefined => reading.lanes.get(rows.names[lane]!),
    [reading, rows]
  );
  const pixels = useMemo(() => visiblePixels(palette, visible), [palette, visible]);
  const top = Math.max(0, Math.min(scrollTop, layout.height - viewHeight));

  const canvas = useRef<HTMLCanvasElement>(null);
  const axis = useRef<HTMLCanvasElement>(null);
  const scene = useRef<Scene | undefined>(undefined);
  const buffer = useRef<ReturnType<typeof createColumnBuffer>>(undefined);

  const words = useMemo(
    () => ({
      exit: (code: number) => t('bar.exit', 'exit {{code}}', { code }),
      oom: t('bar.oom', 'OOM'),
      missed: (at: EpochMs) => t('bar.missed', 'did not run: expected {{time}}', { time: clockText(at, timeZone) }),
      now: (at: EpochMs, seconds: boolean) => t('axis.now', 'now {{time}}', { time: clockText(at, timeZone, seconds) }),
      asOf: (at: EpochMs) => t('axis.as-of', 'as of {{time}}', { time: clockText(at, timeZone, true) }),
    }),
    [timeZone]
  );

  const scaleAt = useCallback(
    (now: EpochMs): TimeScale => {
      if (!clock.live || override) {
        return base;
      }
      const moved = rawTo === 'now' ? now - to : now - clock.asOf;
      return moved > 0 ? timeScale(base.from + moved, base.to + moved, base.width) : base;
    },
    [base, clock, override, rawTo, to]
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
      silent: clock.stale !== undefined,
      visible,
      palette,
      colors,
      pixels,
      dpr,
      words,
      focused,
      hovered,
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
    colors,
    pixels,
    words,
    timeZone,
    focused,
    hovered,
  ]);

  useLayoutEffect(draw, [draw]);
  const latestDraw = useRef(draw);
  latestDraw.current = draw;
  useEffect(() => {
    // Text in a canvas does not change by itself when the page's font has come.
    let alive = true;
    if (document.fonts?.status === 'loading') {
      void document.fonts.ready.then(() => (alive ? latestDraw.current() : undefined));
    }
    return () => {
      alive = false;
    };
  }, []);
  useSlide(clock.live && !override, base.msPerPx, draw);
  const scaleNow = useCallback(() => scene.current?.scale, []);
  return { scene, scaleNow, canvas, axis, layout, factsOf, top };
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
