import { t } from '@grafana/i18n';
import { Field, RadioButtonGroup } from '@grafana/ui';
import React from 'react';
import type { RunlaneSecrets } from '../settings';
import { changeSettings } from './config-props';
import type { ConfigProps } from './config-props';
import { SecretField } from './secret-field';
import { UserAndPassword } from './user-and-password';

interface Props extends ConfigProps {
  /** The setting that says how. */
  setting: 'prometheusAuth' | 'airflowAuth';
  /** Where the token is kept. */
  secret: keyof RunlaneSecrets;
  tokenHelp: string;
}

/** How Grafana's server signs in at an address: not at all, with a token, or with user and password. */
export function SignIn({ setting, secret, tokenHelp, ...props }: Props) {
  const { options, onOptionsChange } = props;
  const how = options.jsonData[setting] ?? 'none';
  return (
    <>
      <Field label={t('datasource.config.sign-in', 'Sign in with')}>
        <RadioButtonGroup<'none' | 'token' | 'basic'>
          aria-label={t('datasource.config.sign-in', 'Sign in with')}
          options={[
            { value: 'none', label: t('datasource.config.sign-in-none', 'Nothing') },
            { value: 'token', label: t('datasource.config.sign-in-token', 'A token') },
            { value: 'basic', label: t('datasource.config.sign-in-basic', 'User and password') },
          ]}
          value={how}
          onChange={(chosen) =>
            changeSettings(
              {
                ...props,
                onOptionsChange: (changed) => onOptionsChange({ ...changed, basicAuth: chosen === 'basic' }),
              },
              { [setting]: chosen === 'none' ? undefined : chosen }
            )
          }
        />
      </Field>
      {how === 'token' && (
        <SecretField
          {...props}
          secret={secret}
          label={t('datasource.config.bearer', 'Token')}
          description={tokenHelp}
        />
      )}
      {how === 'basic' && <UserAndPassword {...props} />}
    </>
  );
}
