import React, { useRef } from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import type { LaneKey } from '../../../frames/group-keys';
import type { LaneSummary } from '../../../frames/lane-summary';
import type { EpochMs } from '../../../model/units';
import { endText, errorTitle, timesOfRun } from '../details/run-lines';
import { GLYPHS } from '../draw/glyphs';
import { healthColor } from '../draw/lane-labels';
import { MiddleCut } from '../draw/middle-cut';
import type { Palette } from '../draw/palette';
import type { LaneRun } from '../lanes/run-identity';
import type { Lanes } from '../lanes/use-lanes';
import { isStuck } from '../lanes/stuck-runs';
import { RUN_CLASSES, RUNNING } from '../run-class';
import { className, durationText, instantText, laneName } from '../words';
import { newestRuns } from './newest-runs';

/** Runs of a task that are shown. */
const MOST = 30;
const SQUARE = 16;
const BARS = 22;
const GAP = 3;

interface Props {
  lanes: Lanes;
  facts: ReadonlyMap<string, LaneSummary>;
  laneBy: LaneKey;
  visible: number;
  palette: Palette;
  timeZone: TimeZone;
  now: EpochMs;
  pinned: LaneRun | undefined;
  onPin: (run: LaneRun, x: number, y: number) => void;
}

/** The newest runs of each lane as squares side by side, whatever their length, which stands above as a bar. */
export function RunGrid({ lanes, facts, laneBy, visible, palette, timeZone, now, pinned, onPin }: Props) {
  const styles = useStyles2(getStyles);
  const grid = useRef<HTMLDivElement>(null);
  const { rows, order } = lanes;
  return (
    <div
      ref={grid}
      className={styles.grid}
      role="grid"
      aria-label={t('grid.label', 'The newest runs of each lane, the newest at the right')}
      onKeyDown={(event) => moveFocus(grid.current, event)}
    >
      {order.map((lane, at) => {
        const key = rows.names[lane]!;
        const name = laneName(key, laneBy);
        const { health, usualDurationHigh: usual } = facts.get(key) ?? {};
        const runs = rows.merged[lane] ? [] : newestRuns(rows, lane, MOST, visible);
        const lengths = runs.map((row) => timesOfRun(rows.columns, row, now).ranMs);
        const longest = Math.max(0, ...lengths.map((length) => length ?? 0));
        return (
          <div key={key} role="row" className={styles.row}>
            <div role="rowheader" className={styles.head} title={name}>
              <MiddleCut text={name} />
              <span className={styles.aside}>
                {longest > 0 && t('grid.longest', 'longest {{length}}', { length: durationText(longest) })}
                {health !== undefined && (
                  <span style={{ color: healthColor(palette, health) }}>
                    {t('lane.health-caption', 'health')} {Math.round(health)}
                  </span>
                )}
              </span>
            </div>
            {rows.merged[lane] === 1 && (
              <span role="gridcell" className={styles.aside}>
                {t('grid.merged', 'Too many runs to tell them apart: narrow the range')}
              </span>
            )}
            <div role="presentation" className={styles.runs}>
              {runs.map((row, column) => {
                const kind = rows.classes[row]!;
                const length = lengths[column];
                const { start, began, end } = timesOfRun(rows.columns, row, now);
                const stuck =
                  kind === RUNNING && end === undefined && start !== undefined && isStuck(now - start, usual);
                const said = [
                  name,
                  stuck ? t('legend.stuck', 'stuck') : className(RUN_CLASSES[kind]!),
                  instantText(start ?? began, timeZone),
                  length === undefined ? undefined : durationText(length),
                  endText(rows.columns, row),
                  errorTitle(rows.columns, row),
                ].filter(Boolean);
                return (
                  <span key={row} role="gridcell">
                    <button
                      type="button"
                      className={cx(styles.run, pinned?.row === row && styles.pinned)}
                      tabIndex={at === 0 && column === runs.length - 1 ? 0 : -1}
                      data-place={`${at} ${runs.length - 1 - column}`}
                      aria-label={said.join(', ')}
                      title={said.join('\n')}
                      onClick={({ clientX, clientY, currentTarget }) => {
                        const box = currentTarget.getBoundingClientRect();
                        onPin({ lane, row }, clientX || box.left, clientY || box.top);
                      }}
                    >
                      <svg width={SQUARE} height={BARS + SQUARE + 2} aria-hidden="true">
                        {length !== undefined && longest > 0 && (
                          <rect
                            x={4}
                            width={8}
                            y={BARS - Math.max(1, (length / longest) * BARS)}
                            height={Math.max(1, (length / longest) * BARS)}
                            fill={palette.faint}
                          />
                        )}
                        <Square kind={kind} stuck={stuck} palette={palette} />
                      </svg>
                    </button>
                  </span>
                );
              })}
            </div>
          </div>
        );
      })}
    </div>
  );
}

