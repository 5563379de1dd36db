import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

interface Props {
  title: string;
  detail?: React.ReactNode;
  action?: { label: string; onClick: () => void };
  tone?: 'plain' | 'error';
}

/** Why there is nothing to see, and what can be done. */
export function EmptyState({ title, detail, action, tone = 'plain' }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.box} role={tone === 'error' ? 'alert' : 'status'}>
      <div className={tone === 'error' ? styles.error : styles.title}>{title}</div>
      {detail !== undefined && <div className={styles.detail}>{detail}</div>}
      {action && (
        <button type="button" className={styles.action} onClick={action.onClick}>
          {action.label}
        </button>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  box: css({
    flex: 1,
    minHeight: 0,
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'center',
    gap: 6,
    padding: 12,
    textAlign: 'center',
    overflow: 'auto',
  }),
  title: css({ fontSize: theme.typography.h5.fontSize }),
  error: css({ fontSize: theme.typography.h5.fontSize, color: theme.colors.error.text }),
  detail: css({ color: theme.colors.text.secondary, maxWidth: 560, overflowWrap: 'anywhere' }),
  action: css({
    border: 0,
    background: 'transparent',
    color: theme.colors.text.link,
    cursor: 'pointer',
    padding: '4px 8px',
    '&:hover': { textDecoration: 'underline' },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}` },
  }),
});
