import { t } from '@grafana/i18n';
import { FieldSet } from '@grafana/ui';
import React from 'react';
import { decodeHealthSpec } from '../../health/decode-spec';
import { changeSettings } from './config-props';
import type { ConfigProps } from './config-props';
import { JsonField } from './json-field';

/** The user's own weights and thresholds of the health score. */
export function HealthRules(props: ConfigProps) {
  return (
    <FieldSet label={t('datasource.config.health', 'Health rules')}>
      <JsonField
        id="runlane-health-spec"
        label={t('datasource.config.spec', 'Overrides (JSON)')}
        description={t(
          'datasource.config.spec-help',
          'Weights and thresholds that differ from the usual ones. When given, scores are computed here from the runs instead of by the source, from at most 20,000 runs.'
        )}
        rows={6}
        value={props.options.jsonData.healthSpec ?? ''}
        example='{"checks": {"failures": {"allowed": 0.05}}}'
        decode={decodeHealthSpec}
        onChange={(healthSpec) => changeSettings(props, { healthSpec })}
      />
    </FieldSet>
  );
}
