import { t, Trans } from '@grafana/i18n';
import { Alert, Field, FieldSet, Select } from '@grafana/ui';
import React from 'react';
import { CONNECTORS } from '../connectors/index';
import { PROMETHEUS } from '../connectors/prometheus/connector';
import { changeSettings, FIELD_WIDTH } from './config/config-props';
import type { ConfigProps } from './config/config-props';
import { HealthRules } from './config/health-rules';
import { LinkFields } from './config/link-fields';
import { PrometheusConnection } from './config/prometheus-connection';
import { PrometheusProfile } from './config/prometheus-profile';
import { StoreConnection } from './config/store-connection';
import { systemOf } from './settings';

/** The data source's settings. Everything but secrets is readable by whoever can use the data source. */
export function ConfigEditor(props: ConfigProps) {
  const system = systemOf(props.options.jsonData);
  return (
    <>
      <FieldSet label={t('datasource.config.connection', 'Connection')}>
        <Field
          noMargin={false}
          label={t('datasource.config.system', 'Source system')}
          description={t('datasource.config.system-help', 'What runs your tasks, or keeps their history')}
        >
          <Select
            inputId="runlane-system"
            aria-label={t('datasource.config.system', 'Source system')}
            width={FIELD_WIDTH}
            options={CONNECTORS.map(({ id, name }) => ({ value: id, label: name }))}
            value={system}
            // The address of one system is not that of another.
            onChange={({ value }) => value !== system && changeSettings(props, { system: value, url: undefined })}
          />
        </Field>
        {system === PROMETHEUS ? <PrometheusConnection {...props} /> : <StoreConnection {...props} />}
      </FieldSet>
      {system === PROMETHEUS && <PrometheusProfile {...props} />}
      <LinkFields {...props} />
      {system !== PROMETHEUS && <HealthRules {...props} />}

      <Alert severity="info" title={t('datasource.config.alerting-title', 'Alert rules need Prometheus')}>
        {system === PROMETHEUS ? (
          <Trans i18nKey="datasource.config.alerting-prometheus">
            Grafana evaluates alert rules on its server, where this data source does not run. Make alert rules on the
            Prometheus data source itself: it has the same figures.
          </Trans>
        ) : (
          <Trans i18nKey="datasource.config.alerting">
            Grafana evaluates alert rules on its server, where this data source does not run. The task store gives its
            figures to Prometheus at /metrics; make alert rules there.
          </Trans>
        )}
      </Alert>
    </>
  );
}
