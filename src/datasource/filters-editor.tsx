import type { DataSourceApi, ScopedVars, SelectableValue, TimeRange } from '@grafana/data';
import { t } from '@grafana/i18n';
import { AsyncMultiSelect, Button, InlineField, Input, Select, Stack } from '@grafana/ui';
import React, { useState } from 'react';
import { isFilterField } from '../model/query-params';
import type { Match, TaskFilter, TimeRange as Range } from '../model/task-query';
import { fieldChoices, operatorChoices, withOwn } from './choices';
import type { RunlaneQuery } from './query';
import type { RunlaneSettings } from './settings';
import { abortAfter } from './signals';

/** What an editor asks of the data source: the values that a field has. */
export interface ValueSource extends DataSourceApi<RunlaneQuery, RunlaneSettings> {
  /** A query's filter with its variables filled in. */
  fillFilter(query: Pick<RunlaneQuery, 'filter'>, scopedVars: ScopedVars): TaskFilter;
  /** The same, narrowed to the query's systems; `undefined` where nothing is known of any such. */
  narrowFilter(
    query: Pick<RunlaneQuery, 'filter' | 'systems'>,
    scopedVars: ScopedVars,
    range: TimeRange
  ): Promise<TaskFilter | undefined>;
  /** Known values of a field, most frequent first. */
  values(field: string, filter: TaskFilter, range: Range, signal: AbortSignal): Promise<string[]>;
}

interface Props {
  dataSource: ValueSource;
  filter: { matches?: readonly Match[]; text?: string } | undefined;
  range: TimeRange | undefined;
  onChange: (filter: { matches: readonly Match[]; text?: string }) => void;
}

/** Matches that must all hold, and a text to look for. Values are suggested from the source and can be typed. */
export function FiltersEditor({ dataSource, filter, range, onChange }: Props) {
  const matches = filter?.matches ?? [];
  const [text, setText] = useState(filter?.text ?? '');
  const change = (next: readonly Match[]) => onChange({ ...filter, matches: next });
  const changeMatch = (index: number, part: Partial<Match>) =>
    change(matches.map((match, i) => (i === index ? { ...match, ...part } : match)));

  return (
    <Stack direction="column" gap={0.5}>
      {matches.map((match, index) => (
        <MatchEditor
          key={index}
          dataSource={dataSource}
          match={match}
          others={matches.filter((_, i) => i !== index)}
          range={range}
          onChange={(part) => changeMatch(index, part)}
          onRemove={() => change(matches.filter((_, i) => i !== index))}
        />
      ))}
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
        <Button
          variant="secondary"
          size="sm"
          icon="plus"
          onClick={() => change([...matches, { field: 'task', operator: '=', values: [] }])}
        >
          {t('datasource.editor.add-filter', 'Add filter')}
        </Button>
        <InlineField
          label={t('datasource.editor.text', 'Text')}
          tooltip={t(
            'datasource.editor.text-help',
            'Looked for in task, run, error and worker; upper and lower case alike'
          )}
          htmlFor="runlane-filter-text"
        >
          <Input
            id="runlane-filter-text"
            width={30}
            value={text}
            placeholder={t('datasource.editor.text-placeholder', 'any')}
            onChange={(event) => setText(event.currentTarget.value)}
            onBlur={() => onChange({ ...filter, matches, text })}
            onKeyDown={(event) => {
              if (event.key === 'Enter') {
                onChange({ ...filter, matches, text });
              }
            }}
          />
        </InlineField>
      </Stack>
    </Stack>
  );
}

interface MatchProps {
  dataSource: ValueSource;
  match: Match;
  others: readonly Match[];
  range: TimeRange | undefined;
  onChange: (part: Partial<Match>) => void;
  onRemove: () => void;
}

function MatchEditor({ dataSource, match, others, range, onChange, onRemove }: MatchProps) {
  const suggest = async (typed: string): Promise<Array<SelectableValue<string>>> => {
    const from = range?.from.valueOf() ?? Date.now() - 86_400_000;
    const to = range?.to.valueOf() ?? Date.now();
    try {
      const filter = dataSource.fillFilter({ filter: { matches: others } }, {});
      const values = await dataSource.values(match.field, filter, { from, to }, abortAfter(30_000));
      return values
        .filter((value) => value.toLowerCase().includes(typed.toLowerCase()))
        .slice(0, 200)
        .map(toChoice);
    } catch {
      // The query itself will say what is wrong; values can be typed meanwhile.
      return [];
    }
  };
  const fields = withOwn(fieldChoices(), match.field);
  const regex = match.operator === '=~' || match.operator === '!~';
  return (
    <Stack direction="row" gap={0.5} alignItems="center">
      <Select
        aria-label={t('datasource.editor.field', 'Field')}
        width={18}
        options={fields}
        value={match.field}
        allowCustomValue
        formatCreateLabel={(typed) => `label:${typed.replace(/^label:/, '')}`}
        onChange={({ value }) => {
          const field = value === undefined || isFilterField(value) ? value : `label:${value}`;
          if (field !== undefined && isFilterField(field)) {
            onChange({ field, values: [] });
          }
        }}
      />
      <Select
        aria-label={t('datasource.editor.operator', 'Operator')}
        width={10}
        options={operatorChoices()}
        value={match.operator}
        onChange={({ value }) => value !== undefined && onChange({ operator: value })}
      />
      <div style={{ minWidth: 240, flexGrow: 1, maxWidth: 640 }}>
        <AsyncMultiSelect
          key={match.field}
          aria-label={t('datasource.editor.values', 'Values')}
          loadOptions={suggest}
          defaultOptions
          allowCustomValue
          allowCreateWhileLoading
          value={match.values.map(toChoice)}
          placeholder={
            regex
              ? t('datasource.editor.regex-placeholder', 'regular expression of the whole name, such as mail.*')
              : t('datasource.editor.values-placeholder', 'any; pick, type or use $variable')
          }
          onChange={(chosen) => onChange({ values: chosen.map((choice) => choice.value ?? '') })}
        />
      </div>
      <Button
        variant="secondary"
        fill="text"
        size="sm"
        icon="times"
        aria-label={t('datasource.editor.remove-filter', 'Remove filter')}
        onClick={onRemove}
      />
    </Stack>
  );
}

function toChoice(value: string): SelectableValue<string> {
  return { value, label: value === '' ? t('datasource.editor.empty', '(empty)') : value };
}
