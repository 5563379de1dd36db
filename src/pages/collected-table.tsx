import { css } from '@emotion/css';
import { dateTimeFormat, dateTimeFormatTimeAgo, formattedValueToString, getValueFormat } from '@grafana/data';
import type { GrafanaTheme2 } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Badge, useStyles2 } from '@grafana/ui';
import React from 'react';
import type { SourceStatus } from '../model/source-status';

/** The systems that a task store reads: when each was read last, how far behind what is kept lies, and what is missing. */
export function CollectedTable({ sources }: { sources: readonly SourceStatus[] }) {
  const styles = useStyles2(getTableStyles);
  return (
    <table className={styles.table}>
      <caption className={styles.caption}>
        <Trans i18nKey="app.collected.caption">It reads these systems and keeps their history:</Trans>
      </caption>
      <thead>
        <tr>
          <th scope="col">{t('app.collected.source', 'Source')}</th>
          <th scope="col">{t('app.collected.system', 'System')}</th>
          <th scope="col">{t('app.collected.last-good', 'Last read')}</th>
          <th scope="col">{t('app.collected.lag', 'Behind')}</th>
          <th scope="col">{t('app.collected.missing', 'What is missing')}</th>
        </tr>
      </thead>
      <tbody>
        {sources.map((source) => (
          <tr key={source.name}>
            <th scope="row">
              {source.name} <State source={source} />
            </th>
            <td>{source.systemName}</td>
            <td>
              {source.lastGoodAt === undefined
                ? t('app.collected.never', 'never')
                : dateTimeFormatTimeAgo(source.lastGoodAt)}
            </td>
            <td>{source.lagMs === undefined ? '–' : formattedValueToString(getValueFormat('ms')(source.lagMs, 0))}</td>
            <td>
              <Missing source={source} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ source: { up, goneSince } }: { source: SourceStatus }) {
  if (goneSince !== undefined) {
    return (
      <Badge
        color="darkgrey"
        text={t('app.collected.gone', 'gone since {{when}}', { when: dateTimeFormat(goneSince) })}
        tooltip={t('app.collected.gone-help', 'Its list does not name it any more. What it told is kept.')}
      />
    );
  }
  return up === false ? <Badge color="red" text={t('app.collected.down', 'not read')} /> : null;
}

function Missing({ source }: { source: SourceStatus }) {
  const styles = useStyles2(getTableStyles);
  const { up, lastError, lacks, notices } = source;
  const counted = countedOf(source);
  const isDown = up === false && lastError !== undefined;
  if (!isDown && lacks.length === 0 && counted.length === 0 && notices.length === 0) {
    return <>–</>;
  }
  return (
    <ul className={styles.list}>
      {isDown && <li className={styles.error}>{lastError.message}</li>}
      {lacks.map(({ setting, message }) => (
        <li key={setting}>
          <code>{setting}</code> <span className={styles.quiet}>{message}</span>
        </li>
      ))}
      {[...notices, ...counted].map((sentence) => (
        <li key={sentence} className={styles.quiet}>
          {sentence}
        </li>
      ))}
    </ul>
  );
}

function countedOf({ vanished, skipped, truncated }: SourceStatus): string[] {
  return [
    vanished > 0 &&
      t('app.collected.vanished', 'Runs that the source forgot before they had ended: {{count}}.', { count: vanished }),
    skipped > 0 &&
      t('app.collected.skipped', 'Records that could not be read or taken: {{count}}.', { count: skipped }),
    truncated > 0 &&
      t('app.collected.truncated', 'Polls in which the source had more than it gave: {{count}}.', { count: truncated }),
  ].filter((sentence) => sentence !== false);
}

export function getTableStyles(theme: GrafanaTheme2) {
  return {
    table: css({
      width: '100%',
      marginTop: theme.spacing(1),
      fontSize: theme.typography.bodySmall.fontSize,
      'th, td': {
        padding: theme.spacing(0.5, 2, 0.5, 0),
        textAlign: 'start',
        verticalAlign: 'top',
        fontWeight: theme.typography.fontWeightRegular,
      },
      'thead th': { color: theme.colors.text.secondary, whiteSpace: 'nowrap' },
      'tbody th, tbody td:not(:last-child)': { whiteSpace: 'nowrap' },
    }),
    caption: css({ captionSide: 'top', padding: 0, color: theme.colors.text.secondary }),
    list: css({ listStyle: 'none', margin: 0, padding: 0 }),
    quiet: css({ color: theme.colors.text.secondary }),
    error: css({ color: theme.colors.error.text }),
  };
}
