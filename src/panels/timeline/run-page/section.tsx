import React, { useId } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

/** A part of the page under a heading. */
export function Section({ title, aside, children }: { title: string; aside?: string; children: React.ReactNode }) {
  const styles = useStyles2(getStyles);
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h4 id={id} className={styles.head}>
        {title}
        {aside !== undefined && <span className={styles.aside}>{aside}</span>}
      </h4>
      {children}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  section: css({ minWidth: 0 }),
  head: css({
    margin: '0 0 6px',
    fontSize: theme.typography.bodySmall.fontSize,
    fontWeight: theme.typography.fontWeightMedium,
    color: theme.colors.text.secondary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
    paddingBottom: 2,
    display: 'flex',
    gap: 10,
  }),
  aside: css({ fontWeight: theme.typography.fontWeightRegular }),
});
