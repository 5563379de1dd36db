import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import type { RunColumns } from '../../../frames/run-columns';
import { errorTitle, endText, textFact, timesOfRun } from '../details/run-lines';
import { Glyph } from '../draw/glyph';
import { markColor } from '../draw/legend';
import { RUN_CLASSES } from '../run-class';
import { agoText, className, instantText, PLAIN } from '../words';
import { Section } from './section';
import { pageOfRow, type Seen } from './seen';

/** No run to show: which of the reasons it is, and failures to choose from. */
export function ChooseRun({ run, classes, palette, timeZone, now }: Seen) {
  const styles = useStyles2(getStyles);
  const { columns, told, newestFailures, source } = run;
  const { asked } = told;
  return (
    <>
      <div role="status">
        <h3 className={styles.title}>
          {asked === undefined
            ? t('run.none', 'No run is chosen')
            : t('run.unknown', 'No run {{run}} is known', { run: asked, ...PLAIN })}
        </h3>
        <p className={styles.why}>
          {asked === undefined
            ? t('run.none-why', 'Open one from a table or the timeline, write its id above, or choose one of these.')
            : t(
                'run.unknown-why',
                'Whatever the time range, {{source}} knows none of this id: it was never told of it, it is older than what is kept, or the source above is another one.',
                { source: source ?? '', ...PLAIN }
              )}
        </p>
      </div>
      <Section title={t('run.newest-failures', 'Newest failures')}>
        {newestFailures.length === 0 ? (
          <p className={styles.why}>
            {t('run.no-failures', 'No run failed in this time range, nor in the last 7 days')}
          </p>
        ) : (
          <table className={styles.table}>
            <tbody>
              {newestFailures.map((row) => {
                const kind = RUN_CLASSES[classes[row]!]!;
                const { start, began } = timesOfRun(columns, row, now);
                const href = pageOfRow(run, row);
                const task = textFact(columns, row, 'task');
                return (
                  <tr key={row}>
                    <td>
                      <span className={styles.state}>
                        <Glyph kind={kind} color={markColor(palette, kind)} size={12} /> {className(kind)}
                      </span>
                    </td>
                    <td>{href === undefined ? task : <a href={href}>{task}</a>}</td>
                    <td title={instantText(start ?? began, timeZone)}>{agoText(start ?? began, now)}</td>
                    <td>{textFact(columns, row, 'source')}</td>
                    <td>
                      {errorTitle(columns, row) ?? endText(columns, row)}
                      {messageOf(columns, row)}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
      </Section>
    </>
  );
}

/** The first line of the message, where the type stands before it. */
function messageOf(columns: RunColumns, row: number): string {
  const [line] = textFact(columns, row, 'error')?.split('\n') ?? [];
  return line === undefined || textFact(columns, row, 'errorType') === undefined ? '' : `: ${line.slice(0, 160)}`;
}

const getStyles = (theme: GrafanaTheme2) => ({
  title: css({ margin: 0, fontSize: theme.typography.h4.fontSize, overflowWrap: 'anywhere' }),
  why: css({ color: theme.colors.text.secondary, margin: '4px 0 0', maxWidth: 720 }),
  state: css({ display: 'inline-flex', alignItems: 'center', gap: 6, whiteSpace: 'nowrap' }),
  table: css({
    borderCollapse: 'collapse',
    td: { padding: '4px 18px 4px 0', borderBottom: `1px solid ${theme.colors.border.weak}`, overflowWrap: 'anywhere' },
    a: { color: theme.colors.text.link },
    'a:hover': { textDecoration: 'underline' },
  }),
});
