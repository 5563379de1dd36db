import React, { useEffect, useRef } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2, LinkModel } from '@grafana/data';
import { t } from '@grafana/i18n';
import { ClipboardButton, Icon, IconButton, useStyles2 } from '@grafana/ui';
import { Glyph } from '../draw/glyph';
import { markColor } from '../draw/legend';
import type { Palette } from '../draw/palette';
import { RUN_CLASSES } from '../run-class';
import { className, PLAIN } from '../words';
import type { RunLine } from './run-lines';
import { getFactStyles } from './run-tooltip';

export interface RunLink {
  title: string;
  href: string;
  target?: string;
  onClick?: LinkModel['onClick'];
}

interface Props {
  kind: number;
  title: string;
  lines: readonly RunLine[];
  links: readonly RunLink[];
  /** "Show only these", where there is something they share. */
  narrow: { label: string; onClick: () => void } | undefined;
  /** "Create alert rule", where the run says what it belongs to. */
  onAlert: (() => void) | undefined;
  onClose: () => void;
  palette: Palette;
}

/** Everything that is known about the pinned run, and where to go on from it. */
export function RunDetails({ kind, title, lines, links, narrow, onAlert, onClose, palette }: Props) {
  const facts = useStyles2(getFactStyles);
  const styles = useStyles2(getStyles);
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // A link's run may come while somebody types.
    if (!(document.activeElement instanceof HTMLInputElement)) {
      close.current?.focus({ preventScroll: true });
    }
  }, []);
  const word = RUN_CLASSES[kind]!;
  const color = markColor(palette, word);
  return (
    <>
      <div className={styles.top}>
        <div className={facts.head}>
          <Glyph kind={word} color={color} />
          <b style={{ color }}>{className(word)}</b>
          <span className={facts.title} title={title}>
            {title}
          </span>
        </div>
        <IconButton ref={close} name="times" aria-label={t('details.close', 'Close details')} onClick={onClose} />
      </div>
      {(links.length > 0 || narrow || onAlert) && (
        <div className={styles.links}>
          {links.map((link, at) => (
            <a
              key={`${link.href} ${at}`}
              href={link.href}
              target={link.target ?? '_self'}
              rel="noopener noreferrer"
              onClick={(event) => link.onClick?.(event)}
            >
              {link.title}
              {link.target === '_blank' && <Icon name="external-link-alt" size="xs" />}
            </a>
          ))}
          {narrow && (
            <button type="button" onClick={narrow.onClick}>
              {narrow.label}
            </button>
          )}
          {onAlert && (
            <button type="button" onClick={onAlert}>
              {t('alert.title', 'Create alert rule')}
            </button>
          )}
        </div>
      )}
      <dl className={facts.list}>
        {lines.map((line, at) => (
          <React.Fragment key={`${line.label} ${at}`}>
            <dt>{line.label}</dt>
            <dd className={line.value.length > 160 || line.value.includes('\n') ? styles.long : undefined}>
              {line.value}
              {line.aside !== undefined && <span className={facts.aside}> ({line.aside})</span>}
              {line.copy !== undefined && (
                <ClipboardButton
                  className={styles.copy}
                  variant="secondary"
                  fill="text"
                  size="sm"
                  icon="copy"
                  aria-label={t('details.copy', 'Copy {{what}}', { what: line.label, ...PLAIN })}
                  getText={() => line.copy ?? ''}
                />
              )}
            </dd>
          </React.Fragment>
        ))}
      </dl>
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  top: css({ display: 'flex', justifyContent: 'space-between', alignItems: 'flex-start', gap: 12 }),
  links: css({
    display: 'flex',
    flexWrap: 'wrap',
    gap: '4px 14px',
    padding: '2px 0 8px',
    'a, button': {
      border: 0,
      padding: 0,
      background: 'transparent',
      font: 'inherit',
      color: theme.colors.text.link,
      cursor: 'pointer',
      display: 'inline-flex',
      alignItems: 'center',
      gap: 4,
      '&:hover': { textDecoration: 'underline' },
    },
  }),
  long: css({
    maxHeight: 140,
    overflow: 'auto',
    whiteSpace: 'pre-wrap',
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.size.xs,
  }),
  copy: css({ height: 18, padding: '0 3px', verticalAlign: 'text-bottom' }),
});
