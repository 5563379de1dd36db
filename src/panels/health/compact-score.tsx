import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2, useTheme2 } from '@grafana/ui';
import type { HealthGroup } from '../../frames/health-columns';
import type { CssPixels } from '../../model/units';
import { anchor, linksOf } from './evidence';
import { wholePoints } from './points';
import { displayScore, readable } from './score-color';
import { groupText, pointsText, reasonText } from './words';

interface Props {
  group: HealthGroup;
  width: CssPixels;
  height: CssPixels;
}

/** For small panels: the number, whose it is, and the largest deduction. */
export function CompactScore({ group, width, height }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const { score, deductions } = group;
  const display = score === undefined ? undefined : displayScore(score, group.cell, theme);
  const text = display === undefined ? '–' : `${display.prefix ?? ''}${display.text}${display.suffix ?? ''}`;
  const [largest] = deductions;
  const [points] = wholePoints(
    deductions.map((deduction) => deduction.points),
    score ?? 100
  );
  const reason =
    largest === undefined
      ? score === undefined
        ? t('compact.no-data', 'not enough data')
        : ''
      : `${reasonText(largest.reason)} ${pointsText(points ?? 0, largest.points)}`;
  const name = groupText(group.name);
  const [link] = linksOf(group.cell);
  // Wide and flat: side by side. The number takes what the two lines leave.
  const flat = height < 72;
  const size = Math.max(16, Math.min(64, flat ? height * 0.7 : (height - 40) * 0.8, width / 2.6));
  return (
    <div className={flat ? styles.flat : styles.tall} style={{ width, height }}>
      <span
        className={styles.number}
        style={{ fontSize: size, color: readable(display?.color, theme, size >= 24 ? 'large' : 'small') }}
      >
        {text}
      </span>
      <span className={styles.lines}>
        <span className={styles.name} title={name}>
          {link === undefined ? name : <a {...anchor(link)}>{name}</a>}
        </span>
        {reason !== '' && (
          <span className={styles.reason} title={reason}>
            {reason}
          </span>
        )}
      </span>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const line = css({
    display: 'block',
    maxWidth: '100%',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  });
  const center = { display: 'flex', alignItems: 'center', justifyContent: 'center', overflow: 'hidden' };
  return {
    tall: css({ ...center, flexDirection: 'column', textAlign: 'center' }),
    flat: css({ ...center, gap: theme.spacing(1.5) }),
    number: css({
      fontWeight: theme.typography.fontWeightMedium,
      lineHeight: 1.05,
      fontVariantNumeric: 'tabular-nums',
      flex: 'none',
    }),
    lines: css({ minWidth: 0, maxWidth: '100%', lineHeight: 1.35 }),
    name: `${line} ${css({ a: { color: 'inherit' }, fontSize: theme.typography.bodySmall.fontSize })}`,
    reason: `${line} ${css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize })}`,
  };
};
