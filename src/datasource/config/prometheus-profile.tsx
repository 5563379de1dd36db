import { t } from '@grafana/i18n';
import { Field, FieldSet, Select } from '@grafana/ui';
import React from 'react';
import { CELERY_EXPORTER } from '../../connectors/prometheus/profiles/celery-exporter';
import { RUNLANE_STORE } from '../../connectors/prometheus/profiles/runlane-store';
import { AUTO_PROFILE, CUSTOM_PROFILE, profileOf } from '../settings';
import { changeSettings, FIELD_WIDTH } from './config-props';
import type { ConfigProps } from './config-props';
import { JsonField } from './json-field';
import { ProfileFacts } from './profile-facts';

const PROFILES = [RUNLANE_STORE, CELERY_EXPORTER];

/** Which exporter's metrics are read: found by what Prometheus has, named, or described by the user. */
export function PrometheusProfile(props: ConfigProps) {
  const chosen = profileOf(props.options.jsonData);
  const known = PROFILES.find(({ id }) => id === chosen);
  const unknown = known === undefined && chosen !== AUTO_PROFILE && chosen !== CUSTOM_PROFILE;
  const choices = [
    {
      value: AUTO_PROFILE,
      label: t('datasource.config.profile-auto', 'Automatic'),
      description: t('datasource.config.profile-auto-help', 'Whichever of these Prometheus has metrics of'),
    },
    ...PROFILES.map(({ id, name }) => ({ value: id, label: name })),
    {
      value: CUSTOM_PROFILE,
      label: t('datasource.config.profile-custom', 'Custom'),
      description: t('datasource.config.profile-custom-help', 'Metrics and PromQL of your own'),
    },
  ];
  return (
    <FieldSet label={t('datasource.config.metrics', 'Metrics')}>
      <Field
        label={t('datasource.config.profile', 'Profile')}
        description={t(
          'datasource.config.profile-help',
          'Which exporter’s metrics say what the tasks do. Save & test tells which one was found and what it reports.'
        )}
        invalid={unknown}
        error={
          unknown
            ? t('datasource.config.profile-unknown', 'This version knows no profile {{id}}. Choose another one.', {
                id: chosen,
                interpolation: { escapeValue: false },
              })
            : undefined
        }
      >
        <Select
          inputId="runlane-profile"
          aria-label={t('datasource.config.profile', 'Profile')}
          width={FIELD_WIDTH}
          options={choices}
          value={chosen}
          onChange={({ value }) => changeSettings(props, { prometheusProfile: value })}
        />
      </Field>
      {known !== undefined && <ProfileFacts profile={known} />}
      {chosen === CUSTOM_PROFILE && (
        <JsonField
          id="runlane-custom-profile"
          label={t('datasource.config.custom', 'Custom profile (JSON)')}
          description={t(
            'datasource.config.custom-help',
            'Which series hold which fact, by metric name and labels or by PromQL'
          )}
          rows={14}
          value={props.options.jsonData.customProfile ?? ''}
          placeholder="{}"
          decode={(value) => value}
          onChange={(customProfile) => changeSettings(props, { customProfile })}
        />
      )}
    </FieldSet>
  );
}
