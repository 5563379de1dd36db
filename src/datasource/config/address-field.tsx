import { t } from '@grafana/i18n';
import { Field, Input } from '@grafana/ui';
import React from 'react';
import { changeSettings, FIELD_WIDTH } from './config-props';
import type { ConfigProps } from './config-props';

/** Where the source system is, as Grafana's server sees it. `example` is an address of such a system. */
export function AddressField({ example, ...props }: ConfigProps & { example: string }) {
  const { url = '' } = props.options.jsonData;
  const problem = addressProblem(url, example);
  return (
    <Field
      label={t('datasource.config.url', 'Address')}
      description={t('datasource.config.url-help', 'As Grafana’s server reaches it, not your browser')}
      required
      invalid={problem !== undefined}
      error={problem}
    >
      <Input
        id="runlane-url"
        width={FIELD_WIDTH}
        value={url}
        placeholder={example}
        onChange={(event) => changeSettings(props, { url: event.currentTarget.value.trim() })}
        onBlur={() => changeSettings(props, { url: url.replace(/\/+$/, '') })}
      />
    </Field>
  );
}

function addressProblem(url: string, example: string): string | undefined {
  if (url === '') {
    return undefined;
  }
  try {
    const { protocol, search, hash } = new URL(url);
    if ((protocol === 'http:' || protocol === 'https:') && search === '' && hash === '') {
      return undefined;
    }
  } catch {
    // Said below.
  }
  return t('datasource.config.url-problem', 'Want an address such as {{example}}, without ? and #.', {
    example,
    interpolation: { escapeValue: false },
  });
}
