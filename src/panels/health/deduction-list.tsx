import React, { useId, useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { t } from '@grafana/i18n';
import { Icon, useStyles2, useTheme2 } from '@grafana/ui';
import type { DeductionRow } from '../../frames/health-columns';
import { Evidence } from './evidence';
import { readable } from './score-color';
import { factText, pointsText, reasonText } from './words';

interface Props {
  deductions: readonly DeductionRow[];
  /** Whole points per deduction, in the same order. */
  points: readonly number[];
  timeZone: TimeZone;
}

/** Points from which a deduction is loud. */
const LOUD = 10;

/** Every deduction as a sentence with its points; those with runs behind them open. */
export function DeductionList({ deductions, points, timeZone }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <ul className={styles.list} aria-label={t('deductions.label', 'Deductions')}>
      {deductions.map((deduction, i) => (
        <Row key={deduction.reason} deduction={deduction} points={points[i] ?? 0} timeZone={timeZone} />
      ))}
    </ul>
  );
}

function Row({ deduction, points, timeZone }: { deduction: DeductionRow; points: number; timeZone: TimeZone }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const [open, setOpen] = useState(false);
  const id = useId();
  const canOpen = deduction.evidence.length > 0;
  const color = readable(points >= LOUD ? 'red' : 'orange', theme, 'small');
  const sentence = (
    <>
      <span className={styles.sentence}>
        <span className={styles.reason}>{reasonText(deduction.reason)}</span>{' '}
        <span className={styles.fact}>{factText(deduction)}</span>
      </span>
      {canOpen && <Icon name={open ? 'angle-up' : 'angle-down'} size="sm" className={styles.angle} />}
      <span className={styles.points} style={{ ['--points' as string]: color }}>
        {pointsText(points, deduction.points)}
      </span>
    </>
  );
  return (
    <li className={styles.row}>
      {canOpen ? (
        <button
          type="button"
          className={styles.line}
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
        >
          {sentence}
        </button>
      ) : (
        <div className={styles.line}>{sentence}</div>
      )}
      {open && <Evidence id={id} entries={deduction.evidence} timeZone={timeZone} />}
    </li>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', margin: 0, padding: 0, fontSize: theme.typography.bodySmall.fontSize }),
  row: css({ borderBottom: `1px dashed ${theme.colors.border.weak}` }),
  line: css({
    display: 'flex',
    alignItems: 'baseline',
    gap: theme.spacing(1),
    width: '100%',
    padding: '3px 2px',
    border: 0,
    background: 'none',
    color: 'inherit',
    font: 'inherit',
    textAlign: 'left',
    'button&:hover': {
      background: theme.colors.emphasize(theme.colors.background.primary, 0.04),
      '& *': { color: theme.colors.text.primary },
    },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, outlineOffset: -2 },
  }),
  sentence: css({ flex: 1, minWidth: 0, overflowWrap: 'anywhere' }),
  reason: css({ color: theme.colors.text.primary }),
  fact: css({ color: theme.colors.text.secondary }),
  angle: css({ color: theme.colors.text.secondary, alignSelf: 'center', flex: 'none' }),
  points: css({
    // Also while the line is hovered: the points keep their colour.
    '&&&': { color: 'var(--points)' },
    fontWeight: theme.typography.fontWeightBold,
    fontVariantNumeric: 'tabular-nums',
    whiteSpace: 'nowrap',
    minWidth: 30,
    textAlign: 'right',
  }),
});
