import type { AnnotationQuery, QueryEditorProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { InlineField, Select, Stack } from '@grafana/ui';
import React from 'react';
import { annotationChoices } from './choices';
import { FiltersEditor } from './filters-editor';
import type { ValueSource } from './filters-editor';
import type { RunlaneQuery } from './query';
import type { RunlaneSettings } from './settings';

type Props = QueryEditorProps<ValueSource, RunlaneQuery, RunlaneSettings> & {
  annotation?: AnnotationQuery<RunlaneQuery>;
  onAnnotationChange?: (annotation: AnnotationQuery<RunlaneQuery>) => void;
};

/** What to mark on the time axis, and among which runs. */
export function AnnotationEditor({ datasource, query, range, annotation, onAnnotationChange, onChange }: Props) {
  const target = annotation?.target ?? query;
  const change = (part: Partial<RunlaneQuery>) => {
    const next: RunlaneQuery = { ...target, refId: target?.refId ?? 'Anno', view: 'runs', ...part };
    if (annotation !== undefined && onAnnotationChange !== undefined) {
      onAnnotationChange({ ...annotation, target: next });
    } else {
      onChange(next);
    }
  };
  return (
    <Stack direction="column" gap={1}>
      <InlineField label={t('datasource.annotation.mark', 'Mark')} htmlFor="runlane-annotation-kind">
        <Select
          inputId="runlane-annotation-kind"
          aria-label={t('datasource.annotation.mark', 'Mark')}
          width={30}
          options={annotationChoices()}
          value={target?.annotation ?? 'failures'}
          onChange={({ value }) => change({ annotation: value })}
        />
      </InlineField>
      <FiltersEditor
        dataSource={datasource}
        filter={target?.filter}
        range={range}
        onChange={(filter) => change({ filter })}
      />
    </Stack>
  );
}
