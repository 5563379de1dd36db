import { Field, SecretInput } from '@grafana/ui';
import React from 'react';
import type { RunlaneSecrets } from '../settings';
import { FIELD_WIDTH } from './config-props';
import type { ConfigProps } from './config-props';

interface Props extends ConfigProps {
  secret: keyof RunlaneSecrets;
  label: string;
  description: string;
}

/** A value that Grafana's server keeps: once saved it can be replaced, never read. */
export function SecretField({ secret, label, description, options, onOptionsChange }: Props) {
  const { secureJsonData, secureJsonFields } = options;
  return (
    <Field label={label} description={description}>
      <SecretInput
        id={`runlane-${secret}`}
        width={FIELD_WIDTH}
        isConfigured={secureJsonFields?.[secret] === true}
        value={secureJsonData?.[secret] ?? ''}
        onChange={(event) =>
          onOptionsChange({
            ...options,
            secureJsonData: { ...secureJsonData, [secret]: event.currentTarget.value },
          })
        }
        onReset={() =>
          onOptionsChange({
            ...options,
            secureJsonFields: { ...secureJsonFields, [secret]: false },
            secureJsonData: { ...secureJsonData, [secret]: '' },
          })
        }
      />
    </Field>
  );
}
