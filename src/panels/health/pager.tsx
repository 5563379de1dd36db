import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { IconButton, useStyles2 } from '@grafana/ui';
import type { HealthGroup } from '../../frames/health-columns';
import { groupText } from './words';

/** Which of the groups is shown, and the way to its neighbours. */
export function Pager(props: {
  groups: readonly HealthGroup[];
  current: HealthGroup;
  onChoose: (group: string) => void;
  onBack?: () => void;
}) {
  const { groups, current, onChoose, onBack } = props;
  const styles = useStyles2(getStyles);
  const index = groups.indexOf(current);
  const before = groups[index - 1];
  const after = groups[index + 1];
  return (
    <div className={styles.pager}>
      {onBack !== undefined && (
        <IconButton name="list-ul" size="sm" tooltip={t('pager.all', 'All scores')} onClick={onBack} />
      )}
      <span className={styles.position}>
        {t('pager.position', '{{place}} of {{total}}', {
          place: String(index + 1),
          total: String(groups.length),
        })}
      </span>
      <IconButton
        name="angle-left"
        size="md"
        disabled={before === undefined}
        aria-label={before === undefined ? t('pager.none-before', 'No worse one') : t('pager.before', 'Show {{name}}', { name: groupText(before.name) })} // prettier-ignore
        onClick={() => before !== undefined && onChoose(before.name)}
      />
      <IconButton
        name="angle-right"
        size="md"
        disabled={after === undefined}
        aria-label={after === undefined ? t('pager.none-after', 'No better one') : t('pager.after', 'Show {{name}}', { name: groupText(after.name) })} // prettier-ignore
        onClick={() => after !== undefined && onChoose(after.name)}
      />
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  pager: css({
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'center',
    gap: theme.spacing(0.5),
    height: 24,
    flex: 'none',
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.secondary,
  }),
  position: css({ marginRight: theme.spacing(0.5) }),
});
