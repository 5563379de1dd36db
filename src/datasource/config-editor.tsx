import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { t, Trans } from '@grafana/i18n';
import { Alert, Field, FieldSet, Input, SecretInput, Select, TextArea } from '@grafana/ui';
import React from 'react';
import { CONNECTORS } from '../connectors/index';
import { decodeHealthSpec } from '../health/decode-spec';
import { LINK_PLACES, templateProblem } from './frame-links';
import { systemOf } from './settings';
import type { RunlaneSecrets, RunlaneSettings } from './settings';

type Props = DataSourcePluginOptionsEditorProps<RunlaneSettings, RunlaneSecrets>;

const WIDTH = 60;

/** The data source's settings. Everything but the token is readable by whoever can use the data source. */
export function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData, secureJsonData, secureJsonFields } = options;
  const change = (part: Partial<RunlaneSettings>) =>
    onOptionsChange({ ...options, jsonData: { ...jsonData, ...part } });
  const places = [...Object.keys(LINK_PLACES), 'from', 'to'].map((name) => `\${${name}}`).join(' ');
  const urlProblem = addressProblem(jsonData.url ?? '');
  const traceProblem = templateProblem(jsonData.traceUrl ?? '');
  const logProblem = templateProblem(jsonData.logUrl ?? '');
  const specProblem = healthProblem(jsonData.healthSpec ?? '');

  return (
    <>
      <FieldSet label={t('datasource.config.connection', 'Connection')}>
        <Field
          noMargin={false}
          label={t('datasource.config.system', 'Source system')}
          description={t('datasource.config.system-help', 'What runs your tasks, or keeps their history')}
        >
          <Select
            inputId="runlane-system"
            aria-label={t('datasource.config.system', 'Source system')}
            width={WIDTH}
            options={CONNECTORS.map(({ id, name }) => ({ value: id, label: name }))}
            value={systemOf(jsonData)}
            onChange={({ value }) => change({ system: value })}
          />
        </Field>
        <Field
          label={t('datasource.config.url', 'Address')}
          description={t('datasource.config.url-help', 'As Grafana’s server reaches it, not your browser')}
          required
          invalid={urlProblem !== undefined}
          error={urlProblem}
        >
          <Input
            id="runlane-url"
            width={WIDTH}
            value={jsonData.url ?? ''}
            placeholder="http://localhost:7331"
            onChange={(event) => change({ url: event.currentTarget.value.trim() })}
            onBlur={() => change({ url: (jsonData.url ?? '').replace(/\/+$/, '') })}
          />
        </Field>
        <Field
          label={t('datasource.config.token', 'Read token')}
          description={t(
            'datasource.config.token-help',
            'Leave empty when the store has none. Kept by Grafana’s server, never sent to a browser.'
          )}
        >
          <SecretInput
            id="runlane-token"
            width={WIDTH}
            isConfigured={secureJsonFields?.['readToken'] === true}
            value={secureJsonData?.readToken ?? ''}
            onChange={(event) =>
              onOptionsChange({
                ...options,
                secureJsonData: { ...secureJsonData, readToken: event.currentTarget.value },
              })
            }
            onReset={() =>
              onOptionsChange({
                ...options,
                secureJsonFields: { ...secureJsonFields, readToken: false },
                secureJsonData: { ...secureJsonData, readToken: '' },
              })
            }
          />
        </Field>
      </FieldSet>

      <FieldSet label={t('datasource.config.links', 'Links')}>
        <Field
          label={t('datasource.config.trace-url', 'Trace address')}
          description={t(
            'datasource.config.trace-help',
            'Opens a run’s trace in Tempo, Jaeger or Datadog. Places: {{places}}',
            {
              places,
              interpolation: { escapeValue: false },
            }
          )}
          invalid={traceProblem !== undefined}
          error={traceProblem}
        >
          <Input
            id="runlane-trace-url"
            width={WIDTH}
            value={jsonData.traceUrl ?? ''}
            placeholder="https://jaeger.example/trace/${traceId}"
            onChange={(event) => change({ traceUrl: event.currentTarget.value.trim() })}
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
            width={WIDTH}
            value={jsonData.logUrl ?? ''}
            placeholder="https://app.datadoghq.com/logs?query=${runId}&from_ts=${from}&to_ts=${to}"
            onChange={(event) => change({ logUrl: event.currentTarget.value.trim() })}
          />
        </Field>
      </FieldSet>

      <FieldSet label={t('datasource.config.health', 'Health rules')}>
        <Field
          label={t('datasource.config.spec', 'Overrides (JSON)')}
          description={t(
            'datasource.config.spec-help',
            'Weights and thresholds that differ from the usual ones. When given, scores are computed here from the runs instead of by the source, from at most 20,000 runs.'
          )}
          invalid={specProblem !== undefined}
          error={specProblem}
        >
          <TextArea
            id="runlane-health-spec"
            cols={WIDTH}
            rows={6}
            value={jsonData.healthSpec ?? ''}
            placeholder='{"checks": {"failures": {"allowed": 0.05}}}'
            onChange={(event) => change({ healthSpec: event.currentTarget.value })}
          />
        </Field>
      </FieldSet>

      <Alert severity="info" title={t('datasource.config.alerting-title', 'Alert rules need Prometheus')}>
        <Trans i18nKey="datasource.config.alerting">
          Grafana evaluates alert rules on its server, where this data source does not run. The task store gives its
          figures to Prometheus at /metrics; make alert rules there.
        </Trans>
      </Alert>
    </>
  );
}

function addressProblem(url: string): string | undefined {
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
  return t('datasource.config.url-problem', 'Want an address such as http://localhost:7331, without ? and #.');
}

function healthProblem(text: string): string | undefined {
  if (text.trim() === '') {
    return undefined;
  }
  try {
    decodeHealthSpec(JSON.parse(text));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