/** The state as a colour and, for all but the usual good end, as its mark. */
function Square({ kind, stuck, palette }: { kind: number; stuck: boolean; palette: Palette }) {
  const word = RUN_CLASSES[kind]!;
  const { d, fill } = GLYPHS[stuck ? 'stuck' : word];
  const color = palette.onFill[kind]!;
  return (
    <g transform={`translate(0 ${BARS + 2})`}>
      <rect
        x={0.5}
        y={0.5}
        width={SQUARE - 1}
        height={SQUARE - 1}
        rx={2}
        fill={palette.fill[kind]}
        stroke={stuck ? palette.warning : 'none'}
        strokeWidth={stuck ? 2 : 0}
      />
      {word !== 'completed' && (
        <path
          d={d}
          transform="translate(3 3) scale(0.625)"
          fill={fill ? color : 'none'}
          stroke={fill ? 'none' : color}
          strokeWidth={2.4}
        />
      )}
    </g>
  );
}

const STEPS: Readonly<Record<string, readonly [rows: number, back: number]>> = {
  ArrowLeft: [0, 1],
  ArrowRight: [0, -1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** Arrow keys go from run to run; lanes are aligned at their newest ones. */
function moveFocus(grid: HTMLElement | null, event: React.KeyboardEvent): void {
  const step = STEPS[event.key];
  const place = (event.target as HTMLElement).dataset['place'];
  if (!grid || !step || place === undefined) {
    return;
  }
  const [lane = 0, back = 0] = place.split(' ').map(Number);
  const find = (at: number, from: number): HTMLElement | null => grid.querySelector(`[data-place="${at} ${from}"]`);
  // Of a lane with fewer runs the oldest one is next.
  let next: HTMLElement | null = null;
  for (let from = back + step[1]; next === null && from >= 0; from--) {
    next = find(lane + step[0], from);
    if (step[0] === 0) {
      break;
    }
  }
  if (next) {
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  grid: css({ flex: 1, minHeight: 0, overflow: 'auto' }),
  row: css({
    display: 'flex',
    alignItems: 'flex-end',
    padding: '4px 8px',
    minWidth: 'max-content',
    borderBottom: `1px solid ${theme.colors.border.weak}`,
    contentVisibility: 'auto',
    containIntrinsicHeight: 50,
  }),
  // All lanes end at the same place: what stands below each other is the newest, the one before it and so on.
  runs: css({ flex: 'none', width: MOST * (SQUARE + GAP), display: 'flex', gap: GAP, justifyContent: 'flex-end' }),
  // The name stays where it is while squares are scrolled.
  head: css({
    flex: 'none',
    width: 220,
    position: 'sticky',
    left: 0,
    background: theme.colors.background.primary,
    paddingRight: 8,
    overflow: 'hidden',
  }),
  aside: css({
    display: 'flex',
    justifyContent: 'space-between',
    gap: 8,
    color: theme.colors.text.secondary,
    fontSize: theme.typography.size.xs,
    fontVariantNumeric: 'tabular-nums',
  }),
  run: css({
    display: 'block',
    padding: 0,
    border: 0,
    background: 'transparent',
    cursor: 'pointer',
    svg: { display: 'block' },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 1 },
  }),
  pinned: css({ outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 1 }),
});
