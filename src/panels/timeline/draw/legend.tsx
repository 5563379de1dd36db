import React, { useRef } from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import { ALL_CLASSES, LEGEND_ORDER, RUN_CLASSES, TROUBLE_CLASSES, type RunClass } from '../run-class';
import { className, countText } from '../words';
import { Glyph } from './glyph';
import type { Palette } from './palette';
import { TINTED, type RunColors } from './run-colors';

interface Props {
  counts: readonly number[];
  /** Lanes in the order in which they are shown. */
  lanes: readonly number[];
  visible: number;
  onVisible: (visible: number) => void;
  /** Runs that seem stuck, and whether only they are shown. */
  stuck: number;
  onlyStuck: boolean;
  onOnlyStuck: (only: boolean) => void;
  palette: Palette;
  colors: RunColors;
  showKey: boolean;
  /** Little width: chips show mark and count, their names go into labels. */
  narrow: boolean;
  /** A little more: only trouble has its name. */
  tight: boolean;
}

/** One chip per state with its count: a click toggles, a double click isolates, as Grafana's legends do. */
export function Legend(props: Props) {
  const { counts, visible, onVisible, palette, colors, lanes, showKey, narrow, stuck, onlyStuck } = props;
  const styles = useStyles2(getStyles);
  // The first click of a double click has toggled already, so isolating goes by what was visible before it.
  const before = useRef(visible);
  const shown = LEGEND_ORDER.filter(
    (kind) => (kind !== 'unknown' && kind !== 'retried') || counts[RUN_CLASSES.indexOf(kind)]! > 0
  );
  const toggle = (kind: RunClass): void => {
    before.current = visible;
    onVisible(visible ^ bit(kind));
  };
  const isolate = (kind: RunClass): void => {
    const alone = before.current === bit(kind);
    onVisible(alone ? ALL_CLASSES : bit(kind));
  };
  // Where lanes or values decide, no one colour stands for these states: their marks are grey.
  const tinted = colors.by !== 'state';
  return (
    <div className={styles.row}>
      <div className={styles.chips} role="group" aria-label={t('legend.label', 'Show or hide states')}>
        {shown.map((kind) => {
          const isShort = narrow || (props.tight && (TROUBLE_CLASSES & bit(kind)) === 0);
          const on = (visible & bit(kind)) !== 0;
          const count = counts[RUN_CLASSES.indexOf(kind)]!;
          return (
            <button
              key={kind}
              type="button"
              className={cx(styles.chip, !on && styles.off)}
              aria-pressed={on}
              aria-label={isShort ? `${className(kind)} ${countText(count)}` : undefined}
              title={`${className(kind)}: ${t('legend.hint', 'Click to show or hide, double click to show only these')}`}
              onClick={(event) => (event.detail < 2 ? toggle(kind) : undefined)}
              onDoubleClick={() => isolate(kind)}
            >
              <Glyph
                kind={kind}
                color={tinted && TINTED & bit(kind) ? palette.faint : markColor(palette, kind)}
                size={12}
              />
              {!isShort && <span>{className(kind)}</span>} <b>{countText(count)}</b>
            </button>
          );
        })}
        {(stuck > 0 || onlyStuck) && (
          <button
            type="button"
            className={cx(styles.chip, styles.stuck)}
            aria-pressed={onlyStuck}
            aria-label={narrow ? `${t('legend.stuck', 'stuck')} ${countText(stuck)}` : undefined}
            title={t('legend.stuck-hint', 'Running for more than three times what is usual. Click to show only these')}
            onClick={() => props.onOnlyStuck(!onlyStuck)}
          >
            <Glyph kind="stuck" color={palette.warning} size={12} />
            {!narrow && <span>{t('legend.stuck', 'stuck')}</span>} <b>{countText(stuck)}</b>
          </button>
        )}
      </div>
      {showKey && (
        <div className={styles.key} aria-hidden="true">
          <span>{t('key.wait', 'wait')}</span>
          <svg width="26" height="12">
            <path d="M1 6H26M1 2v8" stroke={palette.wait} strokeWidth="2" />
          </svg>
          <span>{t('key.run', 'run')}</span>
          <RunSwatch colors={colors} lanes={lanes} palette={palette} />
          <span>{t('key.retry', 'retry')}</span>
          <Glyph kind="retry" color={palette.retry} size={13} />
        </div>
      )}
    </div>
  );
}

/** A bar as runs without trouble are coloured: by state, by the first lanes, or by value with the least and the largest. */
function RunSwatch({ colors, lanes, palette }: { colors: RunColors; lanes: readonly number[]; palette: Palette }) {
  if (colors.by === 'value') {
    const { title, steps } = colors.key;
    return (
      <>
        <span>{title}</span>
        {steps.map(({ color, text }, at) => (
          <React.Fragment key={at}>
            {text !== '' && (!colors.key.continuous || at === 0) && <span>{text}</span>}
            <svg width="14" height="12" style={{ marginLeft: colors.key.continuous && at > 0 ? -6 : 0 }}>
              <rect width="14" height="10" y="1" fill={color} />
            </svg>
            {text !== '' && colors.key.continuous && at === steps.length - 1 && <span>{text}</span>}
          </React.Fragment>
        ))}
      </>
    );
  }
  const fills = colors.by === 'lane' ? lanes.slice(0, 3).map((lane) => colors.ofLane(lane).fill) : [palette.fill[0]!];
  const width = 26 / Math.max(1, fills.length);
  return (
    <svg width="26" height="12">
      {fills.map((fill, at) => (
        <rect key={at} x={at * width} width={width} height="10" y="1" rx={fills.length > 1 ? 0 : 2} fill={fill} />
      ))}
    </svg>
  );
}

function bit(kind: RunClass): number {
  return 1 << RUN_CLASSES.indexOf(kind);
}

/** Of a state's mark beside its word. */
export function markColor(palette: Palette, kind: RunClass): string {
  return palette.mark[RUN_CLASSES.indexOf(kind)]!;
}

const getStyles = (theme: GrafanaTheme2) => ({
  row: css({ display: 'flex', justifyContent: 'space-between', alignItems: 'center', gap: 16, minWidth: 0 }),
  chips: css({ display: 'flex', flexWrap: 'wrap', gap: '4px 8px', minWidth: 0 }),
  chip: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: 6,
    height: 22,
    padding: '0 9px',
    borderRadius: 11,
    border: `1px solid ${theme.colors.border.weak}`,
    background: 'transparent',
    color: theme.colors.text.primary,
    fontSize: theme.typography.bodySmall.fontSize,
    lineHeight: '20px',
    whiteSpace: 'nowrap',
    cursor: 'pointer',
    userSelect: 'none',
    '&:hover': { background: theme.colors.action.hover },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: 1 },
    b: { fontWeight: theme.typography.fontWeightMedium, fontVariantNumeric: 'tabular-nums' },
  }),
  stuck: css({
    borderColor: theme.colors.warning.border,
    '&[aria-pressed="true"]': { background: theme.colors.warning.transparent },
  }),
  off: css({
    color: theme.colors.text.secondary,
    borderStyle: 'dashed',
    textDecoration: 'line-through',
    svg: { opacity: 0.5 },
  }),
  key: css({
    display: 'flex',
    alignItems: 'center',
    gap: 6,
    flex: 'none',
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    'svg + span': { marginLeft: 6 },
  }),
});
