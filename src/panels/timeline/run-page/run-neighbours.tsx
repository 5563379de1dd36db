import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import type { RunRole } from '../../../model/answer';
import { textFact, timesOfRun } from '../details/run-lines';
import { Glyph } from '../draw/glyph';
import { markColor } from '../draw/legend';
import { RUN_CLASSES } from '../run-class';
import { agoText, className, countText, durationText } from '../words';
import { pageOfRow, type Seen } from './seen';

/** The runs of the same task that lead on from this one, and how long its task has been failing. */
export function RunNeighbours({ run, classes, palette, now }: Seen) {
  const styles = useStyles2(getStyles);
  const { columns, told } = run;
  const { streak } = told;
  const marks = marksOf(run);
  if (marks.length === 0 && streak === undefined) {
    return null;
  }
  return (
    <nav className={styles.row} aria-label={t('run.neighbours', 'Other runs of this task')}>
      {streak !== undefined && <span className={styles.streak}>{streakText(streak)}</span>}
      {marks.map(({ row, roles }) => {
        const kind = RUN_CLASSES[classes[row]!]!;
        const { ranMs, began, start } = timesOfRun(columns, row, now);
        const href = pageOfRow(run, row);
        const text = roles.map(roleText).join(', ');
        return (
          <span key={text} className={styles.one}>
            <Glyph kind={kind} color={markColor(palette, kind)} size={12} />
            {href === undefined ? text : <a href={href}>{text}</a>}
            <span className={styles.aside}>
              {[className(kind), agoText(start ?? began, now), ranMs === undefined ? undefined : durationText(ranMs)]
                .filter(Boolean)
                .join(' · ')}
            </span>
          </span>
        );
      })}
    </nav>
  );
}

const ORDER: readonly RunRole[] = ['firstFailure', 'lastGood', 'previous', 'nextSuccess', 'next'];

/** One mark for each run, with all that it is to this one. */
function marksOf({ columns, others }: Seen['run']): Array<{ row: number; roles: RunRole[] }> {
  const marks = new Map<string | undefined, { row: number; roles: RunRole[] }>();
  for (const role of ORDER) {
    const row = others[role];
    if (row !== undefined) {
      const id = textFact(columns, row, 'runId');
      const known = marks.get(id);
      if (known === undefined) {
        marks.set(id, { row, roles: [role] });
      } else {
        known.roles.push(role);
      }
    }
  }
  return [...marks.values()];
}

function roleText(role: RunRole): string {
  switch (role) {
    case 'lastGood':
      return t('run.last-good', 'Last good run');
    case 'previous':
      return t('run.previous', 'Previous run');
    case 'next':
      return t('run.next', 'Next run');
    case 'firstFailure':
      return t('run.first-failure', 'First failure of this streak');
    case 'nextSuccess':
      return t('run.next-success', 'Next success after it');
  }
}

function streakText({ failures, open }: { failures: number; open: boolean }): string {
  if (open) {
    return t('run.streak-open', '{{runs}} failures in a row or more: no good run before is known', {
      count: failures,
      runs: countText(failures),
      defaultValue_one: '{{runs}} failure or more: no good run before is known',
      defaultValue_other: '{{runs}} failures in a row or more: no good run before is known',
    });
  }
  return failures === 1
    ? t('run.streak-first', 'First failure after a good run')
    : t('run.streak', '{{runs}} failures in a row', { runs: countText(failures) });
}

const getStyles = (theme: GrafanaTheme2) => ({
  row: css({ display: 'flex', flexWrap: 'wrap', gap: '4px 24px', alignItems: 'center' }),
  streak: css({ fontWeight: theme.typography.fontWeightMedium }),
  one: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: 6,
    a: { color: theme.colors.text.link },
    'a:hover': { textDecoration: 'underline' },
  }),
  aside: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
