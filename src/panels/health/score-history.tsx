import React, { useId, useMemo, useState } from 'react';
import { css } from '@emotion/css';
import type { EventBus, GrafanaTheme2, TimeRange } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import { useStyles2, useTheme2 } from '@grafana/ui';
import type { ScoreLine } from '../../frames/health-columns';
import type { CssPixels, EpochMs } from '../../model/units';
import { historyPath, pointAt } from './history-path';
import { timeTicks } from './time-ticks';
import { useCrosshair } from './use-crosshair';
import { clockText } from './words';

interface Props {
  line: ScoreLine;
  /** Colour of a score. */
  colorOf: (score: number) => string;
  score?: number;
  width: CssPixels;
  height: CssPixels;
  hasTicks: boolean;
  timeRange: TimeRange;
  timeZone: TimeZone;
  eventBus: EventBus;
}

const TICKS_HEIGHT: CssPixels = 16;
const LABEL_WIDTH: CssPixels = 90;
const DAY_MS = 86_400_000;

/** The score over the dashboard's time range, with the crosshair that all panels share. Arrow keys move along its points. */
export function ScoreHistory(props: Props) {
  const { line, colorOf, width, height, hasTicks, timeRange, timeZone, eventBus } = props;
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const gradient = useId();
  const [own, setOwn] = useState<EpochMs | undefined>(undefined);
  const { heard, move, clear } = useCrosshair(eventBus);

  const from = timeRange.from.valueOf();
  const to = timeRange.to.valueOf();
  const plot = height - (hasTicks ? TICKS_HEIGHT : 0);
  const spansDays = to - from > DAY_MS;
  const { paths, x } = useMemo(() => {
    const toX = (at: EpochMs): CssPixels => ((at - from) / Math.max(1, to - from)) * width;
    // The first bucket may begin before the range: it is held at the edge instead of drawn outside.
    const inside = (at: EpochMs): CssPixels => Math.min(width, Math.max(0, toX(at)));
    const toY = (score: number): CssPixels => 2 + (1 - Math.min(100, Math.max(0, score)) / 100) * (plot - 4);
    return { paths: historyPath(line.times, line.values, inside, toY), x: toX };
  }, [line, from, to, width, plot]);

  const shown = own ?? heard;
  const index = shown === undefined ? -1 : pointAt(line.times, shown);
  const value = index === -1 ? NaN : (line.values[index] ?? NaN);
  const color = colorOf(props.score ?? lastOf(line) ?? 100);
  const valueText = Number.isNaN(value) ? t('history.unknown', 'not enough data') : String(Math.round(value));
  const label = t('history.label', 'History of the score');

  const hover = (clientX: number, box: DOMRect): void => {
    // The preview and Grafana may scale the page: the box tells what a pixel is.
    const at = from + ((clientX - box.left) / Math.max(1, box.width)) * (to - from);
    setOwn(at);
    move(at, line.frame, Math.max(0, pointAt(line.times, at)));
  };
  const leave = (): void => {
    setOwn(undefined);
    clear();
  };
  const step = (by: number): void => {
    const last = line.times.length - 1;
    // The first arrow shows the newest point; Home and End go to the ends from anywhere.
    const wanted = index === -1 && Number.isFinite(by) ? last : Math.max(0, index) + by;
    const next = Math.min(last, Math.max(0, wanted));
    const at = line.times[next];
    if (at !== undefined) {
      setOwn(at);
      move(at, line.frame, next);
    }
  };

  return (
    <div className={styles.history} style={{ width, height }}>
      <svg
        width={width}
        height={height}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, line.times.length - 1)}
        aria-valuenow={index === -1 ? Math.max(0, line.times.length - 1) : index}
        aria-valuetext={
          index === -1
            ? t('history.hint', 'Arrow keys move along the points')
            : `${clockText(line.times[index] ?? 0, timeZone, spansDays)}: ${valueText}`
        }
        className={styles.svg}
        onPointerMove={(event) => hover(event.clientX, event.currentTarget.getBoundingClientRect())}
        onPointerLeave={leave}
        onBlur={leave}
        onKeyDown={(event) => {
          const by = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
          if (by !== undefined) {
            event.preventDefault();
            step(by);
          } else if (event.key === 'Escape' && own !== undefined) {
            leave();
          }
        }}
      >
        <defs>
          <linearGradient id={gradient} x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stopColor={color} stopOpacity={0.35} />
            <stop offset="1" stopColor={color} stopOpacity={0.12} />
          </linearGradient>
        </defs>
        <line x1={0} x2={width} y1={plot - 0.5} y2={plot - 0.5} stroke={theme.colors.border.weak} />
        <path d={paths.area} fill={`url(#${gradient})`} />
        <path d={paths.line} fill="none" stroke={color} strokeWidth={1.5} strokeLinejoin="round" />
        {hasTicks &&
          timeTicks(from, to, width / LABEL_WIDTH).map((at) => (
            <text
              key={at}
              x={Math.min(width - LABEL_WIDTH / 3, Math.max(LABEL_WIDTH / 3, x(at)))}
              y={height - 3}
              textAnchor="middle"
              fontSize={11}
              fontFamily={theme.typography.fontFamily}
              fill={theme.colors.text.secondary}
            >
              {clockText(at, timeZone, spansDays)}
            </text>
          ))}
        {shown !== undefined && shown >= from && shown <= to && (
          <line
            data-testid="health-crosshair"
            x1={x(shown)}
            x2={x(shown)}
            y1={0}
            y2={plot}
            stroke={theme.colors.text.secondary}
            strokeDasharray="3 3"
          />
        )}
      </svg>
      {shown !== undefined && index !== -1 && shown >= from && shown <= to && (
        <div
          className={styles.value}
          style={x(shown) < width / 2 ? { left: x(shown) + 6 } : { right: width - x(shown) + 6 }}
        >
          {clockText(line.times[index] ?? 0, timeZone, spansDays)} · <b>{valueText}</b>
        </div>
      )}
    </div>
  );
}

function lastOf(line: ScoreLine): number | undefined {
  const last = line.values[line.values.length - 1];
  return last === undefined || Number.isNaN(last) ? undefined : last;
}

const getStyles = (theme: GrafanaTheme2) => ({
  history: css({ position: 'relative', flex: 'none' }),
  svg: css({
    display: 'block',
    touchAction: 'pan-y',
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: -2 },
  }),
  value: css({
    position: 'absolute',
    top: 0,
    padding: '0 6px',
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.elevated ?? theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.weak}`,
    fontSize: theme.typography.bodySmall.fontSize,
    whiteSpace: 'nowrap',
    pointerEvents: 'none',
  }),
});
