import React from 'react';
import { FieldType, LoadingState } from '@grafana/data';
import type { PanelDataErrorViewProps } from '@grafana/runtime';

/** What a panel shows in place of itself when its data does not fit. */
export function PanelDataErrorView({
  data,
  fieldConfig,
  message,
  needsTimeField,
  needsNumberField,
  needsStringField,
}: PanelDataErrorViewProps) {
  const has = (type: FieldType) => data.series.some(({ fields }) => fields.some((field) => field.type === type));
  const rows = data.series.reduce((sum, { length }) => sum + length, 0);
  const missing = [
    needsTimeField === true && !has(FieldType.time) ? 'time' : '',
    needsNumberField === true && !has(FieldType.number) ? 'number' : '',
    needsStringField === true && !has(FieldType.string) ? 'string' : '',
  ].filter(Boolean);
  const text =
    message ??
    (rows === 0 || data.state === LoadingState.Loading
      ? (fieldConfig?.defaults.noValue ?? 'No data')
      : missing.length > 0
        ? `Data is missing a ${missing.join(' and a ')} field`
        : 'This panel cannot show the data');
  return (
    <div
      data-testid="data-testid Panel data error message"
      style={{
        display: 'flex',
        height: '100%',
        width: '100%',
        alignItems: 'center',
        justifyContent: 'center',
        textAlign: 'center',
      }}
    >
      {text}
    </div>
  );
}
