import React from 'react';
import { css } from '@emotion/css';
import type { EventBus, GrafanaTheme2, TimeRange } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import { useStyles2, useTheme2 } from '@grafana/ui';
import type { RunlaneMeta } from '../../frames/field-names';
import type { HealthGroup } from '../../frames/health-columns';
import type { CssPixels } from '../../model/units';
import { DeductionList } from './deduction-list';
import { anchor, linksOf } from './evidence';
import { scoreWidth } from './layout';
import type { Layout } from './layout';
import { wholePoints } from './points';
import { ScoreArc } from './score-arc';
import { displayScore, readable } from './score-color';
import { ScoreHistory } from './score-history';
import { latestOf, trendOf } from './trend';
import { changeText, clockText, groupText, quietTexts } from './words';

interface Props {
  group: HealthGroup;
  layout: Layout;
  width: CssPixels;
  height: CssPixels;
  explains: boolean;
  /** Names the source and what it reports, for "not reported by …". */
  meta: RunlaneMeta | undefined;
  timeRange: TimeRange;
  timeZone: TimeZone;
  eventBus: EventBus;
  /** The way to the other groups, below the score. */
  pager?: React.ReactNode;
}

const DAY_MS = 86_400_000;

/** One group in full: score, what it was, every deduction, what is fine, what is not known, and the history. */
export function GroupDetail(props: Props) {
  const { group, layout, width, height, explains, meta, timeRange, timeZone, eventBus } = props;
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  // A plain number has no reasons: its history takes their place.
  const isSide = !explains && layout.beside && layout.historyHeight > 0;
  const history = !isSide && group.line !== undefined ? layout.historyHeight : 0;
  const colorOf = (score: number): string => readable(displayScore(score, group.cell, theme).color, theme, 'large');
  const points = wholePoints(
    group.deductions.map((deduction) => deduction.points),
    group.score ?? 100
  );

  const draw = (wide: CssPixels, high: CssPixels, hasTicks: boolean): React.ReactNode =>
    group.line !== undefined && (
      <ScoreHistory
        line={group.line}
        colorOf={colorOf}
        {...(group.score === undefined ? {} : { score: group.score })}
        width={wide}
        height={high}
        hasTicks={hasTicks}
        timeRange={timeRange}
        timeZone={timeZone}
        eventBus={eventBus}
      />
    );

  return (
    <div className={styles.detail} style={{ width, height }}>
      {/* Focusable, because what scrolls must be reachable without a pointer. */}
      <div
        className={layout.beside ? styles.beside : styles.below}
        style={{ height: history > 0 ? height - history - 8 : height }}
        tabIndex={0}
        role="group"
        aria-label={groupText(group.name)}
      >
        <Score group={group} layout={layout} timeRange={timeRange} timeZone={timeZone} pager={props.pager} />
        <div className={styles.reasons}>
          {isSide && draw(width - scoreWidth(layout.arc) - 16, height - 4, height >= 46)}
          <DeductionList deductions={group.deductions} points={points} timeZone={timeZone} />
          {quietTexts(group, meta?.source, meta?.reports).map((text) => (
            <p key={text} className={styles.quiet}>
              {text}
            </p>
          ))}
        </div>
      </div>
      {history > 0 && draw(width, history, layout.historyTicks)}
    </div>
  );
}

function Score(props: Pick<Props, 'group' | 'layout' | 'timeRange' | 'timeZone' | 'pager'>) {
  const { group, layout, timeRange, timeZone, pager } = props;
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const { score } = group;
  const display = score === undefined ? undefined : displayScore(score, group.cell, theme);
  const color = readable(display?.color, theme, 'large');
  const text = display === undefined ? '–' : `${display.prefix ?? ''}${display.text}${display.suffix ?? ''}`;
  const trend = score === undefined ? undefined : trendOf(score, group.line, group.since);
  const latest = score === undefined ? undefined : latestOf(score, group.line);
  const spansDays = timeRange.to.valueOf() - timeRange.from.valueOf() > DAY_MS;
  const name = groupText(group.name);
  const [link] = linksOf(group.cell);
  return (
    <div className={styles.score} style={layout.beside ? { width: scoreWidth(layout.arc) } : undefined}>
      <span className={styles.name} title={name}>
        {link === undefined ? name : <a {...anchor(link)}>{name}</a>}
      </span>
      <ScoreArc
        {...(score === undefined ? {} : { score })}
        text={text}
        color={color}
        textColor={color}
        width={layout.arc}
        label={
          score === undefined
            ? t('score.none', '{{name}}: no score', { name })
            : t('score.label', '{{name}}: {{score}} of 100', { name, score: text })
        }
      />
      {trend !== undefined && score !== undefined && (
        <span className={styles.trend}>
          {t('score.was', 'was {{score}} at {{time}} · {{change}}', {
            score: String(Math.round(trend.score)),
            time: clockText(trend.at, timeZone, spansDays),
            change: changeText(Math.round(score) - Math.round(trend.score)),
          })}
        </span>
      )}
      {latest !== undefined && (
        <span className={styles.trend}>
          {t('score.latest', 'most recently {{score}}', { score: String(Math.round(latest)) })}
        </span>
      )}
      {pager}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  detail: css({
    display: 'flex',
    flexDirection: 'column',
    justifyContent: 'space-between',
    overflow: 'hidden',
    flex: 'none',
  }),
  beside: css({ display: 'flex', gap: theme.spacing(2), minHeight: 0, overflow: 'auto' }),
  below: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1), minHeight: 0, overflow: 'auto' }),
  score: css({ display: 'flex', flexDirection: 'column', alignItems: 'center', flex: 'none', gap: 2 }),
  name: css({
    maxWidth: '100%',
    textAlign: 'center',
    fontWeight: theme.typography.fontWeightMedium,
    fontSize: theme.typography.bodySmall.fontSize,
    overflowWrap: 'anywhere',
    // Two lines; the whole name is the tooltip and what a screen reader says.
    display: '-webkit-box',
    WebkitLineClamp: 2,
    WebkitBoxOrient: 'vertical',
    overflow: 'hidden',
    flex: 'none',
    a: { color: 'inherit', '&:hover': { textDecoration: 'underline' } },
  }),
  trend: css({
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    textAlign: 'center',
  }),
  reasons: css({ flex: 1, minWidth: 0 }),
  quiet: css({ margin: '3px 2px', color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
