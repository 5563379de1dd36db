import { t } from '@grafana/i18n';
import { Field, FieldSet, Input } from '@grafana/ui';
import React from 'react';
import { LINK_PLACES, templateProblem } from '../frame-links';
import { changeSettings, FIELD_WIDTH } from './config-props';
import type { ConfigProps } from './config-props';

/** Where runs link to: the user's trace and log systems. */
export function LinkFields(props: ConfigProps) {
  const { traceUrl = '', logUrl = '' } = props.options.jsonData;
  const places = [...Object.keys(LINK_PLACES), 'from', 'to'].map((name) => `\${${name}}`).join(' ');
  return (
    <FieldSet label={t('datasource.config.links', 'Links')}>
      <TemplateField
        id="runlane-trace-url"
        label={t('datasource.config.trace-url', 'Trace address')}
        description={t(
          'datasource.config.trace-help',
          'Opens a run’s trace in Tempo, Jaeger or Datadog. Places: {{places}}',
          { places, interpolation: { escapeValue: false } }
        )}
        example="https://jaeger.example/trace/${traceId}"
        value={traceUrl}
        onChange={(text) => changeSettings(props, { traceUrl: text })}
      />
      <TemplateField
        id="runlane-log-url"
        label={t('datasource.config.log-url', 'Log address')}
        description={t(
          'datasource.config.log-help',
          'Opens a run’s logs in Loki, Datadog or another system. Same places.'
        )}
        example="https://app.datadoghq.com/logs?query=${runId}&from_ts=${from}&to_ts=${to}"
        value={logUrl}
        onChange={(text) => changeSettings(props, { logUrl: text })}
      />
    </FieldSet>
  );
}

interface TemplateProps {
  id: string;
  label: string;
  description: string;
  example: string;
  value: string;
  onChange: (text: string) => void;
}

/** An address with places; what is wrong with it is said below. */
function TemplateField({ id, label, description, example, value, onChange }: TemplateProps) {
  const problem = templateProblem(value);
  return (
    <Field label={label} description={description} invalid={problem !== undefined} error={problem}>
      <Input
        id={id}
        width={FIELD_WIDTH}
        value={value}
        placeholder={example}
        onChange={(event) => onChange(event.currentTarget.value.trim())}
      />
    </Field>
  );
}
