import { t } from '@grafana/i18n';
import { Field, FieldSet, Input, Select } from '@grafana/ui';
import React from 'react';
import { AUTO_PROFILE, profileOf } from '../../connectors/prometheus/system';
import { decodeProfile } from '../../prometheus/custom-profile';
import { COUNTER_FACTS, CUSTOM_PROFILE, GAUGE_FACTS, HISTOGRAM_FACTS, TIMESTAMP_FACTS } from '../../prometheus/profile';
import { PROFILES } from '../../prometheus/profiles/index';
import { worldLabels } from '../../prometheus/world-labels';
import { changeSettings, FIELD_WIDTH } from './config-props';
import type { ConfigProps } from './config-props';
import { JsonField } from './json-field';
import { AboutProfile } from './about-profile';

const FACTS = [...COUNTER_FACTS, ...GAUGE_FACTS, ...HISTOGRAM_FACTS, ...TIMESTAMP_FACTS].join(', ');

const EXAMPLE = JSON.stringify(
  {
    name: 'Shop orders',
    labels: { task: 'type' },
    facts: {
      completed: 'sum by (type) (increase(orders_total{status="ok",$filter}[$window]))',
      failed: 'sum by (type) (increase(orders_total{status="failed",$filter}[$window]))',
      pending: 'sum by (type) (orders_open{$filter})',
    },
  },
  undefined,
  2
);

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
      {known !== undefined && <AboutProfile profile={known} />}
      {chosen !== CUSTOM_PROFILE && (
        <Field
          label={t('datasource.config.worlds', 'Labels that tell worlds apart')}
          description={t(
            'datasource.config.worlds-help',
            'Tasks of the same name in two of them are two tasks: eu/backup and us/backup. With commas between them; nothing: {{labels}}.',
            { labels: worldLabels(known ?? {}).join(', '), interpolation: { escapeValue: false } }
          )}
        >
          <Input
            id="runlane-worlds"
            width={FIELD_WIDTH}
            placeholder={worldLabels(known ?? {}).join(', ')}
            value={props.options.jsonData.prometheusWorlds ?? ''}
            onChange={({ currentTarget }) => changeSettings(props, { prometheusWorlds: currentTarget.value })}
          />
        </Field>
      )}
      {chosen === CUSTOM_PROFILE && (
        <JsonField
          id="runlane-custom-profile"
          label={t('datasource.config.custom', 'Custom profile (JSON)')}
          description={t(
            'datasource.config.custom-help',
            'One PromQL expression per fact. Facts: {{facts}}. $window, $step and $filter are filled in.',
            { facts: FACTS, interpolation: { escapeValue: false } }
          )}
          rows={14}
          value={props.options.jsonData.customProfile ?? ''}
          example={EXAMPLE}
          decode={decodeProfile}
          onChange={(customProfile) => changeSettings(props, { customProfile })}
        />
      )}
    </FieldSet>
  );
}
