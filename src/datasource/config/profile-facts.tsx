import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useStyles2 } from '@grafana/ui';
import React from 'react';
import type { Profile, Series } from '../../connectors/prometheus/profile';

/** By what a profile is recognised, and what has to be switched on for the facts that exporters leave out by default. */
export function ProfileFacts({ profile }: { profile: Profile }) {
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
            <code>{needs}</code>: <Names of={metrics} />
          </dd>
        </React.Fragment>
      ))}
    </dl>
  );
}

function Names({ of }: { of: readonly string[] }) {
  return (
    <>
      {of.map((name, index) => (
        <React.Fragment key={name}>
          {index > 0 && ' '}
          <code>{name}</code>
        </React.Fragment>
      ))}
    </>
  );
}

/** What switches metrics on in the exporter, and which metrics each switches on. */
function switchesOf(profile: Profile): Array<{ needs: string; metrics: string[] }> {
  const found = new Map<string, Set<string>>();
  for (const { needs, metric } of seriesOf(profile)) {
    if (needs !== undefined) {
      found.set(needs, (found.get(needs) ?? new Set()).add(metric));
    }
  }
  return [...found].map(([needs, metrics]) => ({ needs, metrics: [...metrics] }));
}

function seriesOf({ counters, gauges, histograms, timestamps, ...one }: Profile): Series[] {
  return [
    ...[counters, gauges, timestamps].flatMap((facts) => Object.values(facts).flat()),
    ...Object.values(histograms),
    ...[one.workers, one.cpuSeconds, one.cpuCores, one.rssBytes].flatMap((series) => series ?? []),
    ...(one.states ?? []),
  ];
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
    dd: { margin: 0, overflowWrap: 'anywhere' },
  }),
});
