import React from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Icon, useStyles2 } from '@grafana/ui';
import type { LaneKey } from '../../../frames/group-keys';
import type { LaneSummary } from '../../../frames/lane-summary';
import { laneName, PLAIN } from '../words';
import { lanesBetween, type Layout } from './layout';
import { MiddleCut } from './middle-cut';
import type { Palette } from './palette';
import type { RunColors } from './run-colors';

interface Props {
  layout: Layout;
  names: readonly string[];
  laneBy: LaneKey;
  facts: (lane: number) => LaneSummary | undefined;
  runs: (lane: number) => number;
  /** Its runs are not drawn one by one. */
  merged: (lane: number) => boolean;
  scrollTop: number;
  viewHeight: number;
  width: number;
  /** How many bars a lane has, in words. */
  barsText: (count: number) => string;
  collapsed: ReadonlySet<string>;
  onToggle: (name: string) => void;
  onExpand: (name: string) => void;
  palette: Palette;
  colors: RunColors;
  focusLane: number | undefined;
  onAlert: ((name: string) => void) | undefined;
  /** The lane whose buttons the Tab key reaches; `undefined`: the first one. */
  tabLane: number | undefined;
}

/** Names of the visible lanes, one grey line of context, and the health score at their right. */
export function LaneLabels(props: Props) {
  const styles = useStyles2(getStyles);
  const { layout, scrollTop, palette } = props;
  const { first, last } = lanesBetween(layout, scrollTop, scrollTop + props.viewHeight);
  const labels: React.ReactNode[] = [];
  const isDrawn = (lane: number | undefined): boolean =>
    props.layout.shapes.slice(first, last).some((shape) => shape.lane === lane);
  const tabLane = isDrawn(props.tabLane) ? props.tabLane : props.layout.shapes[first]?.lane;
  for (let at = first; at < last; at++) {
    const shape = layout.shapes[at]!;
    const top = layout.top[at]!;
    const height = layout.top[at + 1]! - top;
    const key = props.names[shape.lane]!;
    const name = laneName(key, props.laneBy);
    const facts = props.facts(shape.lane);
    const two = height >= 40;
    const one = height >= 11;
    if (!one) {
      continue;
    }
    const folded = props.collapsed.has(key);
    const bars = props.barsText(props.runs(shape.lane));
    const context = facts?.context ?? bars;
    const merged = props.merged(shape.lane);
    labels.push(
      <button
        key={key}
        type="button"
        tabIndex={-1}
        className={cx(styles.lane, at % 2 === 0 && styles.stripe, props.focusLane === shape.lane && styles.focus)}
        style={{ top: top - scrollTop, height, fontSize: height < 18 ? 10 : undefined }}
        aria-expanded={!folded}
        title={[name, context, ...(merged ? [t('lane.merged', '{{bars}} merged', { bars })] : [])].join('\n')}
        onClick={() => props.onToggle(key)}
      >
        <span className={cx(styles.caret, !two && styles.caretOne, folded && styles.folded)} aria-hidden="true" />
        {props.colors.by === 'lane' && (
          <span
            className={styles.swatch}
            style={{ background: props.colors.ofLane(shape.lane).fill }}
            aria-hidden="true"
          />
        )}
        <span
          className={two ? styles.text : styles.textOne}
          // Of a lane that is scrolled out at the top the name stays in sight.
          style={two ? { marginTop: Math.max(0, Math.min(scrollTop - top, height - 40)) } : undefined}
        >
          <MiddleCut text={name} />
          {two && <span className={styles.context}>{context}</span>}
        </span>
        {merged && <Icon name="layer-group" size="xs" className={styles.merged} />}
        {facts?.health !== undefined && (
          <span
            className={cx(styles.health, !two && styles.healthInLine)}
            style={{
              color: healthColor(palette, facts.health),
              alignSelf: two ? 'flex-start' : 'center',
              marginTop: two ? Math.max(0, Math.min(scrollTop - top, height - 40)) : undefined,
            }}
            title={t('lane.health', 'Health {{score}} of 100', { score: Math.round(facts.health) })}
          >
            {!two && height >= 18 && <span className={styles.captionBefore}>{t('lane.health-caption', 'health')}</span>}
            {Math.round(facts.health)}
            {two && <span className={styles.caption}>{t('lane.health-caption', 'health')}</span>}
          </span>
        )}
      </button>
    );
    const { onAlert } = props;
    if (onAlert && key !== '' && height >= 18) {
      const label = t('alert.lane', 'Create alert rule for {{name}}', { name, ...PLAIN });
      labels.push(
        <button
          key={`alert ${key}`}
          type="button"
          tabIndex={shape.lane === tabLane ? 0 : -1}
          className={styles.alert}
          style={{ top: top - scrollTop + (two ? 20 : (height - 18) / 2) }}
          aria-label={label}
          title={t('alert.title', 'Create alert rule')}
          onClick={() => onAlert(key)}
        >
          <Icon name="bell" size="sm" />
        </button>
      );
    }
    if (shape.needed > shape.subLanes && shape.subLanes > 0 && height >= 60) {
      labels.push(
        <button
          key={`more ${key}`}
          type="button"
          tabIndex={-1}
          className={styles.more}
          style={{ top: top - scrollTop + height - 24 }}
          title={t(
            'lane.more-hint',
            'More runs at the same time than fit here share the last line. Click to show all lines.'
          )}
          onClick={() => props.onExpand(key)}
        >
          {t('lane.more', '+{{lines}} more', { lines: shape.needed - shape.subLanes })}
        </button>
      );
    }
  }
  return (
    <div className={styles.column} style={{ width: props.width, height: props.viewHeight }}>
      {labels}
    </div>
  );
}

