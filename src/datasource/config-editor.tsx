import { t, Trans } from '@grafana/i18n';
import { Alert, Field, FieldSet, Select } from '@grafana/ui';
import React from 'react';
import { SYSTEMS } from '../connectors/index';
import { PROMETHEUS_SYSTEM } from '../connectors/prometheus/system';
import { TASK_STORE_SYSTEM } from '../connectors/task-store/system';
import { changeSettings, FIELD_WIDTH } from './config/config-props';
import type { ConfigProps } from './config/config-props';
import { HealthRules } from './config/health-rules';
import { LinkFields } from './config/link-fields';
import { systemIdOf, systemOf } from './settings';
import { SYSTEM_PAGES } from './systems/index';
import { PlainConnection } from './systems/plain';

/** The data source's settings. Everything but secrets is readable by whoever can use the data source. */
export function ConfigEditor(props: ConfigProps) {
  const settings = props.options.jsonData;
  const id = systemIdOf(settings);
  const system = systemOf(settings);
  const page = SYSTEM_PAGES[id];
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
            options={SYSTEMS.map((one) => ({ value: one.id, label: one.name }))}
            value={id}
            // The address of one system is not that of another.
            onChange={({ value }) => value !== id && changeSettings(props, { system: value, url: undefined })}
          />
        </Field>
        {page !== undefined ? (
          <page.Connection {...props} />
        ) : (
          system !== undefined && <PlainConnection {...props} example={system.exampleAddress} />
        )}
      </FieldSet>
      {page?.Choice !== undefined && <page.Choice {...props} />}
      <LinkFields {...props} />
      {system?.scores === 'here' && <HealthRules {...props} />}

      <Alert severity="info" title={t('datasource.config.alerting-title', 'Alert rules need Prometheus')}>
        {id === PROMETHEUS_SYSTEM.id ? (
          <Trans i18nKey="datasource.config.alerting-prometheus">
            Grafana evaluates alert rules on its server, where this data source does not run. Make alert rules on the
            Prometheus data source itself: it has the same figures.
          </Trans>
        ) : id === TASK_STORE_SYSTEM.id ? (
          <Trans i18nKey="datasource.config.alerting">
            Grafana evaluates alert rules on its server, where this data source does not run. The task store gives its
            figures to Prometheus at /metrics; make alert rules there.
          </Trans>
        ) : (
          <Trans i18nKey="datasource.config.alerting-direct">
            Grafana evaluates alert rules on its server, where this data source does not run. Make alert rules on
            Prometheus, with the metrics of the task store or of an exporter.
          </Trans>
        )}
      </Alert>
    </>
  );
}
