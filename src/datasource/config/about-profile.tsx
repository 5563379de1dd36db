import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import React from 'react';
import type { Profile } from '../../prometheus/profile';
import { switchesOf } from '../../prometheus/switches';

/** By what a profile is recognised, and what has to be switched on for the facts that exporters leave out by default. */
export function AboutProfile({ profile }: { profile: Profile }) {
  const styles = useStyles2(getStyles);
  const switches = switchesOf(profile);
  return (
    <dl className={styles.facts}>
      <dt>{t('datasource.config.profile-detect', 'Recognised by')}</dt>
      <dd>
        <Names of={profile.detect} />
      </dd>
      {switches.map(({ needs, metrics }) => (
        <React.Fragment key={needs}>
          <dt>{t('datasource.config.profile-needs', 'Only with')}</dt>
          <dd>
            <span>
              <code>{needs}</code>:
            </span>
            <Names of={metrics} />
          </dd>
        </React.Fragment>
      ))}
    </dl>
  );
}

function Names({ of }: { of: readonly string[] }) {
  return (
    <>
      {of.map((name) => (
        <code key={name}>{name}</code>
      ))}
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  facts: css({
    display: 'grid',
    gridTemplateColumns: 'max-content 1fr',
    gap: theme.spacing(0.5, 2),
    maxWidth: 640,
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    dt: { fontWeight: theme.typography.fontWeightMedium },
    // Names stand in boxes, which must not touch those of the next line.
    dd: { display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5), margin: 0, overflowWrap: 'anywhere' },
  }),
});
