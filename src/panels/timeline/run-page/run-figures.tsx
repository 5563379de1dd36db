import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Icon, useStyles2 } from '@grafana/ui';
import { figuresOf } from './figures';
import type { Seen } from './seen';

/** The figures of the run side by side, each with what is usual; what is not usual stands out. */
export function RunFigures({ run, row, now }: Seen & { row: number }) {
  const styles = useStyles2(getStyles);
  return (
    <dl className={styles.figures}>
      {figuresOf(run, row, now).map(({ label, value, usual, range, off, isUntold }) => (
        <div key={label} className={styles.figure}>
          <dt>{label}</dt>
          <dd className={isUntold ? styles.untold : off === undefined ? undefined : styles.off}>
            {off !== undefined && (
              <Icon
                name={off === 'above' ? 'arrow-up' : 'arrow-down'}
                title={off === 'above' ? t('run.above', 'above usual') : t('run.below', 'below usual')}
              />
            )}
            {value}
          </dd>
          {usual !== undefined && (
            <dd className={styles.usual} title={range}>
              {usual}
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  figures: css({ display: 'flex', flexWrap: 'wrap', gap: '6px 28px', margin: 0 }),
  figure: css({
    minWidth: 0,
    dt: {
      color: theme.colors.text.secondary,
      fontSize: theme.typography.bodySmall.fontSize,
      fontWeight: theme.typography.fontWeightRegular,
    },
    dd: { margin: 0, fontSize: theme.typography.h5.fontSize, fontVariantNumeric: 'tabular-nums' },
  }),
  off: css({ color: theme.colors.warning.text }),
  untold: css({ '&&': { fontSize: theme.typography.bodySmall.fontSize, color: theme.colors.text.secondary } }),
  usual: css({ '&&': { fontSize: theme.typography.bodySmall.fontSize, color: theme.colors.text.secondary } }),
});
