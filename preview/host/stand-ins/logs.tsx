import React from 'react';
import { FieldType, PanelPlugin, dateTimeFormat } from '@grafana/data';
import type { PanelProps } from '@grafana/data';
import { PanelDataErrorView } from '@grafana/runtime';
import { useTheme2 } from '@grafana/ui';

function LogsPanel({ data, width, height, timeZone, fieldConfig, id }: PanelProps) {
  const theme = useTheme2();
  const lines = data.series.flatMap((frame) => {
    const time = frame.fields.find(({ type }) => type === FieldType.time);
    const body =
      frame.fields.find(({ name, type }) => name === 'body' && type === FieldType.string) ??
      frame.fields.find(({ type }) => type === FieldType.string);
    return Array.from({ length: body === undefined ? 0 : frame.length }, (_, row) => ({
      at: Number(time?.values[row] ?? 0),
      text: String(body?.values[row] ?? ''),
    }));
  });
  if (lines.length === 0) {
    return <PanelDataErrorView panelId={id} fieldConfig={fieldConfig} data={data} needsStringField />;
  }
  return (
    <div
      style={{ width, height, overflow: 'auto', fontFamily: theme.typography.fontFamilyMonospace, fontSize: 12 }}
      tabIndex={0}
      role="log"
    >
      {lines
        .sort((a, b) => b.at - a.at)
        .map(({ at, text }, index) => (
          <div key={index} style={{ whiteSpace: 'pre-wrap' }}>
            {at > 0 && <span style={{ color: theme.colors.text.secondary }}>{dateTimeFormat(at, { timeZone })} </span>}
            {text}
          </div>
        ))}
    </div>
  );
}

export function plugin(): PanelPlugin {
  return new PanelPlugin(LogsPanel).useFieldConfig();
}
