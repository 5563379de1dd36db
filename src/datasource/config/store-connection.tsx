import { t } from '@grafana/i18n';
import React from 'react';
import { AddressField } from './address-field';
import type { ConfigProps } from './config-props';
import { SecretField } from './secret-field';

/** Where the task store is, and the token it wants. */
export function StoreConnection(props: ConfigProps) {
  return (
    <>
      <AddressField {...props} example="http://localhost:7331" />
      <SecretField
        {...props}
        secret="readToken"
        label={t('datasource.config.token', 'Read token')}
        description={t(
          'datasource.config.token-help',
          'Leave empty when the store has none. Kept by Grafana’s server, never sent to a browser.'
        )}
      />
    </>
  );
}
