import type { QueryEditorProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { InlineField, Select, Stack } from '@grafana/ui';
import React from 'react';
import { fieldChoices, withOwn } from './choices';
import { FiltersEditor } from './filters-editor';
import type { ValueSource } from './filters-editor';
import type { RunlaneQuery, RunlaneVariableQuery } from './query';
import type { RunlaneSettings } from './settings';

type Props = QueryEditorProps<ValueSource, RunlaneQuery, RunlaneSettings, RunlaneVariableQuery>;

/** Which field's values a dashboard variable lists, and among which runs. */
export function VariableEditor({ datasource, query, range, onChange }: Props) {
  const field = query.field ?? 'task';
  const fields = [
    ...fieldChoices(),
    { value: 'label', label: t('datasource.variable.label-names', 'Names of labels') },
  ];
  return (
    <Stack direction="column" gap={1}>
      <InlineField
        label={t('datasource.variable.values-of', 'Values of')}
        tooltip={t('datasource.variable.values-help', 'A field, or label:name for a label')}
        htmlFor="runlane-variable-field"
      >
        <Select
          inputId="runlane-variable-field"
          aria-label={t('datasource.variable.values-of', 'Values of')}
          width={28}
          options={withOwn(fields, field)}
          value={field}
          allowCustomValue
          onChange={({ value }) => value !== undefined && onChange({ ...query, field: value })}
        />
      </InlineField>
      <FiltersEditor
        dataSource={datasource}
        filter={query.filter}
        range={range}
        onChange={(filter) => onChange({ ...query, filter })}
      />
    </Stack>
  );
}
