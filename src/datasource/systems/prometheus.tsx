import { t, Trans } from '@grafana/i18n';
import { DataSourcePicker, getDataSourceSrv } from '@grafana/runtime';
import { Field, RadioButtonGroup, TextLink } from '@grafana/ui';
import React, { useState } from 'react';
import { PROMETHEUS_SYSTEM } from '../../connectors/prometheus/system';
import { PROMETHEUS_TYPES } from '../prometheus-port';
import { AddressField } from '../config/address-field';
import { changeSettings, FIELD_WIDTH } from '../config/config-props';
import type { ConfigProps } from '../config/config-props';
import { SignIn } from '../config/sign-in';

type Way = 'data-source' | 'address';

/** How Prometheus is reached: through a data source that is there already, or at an address of its own. */
export function PrometheusConnection(props: ConfigProps) {
  const { prometheusUid = '', url = '' } = props.options.jsonData;
  const [way, setWay] = useState<Way>(prometheusUid === '' && url !== '' ? 'address' : 'data-source');
  return (
    <>
      <Field
        label={t('datasource.config.way', 'Reach Prometheus through')}
        description={t(
          'datasource.config.way-help',
          'Thanos, Mimir, VictoriaMetrics and others with the same interface are reached the same way'
        )}
      >
        <RadioButtonGroup<Way>
          aria-label={t('datasource.config.way', 'Reach Prometheus through')}
          options={[
            { value: 'data-source', label: t('datasource.config.way-data-source', 'A data source of this Grafana') },
            { value: 'address', label: t('datasource.config.way-address', 'An address') },
          ]}
          value={way}
          onChange={(chosen) => {
            setWay(chosen);
            if (chosen === 'address') {
              changeSettings(props, { prometheusUid: undefined });
            }
          }}
        />
      </Field>
      {way === 'data-source' ? <DataSourceField {...props} /> : <AddressAndSignIn {...props} />}
    </>
  );
}

function isPrometheus({ type }: { type: string }): boolean {
  return PROMETHEUS_TYPES.includes(type);
}

function DataSourceField(props: ConfigProps) {
  const { prometheusUid = '' } = props.options.jsonData;
  const service = getDataSourceSrv();
  // Grafana 12.3 adds its built-in "-- Grafana --" to every list.
  const none = service.getList({ filter: isPrometheus }).filter(isPrometheus).length === 0;
  const gone = prometheusUid !== '' && service.getInstanceSettings({ uid: prometheusUid }) === undefined;
  return (
    <Field
      label={t('datasource.config.prometheus', 'Prometheus data source')}
      description={t(
        'datasource.config.prometheus-help',
        'Its address, sign-in and certificates apply; nothing is typed twice. Whoever reads this data source must be allowed to query that one too.'
      )}
      required
      invalid={gone || none}
      error={
        gone ? (
          t(
            'datasource.config.prometheus-gone',
            'There is no data source with the uid {{uid}}, or you may not query it. Choose another one.',
            { uid: prometheusUid, interpolation: { escapeValue: false } }
          )
        ) : none ? (
          <Trans i18nKey="datasource.config.prometheus-none">
            This Grafana has no Prometheus data source yet.{' '}
            <TextLink href="/connections/datasources/prometheus">Add one</TextLink>, or choose an address.
          </Trans>
        ) : undefined
      }
    >
      <DataSourcePicker
        inputId="runlane-prometheus-uid"
        width={FIELD_WIDTH}
        noDefault
        current={prometheusUid === '' ? null : { uid: prometheusUid }}
        placeholder={t('datasource.config.prometheus-choose', 'Choose a Prometheus data source')}
        filter={isPrometheus}
        onChange={({ uid }) => changeSettings(props, { prometheusUid: uid })}
      />
    </Field>
  );
}

function AddressAndSignIn(props: ConfigProps) {
  return (
    <>
      <AddressField {...props} example={PROMETHEUS_SYSTEM.exampleAddress} />
      <SignIn
        {...props}
        setting="prometheusAuth"
        secret="prometheusToken"
        tokenHelp={t(
          'datasource.config.bearer-help',
          'Sent as Authorization: Bearer. Kept by Grafana’s server, never sent to a browser.'
        )}
      />
    </>
  );
}
