import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2, LinkModel } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import type { DeductionEvidence, FieldCell } from '../../frames/health-columns';
import { instantText } from './words';

interface Props {
  id: string;
  entries: readonly DeductionEvidence[];
  timeZone: TimeZone;
}

/** The runs, workers or instants behind a deduction, runs as links to where the data source says they are shown. */
export function Evidence({ id, entries, timeZone }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <ul id={id} className={styles.list}>
      {entries.map((entry, i) => (
        <li key={i} className={styles.entry}>
          {entry.kind === 'run' ? (
            <Run entry={entry} />
          ) : entry.kind === 'name' ? (
            entry.name
          ) : (
            instantText(entry.at, timeZone)
          )}
        </li>
      ))}
    </ul>
  );
}

function Run({ entry }: { entry: Extract<DeductionEvidence, { kind: 'run' }> }) {
  const styles = useStyles2(getStyles);
  const [first, ...others] = linksOf(entry.cell);
  const context = [
    entry.source,
    entry.attempt > 1 ? t('evidence.attempt', 'attempt {{attempt}}', { attempt: String(entry.attempt) }) : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
  return (
    <>
      {first === undefined ? (
        <span className={styles.id}>{entry.runId}</span>
      ) : (
        <a className={styles.id} {...anchor(first)}>
          {entry.runId}
        </a>
      )}{' '}
      <span className={styles.context}>{context}</span>
      {others.map((link) => (
        <a key={link.title} className={styles.other} {...anchor(link)}>
          {link.title}
        </a>
      ))}
    </>
  );
}

export function linksOf(cell: FieldCell | undefined): Array<LinkModel<unknown>> {
  return cell?.field.getLinks?.({ valueRowIndex: cell.row }) ?? [];
}

/** Attributes of a link; an `onClick` of the link's own (a drill-down) goes with it. */
export function anchor(link: LinkModel<unknown>): React.AnchorHTMLAttributes<HTMLAnchorElement> {
  const { href, target, title, onClick } = link;
  return {
    href: locationUtil.assureBaseUrl(href),
    title,
    ...(target === undefined ? {} : { target }),
    ...(target === '_blank' ? { rel: 'noopener noreferrer' } : {}),
    ...(onClick === undefined ? {} : { onClick: (event) => onClick(event) }),
  };
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({
    listStyle: 'none',
    margin: 0,
    padding: '0 0 4px 12px',
    columnWidth: 270,
    columnGap: theme.spacing(2),
  }),
  entry: css({ breakInside: 'avoid', overflowWrap: 'anywhere', padding: '1px 0' }),
  id: css({
    fontFamily: theme.typography.fontFamilyMonospace,
    'a&': { color: theme.colors.text.link, '&:hover, &:focus-visible': { textDecoration: 'underline' } },
  }),
  context: css({ color: theme.colors.text.secondary }),
  other: css({
    marginLeft: theme.spacing(1),
    color: theme.colors.text.link,
    '&:hover': { textDecoration: 'underline' },
  }),
});
