import { t } from '@grafana/i18n';
import { getDataSourceSrv } from '@grafana/runtime';
import { Button, Field, FieldSet, Input } from '@grafana/ui';
import React from 'react';
import { LINK_PLACES, templateProblem } from '../frame-links';
import { LOG_SOURCES, LOG_SYSTEMS, logTemplate, type LogSystem } from '../log-presets';
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
          'Opens a run’s logs in Loki, Datadog or another system, at the time of the run. Same places.'
        )}
        example="https://app.datadoghq.com/logs?query=${runId}&from_ts=${from}&to_ts=${to}"
        value={logUrl}
        onChange={(text) => changeSettings(props, { logUrl: text })}
      />
      <LogPresets onChoose={(logUrl) => changeSettings(props, { logUrl })} />
    </FieldSet>
  );
}

/** Addresses to begin with: the user fits them to how their logs are labelled. */
function LogPresets({ onChoose }: { onChoose: (template: string) => void }) {
  const choose = (system: LogSystem): void => {
    const type = LOG_SOURCES[system];
    const [own] = type === undefined ? [] : getDataSourceSrv().getList({ type });
    onChoose(logTemplate(system, own?.uid));
  };
  return (
    <div
      role="group"
      aria-label={t('datasource.config.log-presets', 'Fill in the log address for')}
      style={{ display: 'flex', gap: 8, alignItems: 'center', marginBottom: 16 }}
    >
      <span>{t('datasource.config.log-presets', 'Fill in the log address for')}</span>
      {LOG_SYSTEMS.map((system) => (
        <Button key={system} type="button" size="sm" variant="secondary" onClick={() => choose(system)}>
          {system}
        </Button>
      ))}
    </div>
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
