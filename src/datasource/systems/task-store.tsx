import { t } from '@grafana/i18n';
import React from 'react';
import { TASK_STORE_SYSTEM } from '../../connectors/task-store/system';
import { AddressField } from '../config/address-field';
import type { ConfigProps } from '../config/config-props';
import { SecretField } from '../config/secret-field';

/** Where the task store is, and the token it wants. */
export function TaskStoreConnection(props: ConfigProps) {
  return (
    <>
      <AddressField {...props} example={TASK_STORE_SYSTEM.exampleAddress} />
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
