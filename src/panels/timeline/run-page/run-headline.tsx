import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2, InterpolateFunction } from '@grafana/data';
import { t } from '@grafana/i18n';
import { ClipboardButton, Icon, useStyles2 } from '@grafana/ui';
import type { OneRun } from '../../../frames/one-run';
import { LIFECYCLE_STATES } from '../../../model/lifecycle';
import { attemptText, endText, textFact } from '../details/run-lines';
import { fieldLinks, templateLink } from '../details/run-links';
import type { RunLink } from '../details/run-details';
import { Glyph } from '../draw/glyph';
import { markColor } from '../draw/legend';
import type { TimelineOptions } from '../options';
import { RUN_CLASSES } from '../run-class';
import { agoText, className, countText, PLAIN } from '../words';
import { Section } from './section';
import { pageOfRow, type Seen } from './seen';

type Props = Seen & {
  row: number;
  templates: Pick<TimelineOptions, 'traceUrl' | 'logsUrl'>;
  replaceVariables: InterpolateFunction;
};

/** What ran, what became of it and why: the error before anything else, its stack readable below. */
export function RunHeadline({ run, classes, palette, now, row, templates, replaceVariables }: Props) {
  const styles = useStyles2(getStyles);
  const { columns } = run;
  const kind = RUN_CLASSES[classes[row]!]!;
  const color = markColor(palette, kind);
  const id = textFact(columns, row, 'runId') ?? '';
  const own = pageOfRow(run, row);
  const links = [
    ...fieldLinks(columns, row).filter(({ href }) => href !== own),
    templateLink(t('details.trace-link', 'Trace'), templates.traceUrl, columns, row, replaceVariables),
    templateLink(t('details.logs-link', 'Logs'), templates.logsUrl, columns, row, replaceVariables),
  ].filter((link): link is RunLink => link !== undefined);
  const about = [
    textFact(columns, row, 'source'),
    attemptText(columns, row),
    textFact(columns, row, 'queue') === undefined
      ? undefined
      : t('run.in-queue', 'queue {{queue}}', { queue: textFact(columns, row, 'queue'), ...PLAIN }),
  ].filter(Boolean);
  return (
    <div>
      <div className={styles.top}>
        <h3 className={styles.title}>
          <Glyph kind={kind} color={color} size={20} />
          <span style={{ color }}>{className(kind)}</span>
          <span className={styles.task}>{textFact(columns, row, 'task')}</span>
        </h3>
        <span className={styles.about}>{about.join(' · ')}</span>
        <span className={styles.id}>
          {id}
          <ClipboardButton
            variant="secondary"
            fill="text"
            size="sm"
            icon="copy"
            aria-label={t('run.copy-id', 'Copy the id')}
            getText={() => id}
          />
        </span>
        <span className={styles.links}>
          {links.map(({ title, href, target, onClick }, at) => (
            <a
              key={`${href} ${at}`}
              href={href}
              target={target ?? '_self'}
              rel="noopener noreferrer"
              onClick={(event) => onClick?.(event)}
            >
              {title}
              {target === '_blank' && <Icon name="external-link-alt" size="xs" />}
            </a>
          ))}
          <ClipboardButton
            variant="secondary"
            size="sm"
            icon="link"
            getText={() => new URL(own ?? window.location.href, window.location.href).href}
          >
            {t('run.copy-link', 'Copy link')}
          </ClipboardButton>
        </span>
      </div>
      <ErrorText run={run} row={row} color={color} now={now} />
      <Stack run={run} row={row} />
    </div>
  );
}

const FAILED_STATE = LIFECYCLE_STATES.indexOf('failed');