/** Grey-green when fine, coloured only when not. */
export function healthColor(palette: Palette, health: number): string {
  return health >= 85 ? palette.good : health >= 60 ? palette.warning : palette.bad;
}

const getStyles = (theme: GrafanaTheme2) => ({
  column: css({ position: 'absolute', left: 0, top: 0, overflow: 'hidden' }),
  lane: css({
    position: 'absolute',
    left: 0,
    right: 0,
    display: 'flex',
    alignItems: 'flex-start',
    gap: 5,
    padding: '0 10px 0 6px',
    border: 0,
    background: 'transparent',
    color: theme.colors.text.primary,
    textAlign: 'left',
    fontSize: theme.typography.body.fontSize,
    overflow: 'hidden',
    cursor: 'pointer',
  }),
  stripe: css({ background: theme.isDark ? 'rgba(204,204,220,0.03)' : 'rgba(36,41,46,0.022)' }),
  focus: css({ boxShadow: `inset 2px 0 0 ${theme.colors.primary.main}` }),
  caret: css({
    flex: 'none',
    width: 0,
    height: 0,
    marginTop: 11,
    borderLeft: '4px solid transparent',
    borderRight: '4px solid transparent',
    borderTop: `5px solid ${theme.colors.text.secondary}`,
  }),
  swatch: css({ flex: 'none', alignSelf: 'stretch', width: 3, margin: '3px 0', borderRadius: 1 }),
  caretOne: css({ marginTop: 0, alignSelf: 'center' }),
  folded: css({ transform: 'rotate(-90deg)' }),
  text: css({ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column', paddingTop: 4, lineHeight: '18px' }),
  textOne: css({ flex: 1, minWidth: 0, alignSelf: 'center', lineHeight: 1.2, display: 'flex' }),
  context: css({
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    color: theme.colors.text.secondary,
    fontSize: theme.typography.size.xs,
    lineHeight: '16px',
  }),
  merged: css({ flex: 'none', alignSelf: 'center', color: theme.colors.text.secondary }),
  // Quiet until the pointer is over the lane or the keyboard on it; where nothing hovers it is always there.
  alert: css({
    position: 'absolute',
    right: 6,
    width: 18,
    height: 18,
    padding: 0,
    border: 0,
    display: 'grid',
    placeItems: 'center',
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
    color: theme.colors.text.secondary,
    cursor: 'pointer',
    opacity: 0,
    'button:hover + &, &:hover, &:focus-visible': { opacity: 1 },
    '&:hover': { color: theme.colors.text.primary },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}` },
    '@media (hover: none)': { opacity: 0.8 },
  }),
  more: css({
    position: 'absolute',
    right: 6,
    height: 18,
    padding: '0 6px',
    border: 0,
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
    color: theme.colors.text.link,
    fontSize: theme.typography.size.xs,
    cursor: 'pointer',
  }),
  health: css({
    flex: 'none',
    fontWeight: theme.typography.fontWeightBold,
    fontSize: theme.typography.bodySmall.fontSize,
    fontVariantNumeric: 'tabular-nums',
    lineHeight: '26px',
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-end',
  }),
  healthInLine: css({ flexDirection: 'row', alignItems: 'baseline', gap: 5 }),
  captionBefore: css({
    color: theme.colors.text.secondary,
    fontSize: theme.typography.size.xs,
    fontWeight: theme.typography.fontWeightRegular,
  }),
  caption: css({
    marginTop: -6,
    color: theme.colors.text.secondary,
    fontSize: theme.typography.size.xs,
    fontWeight: theme.typography.fontWeightRegular,
    lineHeight: '16px',
  }),
});
