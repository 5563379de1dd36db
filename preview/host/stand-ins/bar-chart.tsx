import React from 'react';
import { FieldColorModeId, FieldType, PanelPlugin, formattedValueToString, getFieldDisplayName } from '@grafana/data';
import type { Field, PanelProps } from '@grafana/data';
import { PanelDataErrorView } from '@grafana/runtime';
import { VizLegend, useTheme2 } from '@grafana/ui';
import { LegendDisplayMode } from '@grafana/schema';
import { declareCustomFields } from './custom-fields';

interface BarChartOptions {
  xField?: string;
  orientation?: 'auto' | 'horizontal' | 'vertical';
  stacking?: 'none' | 'normal' | 'percent';
  legend?: { showLegend?: boolean };
}

const LEGEND_HEIGHT = 26;
const LABEL_WIDTH = 140;

/** Bars from left to right, one line per category: readable at any size, unlike in looks to Grafana's. */
function BarChartPanel({ data, width, height, options, fieldConfig, id }: PanelProps<BarChartOptions>) {
  const theme = useTheme2();
  const frame = data.series[0];
  const category = frame?.fields.find(({ name, type }) =>
    options.xField === undefined ? type === FieldType.string || type === FieldType.time : name === options.xField
  );
  const numbers =
    frame?.fields.filter((field) => field.type === FieldType.number && field.config.custom?.hideFrom?.viz !== true) ??
    [];
  if (frame === undefined || category === undefined || numbers.length === 0 || frame.length === 0) {
    return <PanelDataErrorView panelId={id} fieldConfig={fieldConfig} data={data} needsNumberField needsStringField />;
  }
  const stacked = options.stacking === 'normal' || options.stacking === 'percent';
  const at = (field: Field, row: number) => Math.max(0, Number(field.values[row] ?? 0) || 0);
  const totals = Array.from({ length: frame.length }, (_, row) =>
    numbers.reduce((sum, field) => sum + at(field, row), 0)
  );
  const largest = stacked
    ? Math.max(...totals)
    : Math.max(...numbers.flatMap((field) => totals.map((_, row) => at(field, row))));
  const legend = options.legend?.showLegend !== false && numbers.length > 1;
  const room = Math.max(10, width - LABEL_WIDTH - 70);
  return (
    <div style={{ width, height, display: 'flex', flexDirection: 'column' }}>
      <div
        style={{ height: legend ? height - LEGEND_HEIGHT : height, overflow: 'auto' }}
        tabIndex={0}
        role="group"
        aria-label="Bar chart"
      >
        {totals.map((total, row) => (
          <div key={row} style={{ display: 'flex', alignItems: 'center', gap: 8, minHeight: 22 }}>
            <span
              style={{
                width: LABEL_WIDTH,
                overflow: 'hidden',
                textOverflow: 'ellipsis',
                whiteSpace: 'nowrap',
                textAlign: 'right',
              }}
              title={text(category, row)}
            >
              {text(category, row)}
            </span>
            <div style={{ display: 'flex', flexDirection: stacked ? 'row' : 'column', gap: stacked ? 0 : 1 }}>
              {numbers.map((field) => {
                const scale = options.stacking === 'percent' ? total || 1 : largest || 1;
                const name = getFieldDisplayName(field, frame, data.series);
                return (
                  <div
                    key={name}
                    title={`${name}: ${text(field, row)}`}
                    style={{
                      width: (at(field, row) / scale) * room,
                      height: stacked ? 14 : Math.max(4, 14 / numbers.length),
                      background: field.display?.(field.values[row]).color ?? theme.colors.primary.main,
                    }}
                  />
                );
              })}
            </div>
            <span style={{ color: theme.colors.text.secondary }}>
              {numbers.length === 1 ? text(numbers[0]!, row) : ''}
            </span>
          </div>
        ))}
      </div>
      {legend && (
        <VizLegend
          displayMode={LegendDisplayMode.List}
          placement="bottom"
          items={numbers.map((field) => ({
            label: getFieldDisplayName(field, frame, data.series),
            color: field.display?.(field.values[0]).color ?? '',
            yAxis: 1,
          }))}
        />
      )}
    </div>
  );
}

function text(field: Field, row: number): string {
  const value: unknown = field.values[row];
  return field.display === undefined ? String(value) : formattedValueToString(field.display(value));
}

export function plugin(): PanelPlugin<BarChartOptions> {
  return new PanelPlugin<BarChartOptions, Record<string, unknown>>(BarChartPanel).useFieldConfig({
    standardOptions: { color: { defaultValue: { mode: FieldColorModeId.PaletteClassic } } },
    useCustomConfig: (builder) =>
      declareCustomFields(builder, {
        lineWidth: 1,
        fillOpacity: 80,
        gradientMode: 'none',
        hideFrom: undefined,
        axisPlacement: 'auto',
        axisLabel: '',
      }),
  }) as PanelPlugin<BarChartOptions>;
}
