import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { CssPixels } from '../../model/units';

interface Props {
  title: string;
  detail?: string;
  tone: 'error' | 'plain';
  width: CssPixels;
  height: CssPixels;
}

/** A dash where the score would be, and why there is none: it is not that all is well. */
export function NoScore({ title, detail, tone, width, height }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.box} style={{ width, height }} role={tone === 'error' ? 'alert' : 'status'}>
      {height >= 90 && <div className={styles.dash}>–</div>}
      <div className={tone === 'error' ? styles.error : undefined}>{title}</div>
      {detail !== undefined && <div className={styles.detail}>{detail}</div>}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  box: css({
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    // Safe: what is longer than the panel can be scrolled to its beginning.
    justifyContent: 'safe center',
    gap: 4,
    padding: 4,
    textAlign: 'center',
    overflow: 'auto',
  }),
  dash: css({ fontSize: theme.typography.h1.fontSize, lineHeight: 1.1, color: theme.colors.text.secondary }),
  error: css({ color: theme.colors.error.text }),
  detail: css({
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    maxWidth: 560,
    overflowWrap: 'anywhere',
  }),
});
