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
  const traceProblem = templateProblem(traceUrl);
  const logProblem = templateProblem(logUrl);
  return (
    <FieldSet label={t('datasource.config.links', 'Links')}>
      <Field
        label={t('datasource.config.trace-url', 'Trace address')}
        description={t(
          'datasource.config.trace-help',
          'Opens a run’s trace in Tempo, Jaeger or Datadog. Places: {{places}}',
          { places, interpolation: { escapeValue: false } }
        )}
        invalid={traceProblem !== undefined}
        error={traceProblem}
      >
        <Input
          id="runlane-trace-url"
          width={FIELD_WIDTH}
          value={traceUrl}
          placeholder="https://jaeger.example/trace/${traceId}"
          onChange={(event) => changeSettings(props, { traceUrl: event.currentTarget.value.trim() })}
        />
      </Field>
      <Field
        label={t('datasource.config.log-url', 'Log address')}
        description={t(
          'datasource.config.log-help',
          'Opens a run’s logs in Loki, Datadog or another system. Same places.'
        )}
        invalid={logProblem !== undefined}
        error={logProblem}
      >
        <Input
          id="runlane-log-url"
          width={FIELD_WIDTH}
          value={logUrl}
          placeholder="https://app.datadoghq.com/logs?query=${runId}&from_ts=${from}&to_ts=${to}"
          onChange={(event) => changeSettings(props, { logUrl: event.currentTarget.value.trim() })}
        />
      </Field>
    </FieldSet>
  );
}
