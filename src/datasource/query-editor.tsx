import type { QueryEditorProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { InlineField, InlineSwitch, Input, Select, Stack } from '@grafana/ui';
import React, { useMemo } from 'react';
import { FRAMES_OF_VIEW } from '../frames/to-frames';
import type { View } from '../model/task-query';
import { groupChoices, viewChoices, withOwn } from './choices';
import type { RunlaneDataSource } from './datasource';
import { FiltersEditor } from './filters-editor';
import { DEFAULT_LIMIT } from './query';
import type { RunlaneQuery } from './query';
import type { RunlaneSettings } from './settings';
import { abilitiesOf } from './source-abilities';

type Props = QueryEditorProps<RunlaneDataSource, RunlaneQuery, RunlaneSettings>;

/** Views that are made of groups or lanes. */
const GROUPED: readonly View[] = ['timeline', 'states', 'throughput', 'durations', 'health', 'resources'];

/** What to ask: the view, which runs, grouped by what, how many; whether to follow changes. */
export function QueryEditor({ datasource, query, range, onChange, onRunQuery }: Props) {
  const view = query.view ?? 'timeline';
  const change = (part: Partial<RunlaneQuery>) => {
    onChange({ ...query, view, ...part });
    onRunQuery();
  };
  const groups = groupChoices();
  const groupBy = query.groupBy ?? 'task';
  const frames = FRAMES_OF_VIEW[view];
  const { follows, hasAssets, counts } = useMemo(() => abilitiesOf(() => datasource.connector()), [datasource]);
  // A view that was chosen stays: its answer says why there is nothing.
  const views = viewChoices()
    .filter(({ value }) => hasAssets || value !== 'assets' || view === 'assets')
    .map((choice) =>
      counts === undefined || choice.value === undefined || counts.includes(choice.value)
        ? choice
        : { ...choice, description: t('datasource.editor.view-of-runs', 'Only where the exporter tells single runs') }
    );

  return (
    <Stack direction="column" gap={1}>
      <Stack direction="row" gap={1} wrap="wrap" alignItems="center">
        <InlineField label={t('datasource.editor.view', 'View')} htmlFor="runlane-view">
          <Select
            inputId="runlane-view"
            aria-label={t('datasource.editor.view', 'View')}
            width={24}
            options={views}
            value={view}
            onChange={({ value }) =>
              value !== undefined && change({ view: value, frame: undefined, columns: undefined })
            }
          />
        </InlineField>
        {GROUPED.includes(view) && (
          <InlineField
            label={
              view === 'timeline'
                ? t('datasource.editor.lanes-by', 'Lanes by')
                : t('datasource.editor.group-by', 'Group by')
            }
            tooltip={t('datasource.editor.group-help', 'A field, label:name for a label, or a variable')}
            htmlFor="runlane-group"
          >
            <Select
              inputId="runlane-group"
              aria-label={t('datasource.editor.group-by', 'Group by')}
              width={20}
              options={withOwn(groups, groupBy)}
              value={groupBy}
              allowCustomValue
              onChange={({ value }) => change({ groupBy: value })}
            />
          </InlineField>
        )}
        <InlineField
          label={t('datasource.editor.limit', 'Limit')}
          tooltip={t('datasource.editor.limit-help', 'Most rows, series or runs. What is cut is always said.')}
          htmlFor="runlane-limit"
        >
          <Input
            id="runlane-limit"
            type="number"
            min={1}
            width={12}
            placeholder={String(DEFAULT_LIMIT[view])}
            defaultValue={query.limit}
            onBlur={(event) => {
              const limit = Math.floor(Number(event.currentTarget.value));
              change({ limit: Number.isFinite(limit) && limit >= 1 ? limit : undefined });
            }}
          />
        </InlineField>
        {frames.length > 1 && (
          <InlineField
            label={t('datasource.editor.frame', 'Frame')}
            tooltip={t('datasource.editor.frame-help', 'Which of the answer’s tables and series to return')}
            htmlFor="runlane-frame"
          >
            <Select
              inputId="runlane-frame"
              aria-label={t('datasource.editor.frame', 'Frame')}
              width={22}
              isClearable
              placeholder={t('datasource.editor.frame-default', 'as usual')}
              options={frames.map((frame) => ({ value: frame, label: frame }))}
              value={query.frame ?? null}
              onChange={(choice) => change({ frame: choice?.value })}
            />
          </InlineField>
        )}
        {(query.frame === 'budget' || query.frame === 'budgets') && (
          <InlineField
            label={t('datasource.editor.objective', 'Objective, %')}
            tooltip={t(
              'datasource.editor.objective-help',
              'How many of 100 ended runs should complete; what may fail is the error budget'
            )}
            htmlFor="runlane-objective"
          >
            <Input
              id="runlane-objective"
              width={12}
              placeholder="99"
              defaultValue={query.objective}
              onBlur={(event) => change({ objective: event.currentTarget.value.trim() || undefined })}
            />
          </InlineField>
        )}
        {follows && (
          <InlineField
            label={t('datasource.editor.live', 'Live')}
            tooltip={t('datasource.editor.live-help', 'Follow changes while the time range ends now')}
            htmlFor="runlane-live"
          >
            <InlineSwitch
              id="runlane-live"
              value={query.live !== false}
              onChange={(event) => change({ live: event.currentTarget.checked ? undefined : false })}
            />
          </InlineField>
        )}
      </Stack>
      <FiltersEditor
        dataSource={datasource}
        filter={query.filter}
        range={range}
        onChange={(filter) => change({ filter })}
      />
    </Stack>
  );
}
