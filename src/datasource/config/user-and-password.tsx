import { t } from '@grafana/i18n';
import { Field, Input } from '@grafana/ui';
import React from 'react';
import { FIELD_WIDTH } from './config-props';
import type { ConfigProps } from './config-props';
import { SecretField } from './secret-field';

/** The user and password that Grafana sends by itself on a plain route; none where no user is given. */
export function UserAndPassword(props: ConfigProps) {
  const { options, onOptionsChange } = props;
  return (
    <>
      <Field label={t('datasource.config.user', 'User')}>
        <Input
          id="runlane-user"
          width={FIELD_WIDTH}
          value={options.basicAuthUser ?? ''}
          onChange={({ currentTarget: { value } }) =>
            onOptionsChange({ ...options, basicAuth: value !== '', basicAuthUser: value })
          }
        />
      </Field>
      <SecretField
        {...props}
        secret="basicAuthPassword"
        label={t('datasource.config.password', 'Password')}
        description={t('datasource.config.password-help', 'Kept by Grafana’s server, never sent to a browser')}
      />
    </>
  );
}
