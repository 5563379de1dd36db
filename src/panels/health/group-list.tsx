import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2, useTheme2 } from '@grafana/ui';
import type { HealthGroup } from '../../frames/health-columns';
import type { CssPixels } from '../../model/units';
import { wholePoints } from './points';
import { displayScore, readable } from './score-color';
import { groupText, pointsText, reasonText } from './words';

interface Props {
  groups: readonly HealthGroup[];
  chosen?: string;
  onChoose: (group: string) => void;
  width: CssPixels;
  height: CssPixels;
}

/** A compact row per group, the worst first: bar, number, name, largest deduction. A row opens its group. */
export function GroupList({ groups, chosen, onChoose, width, height }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  return (
    <ul className={styles.list} style={{ width, height }} aria-label={t('groups.label', 'All scores, the worst first')}>
      {groups.map((group) => {
        const { score } = group;
        const display = score === undefined ? undefined : displayScore(score, group.cell, theme);
        const color = readable(display?.color, theme, 'large');
        const [largest] = group.deductions;
        const [points] = wholePoints(
          group.deductions.map((deduction) => deduction.points),
          score ?? 100
        );
        const name = groupText(group.name);
        return (
          <li key={group.name}>
            <button
              type="button"
              className={styles.row}
              aria-current={group.name === chosen}
              onClick={() => onChoose(group.name)}
            >
              <span className={styles.bar} aria-hidden>
                <span
                  style={{
                    display: 'block',
                    height: '100%',
                    width: `${Math.min(100, Math.max(0, score ?? 0))}%`,
                    background: color,
                  }}
                />
              </span>
              <span className={styles.number}>
                {display === undefined ? '–' : `${display.prefix ?? ''}${display.text}${display.suffix ?? ''}`}
              </span>
              <span className={styles.name} title={name}>
                {name}
              </span>
              {width >= 420 && (
                <span className={styles.reason}>
                  {score === undefined
                    ? t('compact.no-data', 'not enough data')
                    : largest === undefined
                      ? ''
                      : `${reasonText(largest.reason)} ${pointsText(points ?? 0, largest.points)}`}
                </span>
              )}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const cut = { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } as const;
  return {
    list: css({
      listStyle: 'none',
      margin: 0,
      padding: 0,
      overflow: 'auto',
      fontSize: theme.typography.bodySmall.fontSize,
      flex: 'none',
    }),
    row: css({
      display: 'flex',
      alignItems: 'center',
      gap: theme.spacing(1),
      width: '100%',
      height: 24,
      padding: '0 4px',
      border: 0,
      background: 'none',
      color: 'inherit',
      textAlign: 'left',
      '&:hover': { background: theme.colors.action.hover, '& *': { color: theme.colors.text.primary } },
      '&[aria-current="true"]': {
        background: theme.colors.action.selected,
        '& *': { color: theme.colors.text.primary },
      },
      '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: -2 },
    }),
    bar: css({ flex: '0 1 90px', minWidth: 24, height: 8, background: theme.colors.border.weak }),
    number: css({ flex: '0 0 28px', textAlign: 'right', fontVariantNumeric: 'tabular-nums' }),
    name: css({ flex: '1 1 80px', minWidth: 0, ...cut }),
    reason: css({ flex: '0 1 auto', minWidth: 0, color: theme.colors.text.secondary, ...cut }),
  };
};