function ErrorText({ run, row, color, now }: { run: OneRun; row: number; color: string; now: number }) {
  const styles = useStyles2(getStyles);
  const { columns, told, causes } = run;
  const type = textFact(columns, row, 'errorType');
  const message = textFact(columns, row, 'error');
  const evidence = textFact(columns, row, 'evidence');
  const end = endText(columns, row);
  const [cause] = causes;
  const failed = columns.state[row] === FAILED_STATE;
  if (type === undefined && message === undefined && evidence === undefined && !(failed && end !== undefined)) {
    return null;
  }
  return (
    <div className={styles.error} style={{ borderLeftColor: color }} data-testid="run-error">
      {(type !== undefined || message !== undefined) && (
        <div className={styles.message}>
          {type !== undefined && <b>{type}</b>}
          {type !== undefined && message !== undefined && ': '}
          {message}
        </div>
      )}
      {told.ownFrame !== undefined && (
        <div className={styles.frame}>{t('run.at', 'at {{place}}', { place: told.ownFrame, ...PLAIN })}</div>
      )}
      <div className={styles.aside}>
        {[
          end,
          evidence,
          cause === undefined || cause.count < 2
            ? undefined
            : t('run.same-cause', 'same cause in {{runs}} failed runs of this task, the first {{ago}}', {
                runs: countText(cause.count),
                ago: agoText(cause.firstAt, now),
              }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </div>
    </div>
  );
}

/** What a program wrote last, or where it was: the line of its own code stands out. */
function Stack({ run, row }: { run: OneRun; row: number }) {
  const styles = useStyles2(getStyles);
  const stack = textFact(run.columns, row, 'stack');
  const said = [textFact(run.columns, row, 'errorType'), textFact(run.columns, row, 'error')]
    .filter(Boolean)
    .join(': ');
  if (stack === undefined || stack.trim() === said.trim()) {
    return null;
  }
  const isProcess = textFact(run.columns, row, 'kind') === 'process';
  const title = isProcess ? t('run.stderr', 'Last lines of stderr') : t('run.stack', 'Stack');
  const [place = ''] = run.told.ownFrame?.split(' in ') ?? [];
  const at = place.slice(0, place.lastIndexOf(':'));
  const line = place.slice(place.lastIndexOf(':') + 1);
  const isOwn = (text: string): boolean => at !== '' && text.includes(at) && text.includes(line);
  return (
    <Section title={title}>
      <pre className={styles.stack} tabIndex={0} role="group" aria-label={title}>
        {stack.split('\n').map((text, number) => (
          <span key={number} className={isOwn(text) ? styles.own : undefined}>
            {text}
            {'\n'}
          </span>
        ))}
      </pre>
    </Section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  top: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '2px 14px', marginBottom: 6 }),
  title: css({
    margin: 0,
    fontSize: theme.typography.h4.fontSize,
    display: 'inline-flex',
    alignItems: 'center',
    gap: 8,
    minWidth: 0,
  }),
  task: css({ overflowWrap: 'anywhere' }),
  about: css({ color: theme.colors.text.secondary }),
  id: css({
    color: theme.colors.text.secondary,
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.size.sm,
    overflowWrap: 'anywhere',
  }),
  links: css({
    marginLeft: 'auto',
    display: 'inline-flex',
    alignItems: 'center',
    gap: 14,
    a: { color: theme.colors.text.link, display: 'inline-flex', alignItems: 'center', gap: 4 },
    'a:hover': { textDecoration: 'underline' },
  }),
  error: css({
    borderLeft: '4px solid',
    background: theme.colors.background.secondary,
    padding: '8px 12px',
    marginBottom: 8,
  }),
  message: css({
    fontSize: theme.typography.h5.fontSize,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    maxHeight: 160,
    overflow: 'auto',
  }),
  frame: css({ fontFamily: theme.typography.fontFamilyMonospace, marginTop: 4, overflowWrap: 'anywhere' }),
  aside: css({ color: theme.colors.text.secondary, marginTop: 4, '&:empty': { display: 'none' } }),
  stack: css({
    margin: 0,
    maxHeight: 180,
    overflow: 'auto',
    fontSize: theme.typography.size.sm,
    background: theme.colors.background.secondary,
    border: 0,
    padding: '6px 12px',
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}` },
  }),
  own: css({ fontWeight: theme.typography.fontWeightBold, background: theme.colors.warning.transparent }),
});
