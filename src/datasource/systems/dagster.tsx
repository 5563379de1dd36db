import { t } from '@grafana/i18n';
import React from 'react';
import { DAGSTER_SYSTEM } from '../../connectors/dagster/system';
import type { ConfigProps } from '../config/config-props';
import { SecretField } from '../config/secret-field';
import { PlainConnection } from './plain';

/** Where Dagster's webserver is, and what Dagster+ or a proxy before it wants. */
export function DagsterConnection(props: ConfigProps) {
  return (
    <>
      <PlainConnection {...props} example={DAGSTER_SYSTEM.exampleAddress} />
      <SecretField
        {...props}
        secret="dagsterToken"
        label={t('datasource.config.dagster-token', 'Dagster+ token')}
        description={t(
          'datasource.config.dagster-token-help',
          'Only for Dagster+, sent as Dagster-Cloud-Api-Token. Kept by Grafana’s server, never sent to a browser.'
        )}
      />
    </>
  );
}
